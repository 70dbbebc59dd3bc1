import CMQWire
import Testing

/// What no client of ours writes: zeros, bytes that are no text, names of a megabyte, and all of it split anywhere.
@Suite struct HostileBytesTests {
    private static let megabyte = 1 << 20

    private func header(_ json: [UInt8]) throws -> EnvelopeHeader {
        var receivers = TextMemo()
        return try json.withUnsafeBytes { try EnvelopeHeader.read($0, receivers: &receivers) }
    }

    private func envelope(id: [UInt8], receiver: [UInt8] = Array("bob".utf8)) -> [UInt8] {
        Array("{\"message_id\":\"".utf8) + id + Array("\",\"receiver_client_id\":\"".utf8) + receiver
            + Array("\"}".utf8)
    }

    @Test func refusesIdentitiesOfAMegabyte() {
        let long = [UInt8](repeating: 0x61, count: Self.megabyte)
        #expect(throws: EnvelopeFault.invalid(field: "message_id")) { try header(envelope(id: long)) }
        #expect(throws: EnvelopeFault.invalid(field: "receiver_client_id")) {
            try header(envelope(id: Array("m".utf8), receiver: long))
        }
        // Six bytes of JSON for each byte of the identity.
        let escaped = Array(String(repeating: "\\u0061", count: 256).utf8)
        #expect(throws: EnvelopeFault.invalid(field: "message_id")) { try header(envelope(id: escaped)) }
        #expect(long.withUnsafeBytes { MessageID(utf8: $0) } == nil)
    }

    @Test(arguments: [[0x00], [0x61, 0x00, 0x62], [0x1F], [0x7F]] as [[UInt8]])
    func refusesControlCharactersInIdentities(id: [UInt8]) {
        #expect(throws: EnvelopeFault.self) { try header(envelope(id: id)) }
        let escaped = id.map { byte in "\\u00\(String(byte >> 4, radix: 16))\(String(byte & 15, radix: 16))" }
        #expect(throws: EnvelopeFault.invalid(field: "message_id")) {
            try header(envelope(id: Array(escaped.joined().utf8)))
        }
        #expect(id.withUnsafeBytes { MessageID(utf8: $0) } == nil)
    }

    @Test(
        arguments: [[0x80], [0xC3], [0xC0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]]
            as [[UInt8]]
    )
    func refusesWhatIsNoUTF8WhereverItStands(bytes: [UInt8]) {
        let reason = { (json: [UInt8]) -> JSONError.Reason? in
            do {
                _ = try header(json)
                return nil
            } catch {
                guard case .json(let error) = error as? EnvelopeFault else { return nil }
                return error.reason
            }
        }
        #expect(reason(envelope(id: bytes)) == .invalidUTF8)
        #expect(reason(envelope(id: Array("m".utf8), receiver: bytes)) == .invalidUTF8)
        let name = Array("{\"message_id\":\"m\",\"".utf8) + bytes + Array("\":1}".utf8)
        #expect(reason(name) == .invalidUTF8)
        // Outside of strings it is no JSON in the first place.
        #expect(reason(bytes + envelope(id: Array("m".utf8))) == .expectedObject)
    }

    @Test func refusesDepthInEveryShape() {
        let shapes = [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")]
        for (open, close) in shapes {
            let depth = 200_000
            let nested = String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
            let text = Array("{\"message_id\":\"m\",\"x\":\(nested)}".utf8)
            #expect(throws: EnvelopeFault.self, "\(open)") { try header(text) }
            var receivers = TextMemo()
            #expect(throws: EnvelopeFault.self, "\(open) in a batch") {
                try (Array("[".utf8) + text + Array("]".utf8)).withUnsafeBytes { batch in
                    try EnvelopeHeader.readBatch(batch, receivers: &receivers) { _, _ in }
                }
            }
        }
    }

    @Test func takesZerosInALineForNoEndOfIt() {
        let line = Array("declare_queue a\u{0}b\u{0}".utf8)
        line.withUnsafeBytes { line in
            guard case .declareQueue(let queue) = CommandParser.parse(line) else {
                Issue.record("not a declare_queue")
                return
            }
            #expect(Array(queue) == Array("a\u{0}b\u{0}".utf8))
            #expect(!Name.isPlain(queue))
        }
        var framer = LineFramer(lineBytesMax: 100)
        let step = (line + [0x0A]).withUnsafeBytes { framer.next(in: $0) }
        #expect(step == .line(length: line.count, consumed: line.count + 1))
    }

    @Test func takesAFieldOfAMegabyteAsOneField() {
        let name = [UInt8](repeating: 0xFF, count: Self.megabyte)
        let line = Array("publish ".utf8) + name + Array(" k {}".utf8)
        line.withUnsafeBytes { line in
            guard case .publish(let publication) = CommandParser.parse(line) else {
                Issue.record("not a publish")
                return
            }
            #expect(publication.exchange.count == Self.megabyte)
            #expect(Array(publication.routingKey) == Array("k".utf8))
        }
    }
}
