import CMQWire
import Testing

@Suite struct LineFramerTests {
    /// Feeds `pieces` one after the other and collects the lines, until one is too long.
    private func lines(_ pieces: [[UInt8]], lineBytesMax: Int = 100) -> (lines: [String], isTooLong: Bool) {
        var framer = LineFramer(lineBytesMax: lineBytesMax)
        var unread: [UInt8] = []
        var lines: [String] = []
        for piece in pieces {
            unread += piece
            reading: while true {
                switch unread.withUnsafeBytes({ framer.next(in: $0) }) {
                case .line(let length, let consumed):
                    lines.append(String(decoding: unread[..<length], as: UTF8.self))
                    unread.removeFirst(consumed)
                case .needsMore: break reading
                case .tooLong: return (lines, true)
                }
            }
        }
        return (lines, false)
    }

    @Test func findsTheSameLinesHoweverTheyAreSplit() {
        let text = Array("first\r\n\nsecond é\n\r\n\rthird\n".utf8)
        let expected = ["first", "", "second é", "", "\rthird"]
        for first in 0...text.count {
            for second in first...text.count {
                let pieces = [Array(text[..<first]), Array(text[first..<second]), Array(text[second...])]
                #expect(lines(pieces).lines == expected, "split at \(first) and \(second)")
            }
        }
        #expect(lines(text.map { [$0] }).lines == expected)
    }

    @Test(arguments: ["\n", "\r\n"])
    func takesALineOfTheLimitAndNotOneByteMore(end: String) {
        let longest = String(repeating: "a", count: 100)
        for split in [0, 50, 99, 100, 101] {
            let text = Array((longest + end).utf8)
            let whole = lines([Array(text[..<split]), Array(text[split...])])
            #expect(whole.lines == [longest] && !whole.isTooLong)
        }
        #expect(lines([Array((longest + "b" + end).utf8)]).isTooLong)
        #expect(lines([Array((longest + "bc").utf8)]).isTooLong)
    }

    @Test func doesNotSearchTwice() {
        var framer = LineFramer(lineBytesMax: 1_000)
        var bytes = [UInt8](repeating: 0x61, count: 10)
        #expect(bytes.withUnsafeBytes { framer.next(in: $0) } == .needsMore)
        // A line end in what was searched already is not seen: the caller must not change it.
        bytes[3] = 0x0A
        #expect(bytes.withUnsafeBytes { framer.next(in: $0) } == .needsMore)
    }
}
