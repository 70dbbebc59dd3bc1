internal import TOMLKit

/// A configuration file, flattened: every key with its value and its line.
struct TOMLDocument {
    struct Entry {
        /// `nil` for a key before the first section.
        var section: String?
        var key: String
        var value: RawValue
        var line: Int?
    }

    /// Why a text is not TOML.
    struct Mistake: Error {
        var message: String
        var line: Int?
    }

    private(set) var entries: [Entry] = []

    init(_ text: String) throws(Mistake) {
        // Some editors begin a file with a mark of the byte order.
        let text = text.hasPrefix("\u{FEFF}") ? String(text.unicodeScalars.dropFirst()) : text
        let lines = TOMLLines(text)
        // TOMLKit hands texts over as C strings, which would end there.
        if let line = lines.firstNull { throw Mistake(message: "contains a null character", line: line) }
        try TOMLSyntax.check(text)
        let root: TOMLTable
        do {
            root = try TOMLTable(string: text)
        } catch {
            throw Self.mistake(error, in: lines)
        }
        for name in root.keys {
            guard let value = root[name] else { continue }
            if let table = value.table {
                for key in table.keys {
                    guard let value = table[key] else { continue }
                    let line = lines.line(of: key, in: name)
                    entries.append(Entry(section: name, key: key, value: Self.raw(value), line: line))
                }
                if table.isEmpty {
                    // An empty section counts for its spelling.
                    let line = lines.line(of: nil, in: name)
                    entries.append(Entry(section: name, key: "", value: .other("a section"), line: line))
                }
            } else {
                let line = lines.line(of: name, in: nil) ?? lines.line(of: nil, in: name)
                entries.append(Entry(section: nil, key: name, value: Self.raw(value), line: line))
            }
        }
    }

    private static func mistake(_ error: any Error, in lines: TOMLLines) -> Mistake {
        guard let error = error as? TOMLParseError else { return Mistake(message: "is not TOML", line: nil) }
        let line = error.source.begin.line
        // The parser's words may repeat what stands there, and that may be a key or a password.
        if lines.mayHoldSecret(line) { return Mistake(message: "is not TOML in this line", line: line) }
        return Mistake(message: "is not TOML: \(error.description)", line: line)
    }

    private static func raw(_ value: any TOMLValueConvertible) -> RawValue {
        switch value.type {
        case .string: .text(value.string ?? "")
        case .int: .integer(value.int ?? 0)
        case .bool: .flag(value.bool ?? false)
        case .array: .list(value.array?.map { raw($0) } ?? [])
        case .double: .other("a number with a fraction")
        case .table: .other("a section")
        case .date, .time, .dateTime: .other("a date or time")
        }
    }
}
