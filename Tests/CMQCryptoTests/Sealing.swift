import CMQCrypto
import CMQWire
import Testing

func seal(
    _ plaintext: [UInt8],
    with sealer: MessageSealer,
    at now: ContinuousClock.Instant,
    messageID: String = "6f1c2f4e-8a54-4b0e-9a1d-0c7a4f1e2b3c"
) throws -> [UInt8] {
    var output: [UInt8] = []
    let identity = try #require(MessageID(messageID))
    try plaintext.withUnsafeBytes { try sealer.seal($0, messageID: identity, now: now, into: &output) }
    return output
}

func envelope(of json: [UInt8]) throws -> Envelope {
    try json.withUnsafeBytes { try Envelope(json: $0) }
}

func text(_ member: EnvelopeMember, of envelope: Envelope) -> String {
    envelope.withText(of: member) { $0.map { String(decoding: $0, as: UTF8.self) } ?? "" }
}

func open(_ json: [UInt8], with opener: EnvelopeOpener) throws -> [UInt8] {
    var output: [UInt8] = []
    try opener.open(try envelope(of: json), into: &output)
    return output
}

/// The code of the error that opening `json` ends with; checks that nothing was released.
func refusal(of json: [UInt8], by opener: EnvelopeOpener) throws -> CryptoError.Code? {
    var output: [UInt8] = [42]
    let envelope = try envelope(of: json)
    let error = #expect(throws: CryptoError.self) { try opener.open(envelope, into: &output) }
    #expect(output == [42])
    return error?.code
}
