internal import CMQCrypto
internal import CMQWire

/// Encrypting to one receiver, a new session key as often as `cmq-send` makes one.
final class SealBenchmark: Microbenchmark {
    static let name = "seal"
    private let sealer = MessageSealer(
        receiver: KeyPair().publicKey,
        receiverClientID: "bob",
        // Not by age: that would depend on the machine's speed.
        limits: SessionKeyLimits(messages: 250, age: .seconds(3_600))
    )
    private var envelope: [UInt8] = []
    private var sealed = 0
    private let now = ContinuousClock.now

    func runRound() throws {
        for _ in 0..<messagesOfRound {
            let id = try SampleMessages.messageID(sealed)
            sealed += 1
            envelope.removeAll(keepingCapacity: true)
            try SampleMessages.plaintext.withUnsafeBytes {
                try sealer.seal($0, messageID: id, now: now, into: &envelope)
            }
        }
        guard envelope.count > SampleMessages.plaintext.count else {
            throw WrongResult(description: "an envelope has \(envelope.count) bytes")
        }
    }
}
