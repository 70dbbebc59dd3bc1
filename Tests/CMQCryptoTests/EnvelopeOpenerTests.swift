import CMQCrypto
import CMQSecrets
import CMQWire
import Testing

@Suite struct EnvelopeOpenerTests {
    private let now = ContinuousClock.now

    @Test(arguments: try (Vectors.load("envelopes.json") as Vectors.Envelopes).envelopes)
    func opensWhatOthersSealed(sample: Vectors.Envelopes.Sample) throws {
        let opener = EnvelopeOpener(keyPair: try Vectors.keyPair(), clientID: "CA-RC")
        let plaintext = try open(Array(sample.envelope.utf8), with: opener)
        #expect(String(decoding: plaintext, as: UTF8.self) == sample.plaintext)
    }

    @Test(arguments: try (Vectors.load("envelopes.json") as Vectors.Envelopes).envelopes)
    func everyFlippedByteIsRefused(sample: Vectors.Envelopes.Sample) throws {
        let pair = try Vectors.keyPair()
        let original = try envelope(of: Array(sample.envelope.utf8))
        let expected: [EnvelopeMember: CryptoError.Code] = [
            .encSessionKey: .noKey, .nonce: .badTag, .tag: .badTag, .ciphertext: .badTag,
        ]
        for (member, code) in expected {
            let bytes = Base64.decode(text(member, of: original)) ?? []
            for index in bytes.indices {
                var changed = bytes
                changed[index] ^= 1
                let json = sample.envelope.replacing(text(member, of: original), with: Base64.encode(changed))
                // A new opener each time: a cached key must not hide a changed box.
                let opener = EnvelopeOpener(keyPair: pair, clientID: nil)
                #expect(try refusal(of: Array(json.utf8), by: opener) == code, "\(member.name), byte \(index)")
            }
        }
    }

    @Test func anotherKeyDoesNotOpen() throws {
        let sealer = MessageSealer(receiver: KeyPair().publicKey, receiverClientID: nil)
        let json = try seal([1], with: sealer, at: now)
        #expect(try refusal(of: json, by: EnvelopeOpener(keyPair: KeyPair(), clientID: nil)) == .noKey)
    }

    @Test func anotherReceiverIsRefusedBeforeAnyKeyIsTried() throws {
        let pair = KeyPair()
        let sealer = MessageSealer(receiver: pair.publicKey, receiverClientID: "NY-RC")
        let json = try seal([1], with: sealer, at: now)
        let opener = EnvelopeOpener(keyPair: pair, clientID: "CA-RC")
        #expect(try refusal(of: json, by: opener) == .notForMe)
        #expect(opener.cachedKeys == 0)
        #expect(try open(json, with: EnvelopeOpener(keyPair: pair, clientID: nil)) == [1])
        #expect(try open(json, with: EnvelopeOpener(keyPair: pair, clientID: "NY-RC")) == [1])
    }

    @Test(arguments: [128, 256, 384, 512])
    func rsaIsAnUnknownSuite(count: Int) throws {
        let json = envelopeText(key: RandomBytes.make(count: count), nonce: RandomBytes.make(count: 16), tag: [])
        #expect(try refusal(of: json, by: EnvelopeOpener(keyPair: KeyPair(), clientID: nil)) == .unknownSuite)
    }

    @Test func wrongLengthsAreMalformed() throws {
        let opener = EnvelopeOpener(keyPair: KeyPair(), clientID: nil)
        let (key, nonce, tag) = (RandomBytes.make(count: 80), RandomBytes.make(count: 12), RandomBytes.make(count: 16))
        for json in [
            envelopeText(key: Array(key.dropLast()), nonce: nonce, tag: tag),
            envelopeText(key: key + [0], nonce: nonce, tag: tag),
            envelopeText(key: [], nonce: nonce, tag: tag),
            envelopeText(key: key, nonce: nonce + [0], tag: tag),
            envelopeText(key: key, nonce: [], tag: tag),
            envelopeText(key: key, nonce: nonce, tag: Array(tag.dropLast())),
            envelopeText(key: key, nonce: nonce, tag: []),
            envelopeText(key: key, nonce: nonce, tag: nil, ciphertext: Base64.encode(Array(tag.dropLast()))),
            envelopeText(key: key, nonce: nonce, tag: tag, ciphertext: "AAA"),
            envelopeText(key: key, nonce: nonce, tag: tag, ciphertext: "AAA*"),
        ] {
            #expect(try refusal(of: json, by: opener) == .malformed)
        }
    }

