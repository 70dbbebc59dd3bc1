import Glibc

/// A pseudo-terminal: what a program writes to ``descriptor`` can be read on the other side.
final class Terminal: Sendable {
    /// The side of the program.
    let descriptor: Int32
    private let other: Int32

    init?() {
        var (other, descriptor): (Int32, Int32) = (-1, -1)
        guard openpty(&other, &descriptor, nil, nil, nil) == 0 else { return nil }
        self.other = other
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
        close(other)
    }

    /// Reads to the end of a line.
    func readLine() -> String {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while line.last != UInt8(ascii: "\n"), read(other, &byte, 1) == 1 { line.append(byte) }
        return String(decoding: line, as: UTF8.self)
    }
}
