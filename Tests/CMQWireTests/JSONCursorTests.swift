import CMQWire
import Foundation
import Testing

@Suite struct JSONCursorTests {
    private func accepts(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { bytes in
            (try? JSONObjectScanner.scan(bytes) { _, _ in }) != nil
        }
    }

    @Test(arguments: [
        "{}", " { } ", #"{"a":1}"#, #"{"a":-0.5e+10,"b":[1,[],{}],"c":null,"d":true,"e":false}"#,
        #"{"é":"\u00e9\n\\\"/ 😀"}"#, #"{"a":"12345678","b":"1234567\"","c":"123456\\78"}"#,
    ])
    func acceptsObjects(text: String) {
        #expect(accepts(Array(text.utf8)))
        #expect((try? JSONSerialization.jsonObject(with: Data(text.utf8))) != nil)
    }

    @Test(arguments: [
        "", " ", "[]", "1", "{", "}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{a:1}"#, #"{"a":01}"#, #"{"a":1.}"#,
        #"{"a":1e}"#, #"{"a":+1}"#, #"{"a":tru}"#, #"{"a":"\x"}"#, #"{"a":"\u12G4"}"#, "{\"a\":\"\n\"}", #"{"a":"b}"#,
        #"{"a":1} {}"#, #"{"a":1}x"#, #"{"a":[1 2]}"#, "{\"a\":\"12345678\u{1}2345678\"}", "nul", #"{"a":nul"#,
    ])
    func refusesEverythingElse(text: String) {
        #expect(!accepts(Array(text.utf8)))
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0xAF], [0xC2], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0xFF],
        ] as [[UInt8]]
    )
    func refusesInvalidUTF8(bytes: [UInt8]) {
        #expect(!accepts(Array("{\"a\":\"".utf8) + bytes + Array("\"}".utf8)))
    }

    @Test func agreesWithFoundationOnDamagedText() {
        let text = Array(
            #"{"message_id":"m-1","n":[1.5e3,-2,true,null,{"x":"é\u0041\\"}],"long":"0123456789abcdef"}"#.utf8
        )
        for place in text.indices {
            for byte in [0x00, 0x22, 0x5C, 0x7B, 0x2C, 0x80, 0x31, 0x20] as [UInt8] {
                var damaged = text
                damaged[place] = byte
                let foundation = (try? JSONSerialization.jsonObject(with: Data(damaged))) is [String: Any]
                // Foundation is laxer in some places, never stricter in what the wire needs.
                if accepts(damaged) { #expect(foundation, "\(String(decoding: damaged, as: UTF8.self))") }
            }
            #expect(!accepts(Array(text[..<place])))
        }
    }

    /// A string is looked at in blocks: no byte may be passed over, wherever in its block it lies.
    @Test(arguments: [0, 7, 15, 16, 40])
    func seesEveryByteAtEveryPlace(behind: Int) {
        for place in 0..<36 {
            for byte in UInt8.min ... .max {
                let content = [UInt8](repeating: UInt8(ascii: "a"), count: place) + [byte]
                let rest = [UInt8](repeating: UInt8(ascii: "z"), count: behind)
                let text = Array("{\"k\":\"".utf8) + content + rest + Array("\"}".utf8)
                let isPlain = 0x20..<0x80 ~= byte && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
                #expect(accepts(text) == isPlain, "\(byte) at \(place)")
            }
        }
    }

    @Test func boundsTheNesting() {
        func nested(_ depth: Int) -> [UInt8] {
            Array(("{\"a\":" + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}").utf8)
        }
        #expect(accepts(nested(63)))
        #expect(!accepts(nested(64)))
        #expect(!accepts(nested(1_000_000)))
    }

    @Test(arguments: [
        (#""plain""#, "plain"), (#""a\nb\"c\\""#, "a\nb\"c\\"), (#""\u0041\u00e9""#, "Aé"), (#""\ud83d\ude00!""#, "😀!"),
    ])
    func readsStrings(literal: String, text: String) {
        #expect(Array(literal.utf8).withUnsafeBytes { JSONString.decode($0) } == text)
        var written: [UInt8] = []
        JSONString.append(text, to: &written)
        #expect(written.withUnsafeBytes { JSONString.decode($0) } == text)
    }

    @Test func refusesLoneSurrogates() {
        for literal in [#""\ud83d""#, #""\ude00""#, #""\ud83dx""#, #""\ud83d\u0041""#] {
            #expect(Array(literal.utf8).withUnsafeBytes { JSONString.decode($0) } == nil)
        }
    }
}
