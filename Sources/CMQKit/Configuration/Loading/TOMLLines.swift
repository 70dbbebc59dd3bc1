/// Where the keys of a TOML text stand, which the parser does not tell.
///
/// It knows headers, keys and multi-line strings; a text that it misunderstands costs a line
/// number in a message and nothing else.
struct TOMLLines {
    private var positions: [[String]: Int] = [:]
    private var secretLines: Set<Int> = []
    /// The first line with a null character, raw or escaped.
    private(set) var firstNull: Int?

    init(_ text: String) {
        var section: [String] = []
        var openQuotes: String?
        for (index, line) in Self.split(text).enumerated() {
            let number = index + 1
            if firstNull == nil, Self.hasNull(line) { firstNull = number }
            if openQuotes != nil, let last = secretLines.max(), last == index { secretLines.insert(number) }
            if let quotes = openQuotes {
                if Self.count(of: quotes, in: line) % 2 == 1 { openQuotes = nil }
                continue
            }
            let trimmed = line.drop { $0 == " " || $0 == "\t" }
            if trimmed.hasPrefix("[") {
                section = Self.path(trimmed.drop { $0 == "[" }.prefix { $0 != "]" })
                positions[section] = positions[section] ?? number
                continue
            }
            guard !trimmed.hasPrefix("#"), let equals = trimmed.firstIndex(of: "=") else {
                // A line that is no assignment may be a broken one.
                if Self.namesSecret(trimmed) { secretLines.insert(number) }
                continue
            }
            let path = section + Self.path(trimmed[..<equals])
            // A line may begin with its equals sign; the parser refuses it later, in its own words.
            for last in path.indices {
                let prefix = Array(path[...last])
                positions[prefix] = positions[prefix] ?? number
            }
            if Self.namesSecret(trimmed) { secretLines.insert(number) }
            openQuotes = ["\"\"\"", "'''"].first { Self.count(of: $0, in: trimmed) % 2 == 1 }
        }
    }

    /// The line of a key, or of a section's header where `key` is `nil`.
    func line(of key: String?, in section: String?) -> Int? {
        let path = [section, key].compactMap(\.self)
        return positions[path]
    }

    // Both line breaks of TOML are one character.
    private static func split(_ text: String) -> [Substring] {
        text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    }

    /// Whether a line belongs to a secret setting.
    func mayHoldSecret(_ line: Int) -> Bool {
        // The parser names the line where it noticed, which may be the one after.
        secretLines.contains(line) || secretLines.contains(line - 1)
    }

    private static func namesSecret(_ line: Substring) -> Bool {
        // A URL may hold a password, whatever key it was given to.
        line.contains("://") || Setting.all.contains { $0.isSecret && line.contains($0.key) }
    }

    private static func hasNull(_ line: Substring) -> Bool {
        line.utf8.contains(0) || line.contains("\\u0000") || line.contains("\\U00000000")
    }

    private static func path(_ text: Substring) -> [String] {
        text.split(separator: ".").map { part in
            String(part.filter { !$0.isWhitespace && $0 != "\"" && $0 != "'" })
        }
    }

    private static func count(of quotes: String, in line: Substring) -> Int {
        var count = 0
        var rest = line
        while let range = rest.firstRange(of: quotes) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
