import CMQWire
import Testing

@Suite struct EnvelopeHeaderTests {
    private func header(_ text: String) throws -> EnvelopeHeader {
        var receivers = TextMemo()
        return try Array(text.utf8).withUnsafeBytes { try EnvelopeHeader.read($0, receivers: &receivers) }
    }

    @Test func readsIdentityAndReceiver() throws {
        let header = try header(#"{"receiver_client_id":"bob","x":{"message_id":"inner"},"message_id":"m1"}"#)
        #expect(header.messageID.description == "m1")
        #expect(header.receiver == "bob")
        #expect(try self.header(#"{"message_id":"m1"}"#).receiver == nil)
        #expect(try self.header(#"{"message_id":"m1","receiver_client_id":null}"#).receiver == nil)
        #expect(try self.header(#"{"message_id":"\u006d1"}"#).messageID.description == "m1")
    }

    @Test(arguments: [
        (#"{"a":1}"#, EnvelopeFault.missing(field: "message_id")),
        (#"{"message_id":1}"#, .invalid(field: "message_id")),
        (#"{"message_id":"a b"}"#, .invalid(field: "message_id")),
        (#"{"message_id":"m","receiver_client_id":5}"#, .invalid(field: "receiver_client_id")),
        (#"{"message_id":"a","message_id":"a"}"#, .repeated(field: "message_id")),
        (#"{"message_id":"a","message\u005fid":"b"}"#, .repeated(field: "message_id")),
        (#"{"message_id":"a""#, .json(JSONError(reason: .unexpectedEnd, offset: 17))),
    ])
    func refuses(text: String, fault: EnvelopeFault) {
        #expect(throws: fault) { try header(text) }
    }

    @Test func readsBatches() throws {
        let text = #" [ {"message_id":"a"} , {"message_id":"b","receiver_client_id":"r"} ] "#
        var seen: [String] = []
        var receivers = TextMemo()
        try Array(text.utf8).withUnsafeBytes { bytes in
            try EnvelopeHeader.readBatch(bytes, receivers: &receivers) { envelope, header in
                seen.append(
                    "\(header.messageID) \(header.receiver ?? "-") \(String(decoding: envelope, as: UTF8.self))"
                )
            }
        }
        #expect(seen == [#"a - {"message_id":"a"}"#, #"b r {"message_id":"b","receiver_client_id":"r"}"#])
    }

    @Test(arguments: [1, 38, 39, 40, 41, 255])
    func keepsIdentitiesOfEveryLength(length: Int) throws {
        let text = String((0..<length).map { _ in "abcdefghij0123456789-".randomElement() ?? "x" })
        let id = try #require(MessageID(text))
        #expect(id.description == text && id.count == length)
        #expect(id == MessageID(text) && id.hashValue == MessageID(text)?.hashValue)
        #expect(id != MessageID(text.dropLast() + "_"))
        #expect(id.withUTF8 { $0.count } == length)
    }

    @Test(arguments: ["", " ", "a b", "a\u{7F}", "a\n", String(repeating: "x", count: 256)])
    func refusesIdentitiesThatAreNone(text: String) {
        #expect(MessageID(text) == nil)
    }
}
