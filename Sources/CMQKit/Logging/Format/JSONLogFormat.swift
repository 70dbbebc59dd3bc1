internal import Logging

/// `{"timestamp":"2025-09-08T07:03:00Z","level":"INFO","message":"…","queue":"…"}`: the form that
/// earlier versions wrote, with the metadata as further fields in the order of their names.
enum JSONLogFormat {
    /// Deeper metadata is not followed.
    private static let depthMax = 4
    /// A longer value is cut.
    private static let valueBytesMax = 1_024
    private static let reserved: Set<String> = ["timestamp", "level", "message"]
    private static let quoted = Set("\"\\".utf8)

    static func append(_ record: LogRecord, to line: inout [UInt8]) {
        line.append(contentsOf: "{\"timestamp\":\"\(record.time.rfc3339)\",\"level\":\"".utf8)
        line.append(contentsOf: record.level.logName.utf8)
        line.append(contentsOf: "\",\"message\":".utf8)
        append(record.message, to: &line)
        for (key, value) in record.metadata.sorted(by: { $0.key < $1.key }) {
            line.append(UInt8(ascii: ","))
            // A second field of the same name would let readers disagree about the line.
            append(reserved.contains(key) ? "metadata.\(key)" : LogText.cut(key, to: valueBytesMax), to: &line)
            line.append(UInt8(ascii: ":"))
            append(value, depth: 0, to: &line)
        }
        line.append(contentsOf: "}\n".utf8)
    }

    private static func append(_ value: Logger.MetadataValue, depth: Int, to line: inout [UInt8]) {
        switch value {
        case .string(let text):
            append(LogText.cut(text, to: valueBytesMax), to: &line)
        case .stringConvertible(let value):
            if let number = value as? any BinaryInteger {
                line.append(contentsOf: String(describing: number).utf8)
            } else {
                append(LogText.cut(value.description, to: valueBytesMax), to: &line)
            }
        case .array(let values):
            line.append(UInt8(ascii: "["))
            if depth < depthMax {
                for (index, value) in values.enumerated() {
                    if index > 0 { line.append(UInt8(ascii: ",")) }
                    append(value, depth: depth + 1, to: &line)
                }
            }
            line.append(UInt8(ascii: "]"))
        case .dictionary(let fields):
            line.append(UInt8(ascii: "{"))
            if depth < depthMax {
                for (index, field) in fields.sorted(by: { $0.key < $1.key }).enumerated() {
                    if index > 0 { line.append(UInt8(ascii: ",")) }
                    append(LogText.cut(field.key, to: valueBytesMax), to: &line)
                    line.append(UInt8(ascii: ":"))
                    append(field.value, depth: depth + 1, to: &line)
                }
            }
            line.append(UInt8(ascii: "}"))
        }
    }

    private static func append(_ text: String, to line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        LogText.append(text, escaping: quoted, to: &line)
        line.append(UInt8(ascii: "\""))
    }
}
