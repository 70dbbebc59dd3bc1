import CMQClientCommand
import Testing

@Suite struct InputLinesTests {
    private func read(_ chunks: [String], limit: Int = 100) -> [String] {
        var lines = InputLines(lineBytesMax: limit)
        var result: [String] = []
        func drain() {
            while lines.next({ line, number in
                switch line {
                case .content(let bytes): result.append("\(number):\(String(decoding: bytes, as: UTF8.self))")
                case .tooLong: result.append("\(number)!")
                }
            }) {}
        }
        for chunk in chunks {
            lines.feed(Array(chunk.utf8))
            drain()
        }
        lines.finish()
        drain()
        return result
    }

    @Test func linesAreTheSameWhereverTheInputIsCut() {
        let text = "one\r\n\n{\"two\":2}\nlast"
        let expected = ["1:one", "2:", "3:{\"two\":2}", "4:last"]
        #expect(read([text]) == expected)
        #expect(read(text.map { String($0) }) == expected)
        for first in 0...text.utf8.count {
            let head = String(decoding: Array(text.utf8.prefix(first)), as: UTF8.self)
            let tail = String(decoding: Array(text.utf8.dropFirst(first)), as: UTF8.self)
            #expect(read([head, tail]) == expected)
        }
    }

    @Test func emptyInputHasNoLines() {
        #expect(read([]).isEmpty)
        #expect(read([""]).isEmpty)
        #expect(read(["\n"]) == ["1:"])
    }

    @Test func aLineBeyondTheLimitIsPassedOver() {
        let long = String(repeating: "x", count: 11)
        #expect(read(["a\n\(long)\nb\n"], limit: 10) == ["1:a", "2!", "3:b"])
        #expect(read(["a\n\(long)x", "xxxx\nb\n"], limit: 10) == ["1:a", "2!", "3:b"])
        #expect(read(["\(long)xx", "xx", "xx\nb"], limit: 10) == ["1!", "2:b"])
        #expect(read(["\(long)x"], limit: 10) == ["1!"])
        #expect(read([String(repeating: "x", count: 10)], limit: 10) == ["1:xxxxxxxxxx"])
    }
}
