internal import CMQCommand
internal import Foundation

/// The members of one JSON object in a configuration file, taken out one by one, so that what
/// nobody asked for can be named.
struct ConfigurationFields {
    private let path: String
    private let section: String
    private var values: [String: Any]
    private var known: [String] = []

    init(_ data: Data, path: String) throws(CommandFailure) {
        let value: Any
        do {
            value = try JSONSerialization.jsonObject(with: data)
        } catch {
            let detail = (error as NSError).userInfo["NSDebugDescription"] as? String
            throw CommandFailure(.configuration, "\(path) is not valid JSON: \(detail ?? "it cannot be read")")
        }
        guard let values = value as? [String: Any] else {
            throw CommandFailure(.configuration, "\(path) is not a JSON object")
        }
        self.init(values, path: path, section: "")
    }

    private init(_ values: [String: Any], path: String, section: String) {
        self.values = values
        self.path = path
        self.section = section
    }

    /// The file and the key, as messages name them.
    func name(_ key: String) -> String {
        "\(path): \(section)\(key)"
    }

    func failure(_ key: String, _ reason: String, hint: String? = nil) -> CommandFailure {
        CommandFailure(.configuration, "\(name(key)): \(reason)", hint: hint)
    }

    /// Takes out members that mean nothing here, and gives their names with their section.
    mutating func ignore(_ keys: String...) -> [String] {
        keys.filter { take($0) != nil }.map { "'\(section)\($0)'" }
    }

    mutating func text(_ key: String) throws(CommandFailure) -> String? {
        guard let value = take(key) else { return nil }
        guard let text = value as? String else { throw failure(key, "must be a text in quotes") }
        guard !text.isEmpty else { throw failure(key, "must not be empty") }
        return text
    }

    /// One text, or a list of them.
    mutating func texts(_ key: String) throws(CommandFailure) -> [String]? {
        guard let value = take(key) else { return nil }
        guard let texts = (value as? String).map({ [$0] }) ?? value as? [String] else {
            throw failure(key, "must be a text or a list of texts")
        }
        guard texts.allSatisfy({ !$0.isEmpty }) else { throw failure(key, "must not have an empty text") }
        return texts
    }

    mutating func integer(_ key: String, _ range: ClosedRange<Int>) throws(CommandFailure) -> Int? {
        guard let value = take(key) else { return nil }
        let number = (value as? NSNumber).flatMap { Self.isBoolean($0) ? nil : Int(exactly: $0.doubleValue) }
        guard let number = number ?? (value as? String).flatMap({ Int($0) }), range.contains(number) else {
            throw failure(key, "must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    mutating func boolean(_ key: String) throws(CommandFailure) -> Bool? {
        guard let value = take(key) else { return nil }
        guard let number = value as? NSNumber, Self.isBoolean(number) else {
            throw failure(key, "must be true or false")
        }
        return number.boolValue
    }

    /// A path, relative to the file's own folder, or to the working directory where it exists only there.
    mutating func path(_ key: String) throws(CommandFailure) -> String? {
        guard let text = try text(key) else { return nil }
        return Self.resolve(text, besides: path)
    }

    /// Where a relative path of the file at `path` lies.
    static func resolve(_ text: String, besides path: String) -> String {
        guard !text.hasPrefix("/") else { return text }
        let folder = (path as NSString).deletingLastPathComponent
        let beside = folder.isEmpty ? text : (folder as NSString).appendingPathComponent(text)
        let files = FileManager.default
        return !files.fileExists(atPath: beside) && files.fileExists(atPath: text) ? text : beside
    }

    mutating func object(_ key: String) throws(CommandFailure) -> ConfigurationFields? {
        guard let value = take(key) else { return nil }
        guard let values = value as? [String: Any] else { throw failure(key, "must be an object in braces") }
        return ConfigurationFields(values, path: path, section: "\(section)\(key).")
    }

    mutating func objects(_ key: String) throws(CommandFailure) -> [ConfigurationFields] {
        guard let value = take(key) else { return [] }
        guard let list = value as? [[String: Any]] else { throw failure(key, "must be a list of objects") }
        return list.enumerated().map { index, values in
            ConfigurationFields(values, path: path, section: "\(section)\(key)[\(index)].")
        }
    }

    /// A warning for each member that nobody asked for.
    func unknownKeys() -> [String] {
        values.keys.sorted().map { key in
            let suggestion = Self.nearest(to: key, among: known).map { "; did you mean '\($0)'?" } ?? ""
            return "\(name(key)) is not a setting\(suggestion)"
        }
    }

    private mutating func take(_ key: String) -> Any? {
        known.append(key)
        guard let value = values.removeValue(forKey: key), !(value is NSNull) else { return nil }
        return value
    }

    private static func isBoolean(_ number: NSNumber) -> Bool {
        String(cString: number.objCType) == "c" || String(cString: number.objCType) == "B"
    }

    private static func nearest(to key: String, among candidates: [String]) -> String? {
        let distances = candidates.map { ($0, editDistance(Array($0.utf8), Array(key.utf8))) }
        guard let best = distances.min(by: { $0.1 < $1.1 }), best.1 <= max(2, key.count / 4) else { return nil }
        return best.0
    }

    private static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var previous = Array(0...right.count)
        for (row, byte) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                current.append(
                    min(previous[column + 1] + 1, current[column] + 1, previous[column] + (byte == other ? 0 : 1))
                )
            }
            previous = current
        }
        return previous[right.count]
    }
}
