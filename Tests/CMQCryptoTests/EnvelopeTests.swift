import CMQWire
import Testing

@Suite struct EnvelopeTests {
    private static let minimal = #"{"message_id":"m","enc_session_key":"k","nonce":"n","ciphertext":"c"}"#

    private func envelope(_ json: String) throws -> Envelope {
        try Array(json.utf8).withUnsafeBytes { try Envelope(json: $0) }
    }

    private func text(_ member: EnvelopeMember, of envelope: Envelope) -> String? {
        envelope.withText(of: member) { $0.map { String(decoding: $0, as: UTF8.self) } }
    }

    @Test func readsEveryMember() throws {
        let envelope = try envelope(
            #" { "sent_time" : {"a":[1]}, "message_id":"m-1", "receiver_client_id":"CA-RC","#
                + #""enc_session_key":"a+/=","nonce":"n", "tag":"t", "ciphertext" : "c" } "#
        )
        #expect(envelope.messageID == MessageID("m-1"))
        #expect(envelope.receiverClientID == "CA-RC")
        #expect(text(.encSessionKey, of: envelope) == "a+/=")
        #expect(text(.nonce, of: envelope) == "n")
        #expect(text(.tag, of: envelope) == "t")
        #expect(text(.ciphertext, of: envelope) == "c")
    }

    @Test func optionalMembersMayBeAbsentOrNull() throws {
        let absent = try envelope(Self.minimal)
        let null = try envelope(Self.minimal.dropLast() + #","tag":null,"receiver_client_id":null}"#)
        for envelope in [absent, null] {
            #expect(envelope.receiverClientID == nil)
            #expect(text(.tag, of: envelope) == nil)
            #expect(text(.ciphertext, of: envelope) == "c")
        }
    }

    @Test func escapesAreUndone() throws {
        let envelope = try envelope(
            #"{"message\u005fid":"a\"\\\u00e9","enc_session_key":"a\/b","nonce":"\u006e","ciphertext":"\/\/"}"#
        )
        #expect(envelope.messageID == MessageID("a\"\\é"))
        #expect(text(.encSessionKey, of: envelope) == "a/b")
        #expect(text(.nonce, of: envelope) == "n")
        #expect(text(.ciphertext, of: envelope) == "//")
    }

    @Test(arguments: EnvelopeMember.allCases)
    func aRepeatedMemberIsRefused(member: EnvelopeMember) {
        let json = Self.minimal.dropLast() + ",\"\(member.name)\":\"x\",\"\(member.name)\":\"x\"}"
        #expect(throws: EnvelopeError.repeated(member)) { try envelope(String(json)) }
    }

    @Test func aMemberRepeatedWithEscapesIsRefused() {
        let json = Self.minimal.dropLast() + #","n\u006fnce":"x"}"#
        #expect(throws: EnvelopeError.repeated(.nonce)) { try envelope(String(json)) }
    }

    @Test(arguments: EnvelopeMember.allCases.filter(\.isRequired))
    func aMissingOrWrongMemberIsNamed(member: EnvelopeMember) {
        let others = EnvelopeMember.allCases.filter { $0 != member }.map { "\"\($0.name)\":\"x\"" }
        let json = "{\(others.joined(separator: ","))}"
        #expect(throws: EnvelopeError.missing(member)) { try envelope(json) }
        for value in ["null", "1", "[]", "true", "{}"] {
            let wrong = json.dropLast() + ",\"\(member.name)\":\(value)}"
            #expect(throws: EnvelopeError.notText(member)) { try envelope(String(wrong)) }
        }
    }

    @Test(arguments: ["", " ", "a b", "a\u{7F}", String(repeating: "x", count: 256)])
    func messageIdentitiesAreChecked(identity: String) {
        let json = #"{"message_id":"\#(identity)","enc_session_key":"k","nonce":"n","ciphertext":"c"}"#
        #expect(throws: EnvelopeError.invalidMessageID) { try envelope(json) }
    }

    @Test func aControlCharacterBehindAnEscapeIsSeen() {
        let json = #"{"message_id":"a\u000ab","enc_session_key":"k","nonce":"n","ciphertext":"c"}"#
        #expect(throws: EnvelopeError.invalidMessageID) { try envelope(json) }
    }

    @Test(arguments: ["", "[]", "{", #"{"message_id":"m"} x"#, "null", #"{"message_id":"\ud800"}"#])
    func otherTextIsRefused(json: String) {
        #expect(throws: EnvelopeError.self) { try envelope(json) }
    }

    @Test func theEncoderIsReadBack() throws {
        let encoder = EnvelopeEncoder(receiverClientID: #"a"\é"#, encSessionKey: "K+/=")
        var output: [UInt8] = []
        encoder.appendStart(messageID: try #require(MessageID(#"i"\d"#)), to: &output)
        output.append(contentsOf: "N".utf8)
        EnvelopeEncoder.appendNext(.tag, to: &output)
        output.append(contentsOf: "T".utf8)
        EnvelopeEncoder.appendNext(.ciphertext, to: &output)
        EnvelopeEncoder.appendEnd(to: &output)
        let json = String(decoding: output, as: UTF8.self)
        #expect(
            json == #"{"message_id":"i\"\\d","receiver_client_id":"a\"\\é","enc_session_key":"K+/=","#
                + #""nonce":"N","tag":"T","ciphertext":""}"#
        )
        let envelope = try envelope(json)
        #expect(envelope.messageID.description == #"i"\d"#)
        #expect(envelope.receiverClientID == #"a"\é"#)
    }
}
