import CMQClient
import CMQClientCommand
import CMQWire
import Foundation
import Testing

@Suite struct MessageTextTests {
    private func text(_ plaintext: String, _ field: ReceiveRequest.Field) -> String {
        text(Array(plaintext.utf8), field)
    }

    private func text(_ plaintext: [UInt8], _ field: ReceiveRequest.Field) -> String {
        var output: [UInt8] = []
        plaintext.withUnsafeBytes { MessageText.append($0, field, to: &output) }
        return String(decoding: output, as: UTF8.self)
    }

    @Test func standardMessages() throws {
        var standard = StandardMessage(senderID: "FL-\"LAB\"")
        standard.setTimestamp("2025-10-08T00:00:00.000Z")
        var plaintext: [UInt8] = []
        let id = try #require(MessageID("m1"))
        Array("[1, 2]".utf8).withUnsafeBytes { standard.append(id, content: $0, to: &plaintext) }
        let object = try JSONSerialization.jsonObject(with: Data(plaintext)) as? [String: Any]
        #expect(object?["message_id"] as? String == "m1")
        #expect(object?["sender_id"] as? String == "FL-\"LAB\"")
        #expect(object?["sent_timestamp"] as? String == "2025-10-08T00:00:00.000Z")
        #expect(text(plaintext, .content) == "[1, 2]")
        #expect(text(plaintext, .full) == String(decoding: plaintext, as: UTF8.self))
    }

    @Test func whatIsNoJSONBecomesAString() {
        #expect(text("a \"b\"\nc", .full) == #""a \"b\"\nc""#)
        #expect(text("plain", .content) == #""plain""#)
        #expect(text("plain", .raw) == "plain")
        #expect(text([0xFF, 0x00], .full) == #"{"base64":"/wA="}"#)
    }

    @Test func jsonIsOneLine() {
        #expect(text("{\n  \"a\": \"b\\nc\"\r\n}", .full) == "{   \"a\": \"b\\nc\"  }")
    }

    @Test func addressedLines() throws {
        let line = Array(#"{"to":["a","b"],"routing_key":"k","content":{"x":"}"}}"#.utf8)
        try line.withUnsafeBytes { bytes in
            let address = try LineAddress(bytes)
            #expect(address.receivers == ["a", "b"])
            #expect(address.routingKey == "k")
            #expect(address.exchange == nil)
            #expect(String(decoding: address.content, as: UTF8.self) == #"{"x":"}"}"#)
        }
    }

    @Test(
        arguments: [
            "1", #"{"to":"a"}"#, #"{"content":1}"#, #"{"to":[],"content":1}"#, #"{"to":"","content":1}"#,
            #"{"to":"a","content":1,"rout":2}"#, #"{"to":"a","content":1,"exchange":2}"#,
        ]
    )
    func linesThatAreNotAddressed(line: String) {
        _ = Array(line.utf8).withUnsafeBytes { bytes in
            #expect(throws: LineAddress.Failure.self) { try LineAddress(bytes) }
        }
    }

    @Test func identitiesAreDistinctUUIDsInTheOrderOfTime() {
        var generator = MessageIDGenerator()
        let ids = (0..<1_000).map { generator.next(milliseconds: 1_700_000_000_000 + UInt64($0)).description }
        #expect(Set(ids).count == ids.count)
        #expect(ids == ids.sorted())
        for id in ids {
            #expect(UUID(uuidString: id) != nil)
            #expect(Array(id)[14] == "7")
            #expect("89ab".contains(Array(id)[19]))
        }
    }

    @Test func recentMessagesAreBoundedAndForgetTheOldestFirst() throws {
        var recent = RecentMessages(countMax: 10)
        for number in 0..<30 { #expect(recent.insert(try #require(MessageID("m\(number)")))) }
        #expect(try !recent.insert(#require(MessageID("m29"))))
        #expect(recent.contains(try #require(MessageID("m20"))))
        #expect(!recent.contains(try #require(MessageID("m1"))))
    }
}
