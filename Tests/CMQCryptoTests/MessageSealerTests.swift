import CMQCrypto
import CMQSecrets
import CMQWire
import Testing

@Suite struct MessageSealerTests {
    private let start = ContinuousClock.now
    private let pair = KeyPair()
    private let rsaKey: RSAPrivateKey

    init() throws {
        rsaKey = try RSAPrivateKey()
    }

    private func sealer(
        _ suite: EnvelopeSuite = .aes256GCM,
        limits: SessionKeyLimits = SessionKeyLimits()
    ) -> MessageSealer {
        MessageSealer(
            receiver: suite.needsRSAKey ? .rsa(rsaKey.publicKey) : .x25519(pair.publicKey),
            receiverClientID: "CA-RC",
            suite: suite,
            limits: limits
        )
    }

    @Test(arguments: EnvelopeSuite.allCases, [0, 1, 15, 16, 17, 512, 100_000])
    func whatIsSealedOpens(suite: EnvelopeSuite, count: Int) throws {
        let plaintext = RandomBytes.make(count: count)
        let sealed = try seal(plaintext, with: sealer(suite), at: start)
        let opener = try EnvelopeOpener(keys: OpeningKeys(keyPair: pair, rsaKey: rsaKey), clientID: "CA-RC")
        #expect(try open(sealed, with: opener) == plaintext)
    }

    @Test func membersComeInTheirOrder() throws {
        let withTag = try members(of: seal([1], with: sealer(), at: start))
        #expect(withTag == ["message_id", "receiver_client_id", "enc_session_key", "nonce", "tag", "ciphertext"])
        let withoutTag = try members(of: seal([1], with: sealer(.chaCha20Poly1305), at: start))
        #expect(withoutTag == ["message_id", "receiver_client_id", "enc_session_key", "nonce", "ciphertext"])
        let anonymous = MessageSealer(receiver: pair.publicKey, receiverClientID: nil)
        #expect(
            try members(of: seal([1], with: anonymous, at: start))
                == ["message_id", "enc_session_key", "nonce", "tag", "ciphertext"]
        )
    }

    @Test func appendsToWhatIsThere() throws {
        var output = Array("publish e k ".utf8)
        let identity = try #require(MessageID("m"))
        try [UInt8]().withUnsafeBytes { try sealer().seal($0, messageID: identity, now: start, into: &output) }
        #expect(output.starts(with: #"publish e k {"message_id":"m","#.utf8))
        #expect(output.last == UInt8(ascii: "}"))
    }

    @Test(arguments: EnvelopeSuite.allCases, [1, 3, 256])
    func keyAndNonceNeverRepeat(suite: EnvelopeSuite, limit: Int) throws {
        let sealer = sealer(suite, limits: SessionKeyLimits(messages: limit))
        var pairs: Set<[String]> = []
        var keys: [String] = []
        let count = limit * 3 + 1
        for index in 0..<count {
            // Half of the sessions also end by time.
            let now = start + .milliseconds(index / limit % 2 == 0 ? 0 : 1500)
            let envelope = try envelope(of: seal([7], with: sealer, at: now))
            let key = text(.encSessionKey, of: envelope)
            pairs.insert([key, text(.nonce, of: envelope)])
            if keys.last != key { keys.append(key) }
        }
        #expect(pairs.count == count)
        #expect(keys.count == 4)
        #expect(Set(keys).count == 4)
    }

    @Test func aKeyServesAsManyMessagesAsAllowed() throws {
        let sealer = sealer()
        let keys = try (0..<513).map { _ in try key(of: seal([], with: sealer, at: start)) }
        #expect(Set(keys[..<256]).count == 1)
        #expect(Set(keys[256..<512]).count == 1)
        #expect(Set(keys).count == 3)
    }

    @Test func aKeyServesOneSecond() throws {
        let sealer = sealer()
        let first = try key(of: seal([], with: sealer, at: start))
        #expect(try key(of: seal([], with: sealer, at: start + .nanoseconds(999_999_999))) == first)
        let second = try key(of: seal([], with: sealer, at: start + .seconds(1)))
        #expect(second != first)
        // The second begins with a key's first message, not with the sealer.
        #expect(try key(of: seal([], with: sealer, at: start + .milliseconds(1900))) == second)
        #expect(try key(of: seal([], with: sealer, at: start)) != second)
    }

    @Test func equalMessagesLookDifferent() throws {
        let sealer = sealer()
        let first = try envelope(of: seal([1, 2, 3], with: sealer, at: start))
        let second = try envelope(of: seal([1, 2, 3], with: sealer, at: start))
        #expect(text(.ciphertext, of: first) != text(.ciphertext, of: second))
    }

    @Test func limitsStayInBounds() {
        #expect(SessionKeyLimits(messages: 0).messages == 1)
        #expect(SessionKeyLimits(messages: .max).messages == 65_536)
        #expect(SessionKeyLimits().messages == 256)
        #expect(SessionKeyLimits().age == .seconds(1))
    }

    private func key(of sealed: [UInt8]) throws -> String {
        text(.encSessionKey, of: try envelope(of: sealed))
    }

    private func members(of sealed: [UInt8]) throws -> [String] {
        var names: [String] = []
        try sealed.withUnsafeBytes { json in
            try JSONObjectScanner.scan(json) { (name, _) throws(JSONError) in
                names.append(String(decoding: name, as: UTF8.self))
            }
        }
        return names
    }
}
