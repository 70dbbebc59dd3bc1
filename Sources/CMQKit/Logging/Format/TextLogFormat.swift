internal import Logging

/// `2025-09-08T07:03:00Z INFO     Queue declared client=FL-LAB queue=labs`: a line for people.
enum TextLogFormat {
    private static let valueBytesMax = 1_024
    private static let quoted = Set("\"\\".utf8)

    static func append(_ record: LogRecord, colour: Bool, to line: inout [UInt8]) {
        line.append(contentsOf: "\(record.time.rfc3339) ".utf8)
        let name = record.level.logName
        if colour { line.append(contentsOf: "\u{1B}[\(code(of: record.level))m".utf8) }
        line.append(contentsOf: name.utf8)
        if colour { line.append(contentsOf: "\u{1B}[0m".utf8) }
        line.append(contentsOf: String(repeating: " ", count: 9 - name.utf8.count).utf8)
        LogText.append(record.message, to: &line)
        for (key, value) in record.metadata.sorted(by: { $0.key < $1.key }) {
            line.append(UInt8(ascii: " "))
            LogText.append(LogText.cut(key, to: valueBytesMax), to: &line)
            line.append(UInt8(ascii: "="))
            append(LogText.cut(value.description, to: valueBytesMax), to: &line)
        }
        line.append(UInt8(ascii: "\n"))
    }

    /// Quoted where it could be taken for more than one field.
    private static func append(_ value: String, to line: inout [UInt8]) {
        let isPlain = !value.isEmpty && !value.utf8.contains { $0 == 0x20 || $0 == 0x3D || quoted.contains($0) }
        if isPlain {
            LogText.append(value, to: &line)
        } else {
            line.append(UInt8(ascii: "\""))
            LogText.append(value, escaping: quoted, to: &line)
            line.append(UInt8(ascii: "\""))
        }
    }

    /// The number of a colour for terminals.
    private static func code(of level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 90
        case .info: 32
        case .notice: 36
        case .warning: 33
        case .error, .critical: 31
        }
    }
}