    @Test func aBurstUnderOneKeyOpensOneBox() throws {
        let pair = KeyPair()
        let opener = EnvelopeOpener(keyPair: pair, clientID: nil)
        let sealer = MessageSealer(receiver: pair.publicKey, receiverClientID: nil)
        for index in 0..<256 {
            #expect(try open(seal([UInt8(index)], with: sealer, at: now), with: opener) == [UInt8(index)])
        }
        #expect(opener.cachedKeys == 1)
    }

    @Test func theCacheIsBoundedAndKeepsWhatIsUsed() throws {
        let pair = KeyPair()
        let opener = EnvelopeOpener(keyPair: pair, clientID: nil, cachedKeysMax: 3)
        let sealer = MessageSealer(
            receiver: pair.publicKey,
            receiverClientID: nil,
            limits: SessionKeyLimits(messages: 1)
        )
        let messages = try (0..<20).map { try seal([$0], with: sealer, at: now) }
        for (index, message) in messages.enumerated() {
            #expect(try open(message, with: opener) == [UInt8(index)])
            #expect(opener.cachedKeys == min(index + 1, 3))
        }
        // What has left opens again.
        #expect(try open(messages[0], with: opener) == [0])
        #expect(opener.cachedKeys == 3)
    }

    @Test func aRefusedMessageLeavesTheNextOneAlone() throws {
        let pair = KeyPair()
        let opener = EnvelopeOpener(keyPair: pair, clientID: nil)
        let sealer = MessageSealer(receiver: pair.publicKey, receiverClientID: nil)
        let good = try seal(Array("good".utf8), with: sealer, at: now)
        let tag = text(.tag, of: try envelope(of: good))
        let bad = String(decoding: good, as: UTF8.self)
            .replacing(tag, with: Base64.encode([UInt8](repeating: 0, count: 16)))
        #expect(try refusal(of: Array(bad.utf8), by: opener) == .badTag)
        #expect(try open(good, with: opener) == Array("good".utf8))
    }

    @Test func oneKeyUnderBothSuites() throws {
        // A careless sender's box with the other cipher must not meet the cached one.
        let pair = KeyPair()
        let opener = EnvelopeOpener(keyPair: pair, clientID: nil)
        let json = try seal([1], with: MessageSealer(receiver: pair.publicKey, receiverClientID: nil), at: now)
        #expect(try open(json, with: opener) == [1])
        let original = try envelope(of: json)
        let key = Base64.decode(text(.encSessionKey, of: original)) ?? []
        let other = envelopeText(key: key, nonce: RandomBytes.make(count: 12), tag: nil)
        #expect(try refusal(of: other, by: opener) == .badTag)
        #expect(try open(json, with: opener) == [1])
    }

    @Test func codesAreStable() {
        let names = CryptoError.Code.allCases.map(\.rawValue)
        #expect(names.starts(with: ["no_key", "bad_tag", "malformed", "unknown_suite", "not_for_me"]))
    }

    private func envelopeText(
        key: [UInt8],
        nonce: [UInt8],
        tag: [UInt8]?,
        ciphertext: String = Base64.encode([UInt8](repeating: 7, count: 20))
    ) -> [UInt8] {
        let tag = tag.map { "\"tag\":\"\(Base64.encode($0))\"," } ?? ""
        let text =
            "{\"message_id\":\"m\",\"enc_session_key\":\"\(Base64.encode(key))\","
            + "\"nonce\":\"\(Base64.encode(nonce))\",\(tag)\"ciphertext\":\"\(ciphertext)\"}"
        return Array(text.utf8)
    }
}
