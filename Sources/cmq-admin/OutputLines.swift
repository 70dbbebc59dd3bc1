import CMQCommand
import Foundation

/// Lines on standard output, gathered into large writes. When the reader goes away, the rest is dropped.
struct OutputLines {
    private static let bufferBytes = 64 << 10

    private(set) var isClosed = false
    private var buffer: [UInt8] = []

    mutating func add(_ line: String) throws(CommandFailure) {
        buffer.append(contentsOf: line.utf8)
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= Self.bufferBytes { try flush() }
    }

    mutating func add(json value: some Encodable) throws(CommandFailure) {
        try add(Self.json(value))
    }

    mutating func flush() throws(CommandFailure) {
        defer { buffer.removeAll(keepingCapacity: true) }
        guard !buffer.isEmpty, !isClosed else { return }
        do throws(OutputDescriptor.Failure) {
            try OutputDescriptor.standardOutput.write(buffer)
        } catch {
            switch error {
            case .closed: isClosed = true
            case .system(let reason):
                throw CommandFailure(.inputOutput, "cannot write to standard output: \(reason)")
            }
        }
    }

    /// Writes lines at once.
    static func print(_ lines: [String]) throws(CommandFailure) {
        var output = OutputLines()
        for line in lines { try output.add(line) }
        try output.flush()
    }

    static func print(json value: some Encodable) throws(CommandFailure) {
        try print([json(value)])
    }

    /// One JSON object on one line, with sorted keys.
    private static func json(_ value: some Encodable) throws(CommandFailure) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            throw CommandFailure(.software, "cannot encode as JSON: \(error)")
        }
    }
}
