import CMQCrypto
import CMQSecrets
import CMQWire
import Testing

/// Envelopes of generation 1.0, and the box of 1.5 on the sending side.
@Suite struct RSAEnvelopeTests {
    private let now = ContinuousClock.now

    private func sealer(
        to key: RSAPrivateKey,
        limits: SessionKeyLimits = SessionKeyLimits()
    ) -> MessageSealer {
        MessageSealer(receiver: .rsa(key.publicKey), receiverClientID: "CA-RC", suite: .rsaAES128GCM, limits: limits)
    }

    @Test func `what is sealed to an RSA key has the members of 1.0 and opens`() throws {
        let key = try RSAPrivateKey()
        let json = try seal(Array("hybrid".utf8), with: sealer(to: key), at: now)
        let envelope = try envelope(of: json)
        #expect(envelope.receiverClientID == nil)
        #expect(Base64.decode(text(.encSessionKey, of: envelope))?.count == 256)
        #expect(Base64.decode(text(.nonce, of: envelope))?.count == 16)
        #expect(Base64.decode(text(.tag, of: envelope))?.count == 16)
        let opener = try EnvelopeOpener(keys: OpeningKeys(rsaKey: key), clientID: "CA-RC")
        #expect(try open(json, with: opener) == Array("hybrid".utf8))
    }

    @Test func `one receiver opens RSA and X25519 envelopes in any order`() throws {
        let (key, pair) = (try RSAPrivateKey(), KeyPair())
        let opener = try EnvelopeOpener(keys: OpeningKeys(keyPair: pair, rsaKey: key), clientID: nil)
        let sealers = [
            sealer(to: key), MessageSealer(receiver: pair.publicKey, receiverClientID: nil),
            MessageSealer(receiver: pair.publicKey, receiverClientID: nil, suite: .chaCha20Poly1305Generation15),
            MessageSealer(receiver: pair.publicKey, receiverClientID: nil, suite: .chaCha20Poly1305),
        ]
        for number in 0..<12 {
            let json = try seal([UInt8(number)], with: sealers[number % 4], at: now)
            #expect(try open(json, with: opener) == [UInt8(number)])
        }
        #expect(opener.cachedKeys == 4)
    }

    @Test func `every changed byte is refused`() throws {
        let key = try RSAPrivateKey()
        let json = try seal([1, 2, 3], with: sealer(to: key), at: now)
        let original = try envelope(of: json)
        let expected: [EnvelopeMember: CryptoError.Code] = [
            .encSessionKey: .noKey, .nonce: .badTag, .tag: .badTag, .ciphertext: .badTag,
        ]
        for (member, code) in expected {
            let bytes = Base64.decode(text(member, of: original)) ?? []
            for index in stride(from: 0, to: bytes.count, by: 17) {
                var changed = bytes
                changed[index] ^= 1
                let other = String(decoding: json, as: UTF8.self)
                    .replacing(text(member, of: original), with: Base64.encode(changed))
                let opener = try EnvelopeOpener(keys: OpeningKeys(rsaKey: key), clientID: nil)
                #expect(try refusal(of: Array(other.utf8), by: opener) == code, "\(member.name), byte \(index)")
            }
        }
    }

    @Test func `the reasons for refusing are told apart`() throws {
        let (key, pair) = (try RSAPrivateKey(), KeyPair())
        let rsa = try seal([1], with: sealer(to: key), at: now)
        let sealed = try seal([1], with: MessageSealer(receiver: pair.publicKey, receiverClientID: nil), at: now)
        let other = try EnvelopeOpener(keys: OpeningKeys(rsaKey: try RSAPrivateKey()), clientID: nil)
        #expect(try refusal(of: rsa, by: other) == .noKey)
        #expect(try refusal(of: sealed, by: other) == .unknownSuite)
        #expect(try refusal(of: rsa, by: EnvelopeOpener(keyPair: pair, clientID: nil)) == .unknownSuite)
        let tag = text(.tag, of: try envelope(of: rsa))
        let untagged = String(decoding: rsa, as: UTF8.self).replacing("\"tag\":\"\(tag)\",", with: "")
        let opener = try EnvelopeOpener(keys: OpeningKeys(rsaKey: key), clientID: nil)
        #expect(try refusal(of: Array(untagged.utf8), by: opener) == .malformed)
    }

    @Test func `a suite that does not fit the key is refused before anything is written`() throws {
        let key = try RSAPrivateKey()
        for sealer in [
            MessageSealer(receiver: KeyPair().publicKey, receiverClientID: nil, suite: .rsaAES128GCM),
            MessageSealer(receiver: .rsa(key.publicKey), receiverClientID: nil, suite: .aes256GCM),
            MessageSealer(receiver: .rsa(key.publicKey), receiverClientID: nil, suite: .chaCha20Poly1305Generation15),
        ] {
            let error = #expect(throws: CryptoError.self) { try seal([1], with: sealer, at: now) }
            #expect(error?.code == .unknownSuite)
        }
    }

    @Test func `no two messages share a session key and a nonce`() throws {
        let sealer = try sealer(to: RSAPrivateKey(), limits: SessionKeyLimits(messages: 3))
        var pairs: Set<[String]> = []
        var keys: Set<String> = []
        for _ in 0..<9 {
            let envelope = try envelope(of: try seal([1], with: sealer, at: now))
            pairs.insert([text(.encSessionKey, of: envelope), text(.nonce, of: envelope)])
            keys.insert(text(.encSessionKey, of: envelope))
        }
        #expect(pairs.count == 9)
        #expect(keys.count == 3)
    }
}
