internal import CMQSecrets
package import CMQWire

/// Decrypts envelopes of every generation that were sealed to one receiver. Plaintext leaves it only after its tag was checked.
///
/// An instance serves one thread at a time.
public final class EnvelopeOpener {
    private let keyPair: KeyPair?
    private let rsaKey: RSAKeyHandle?
    private let clientID: String?
    private var cache: SessionKeyCache
    // Kept between messages, so that the common case allocates nothing but its output.
    private var sealedKey: [UInt8] = []
    private var nonce: [UInt8] = []
    private var tag = [UInt8](repeating: 0, count: AuthenticatedCipher.tagBytes)
    private var payload: [UInt8] = []

    /// - Parameters:
    ///   - keyPair: The receiver's keys.
    ///   - clientID: The receiver's identity; envelopes that name another one are refused. With
    ///     `nil` only the keys decide.
    ///   - cachedKeysMax: How many opened session keys are kept.
    public init(keyPair: KeyPair, clientID: String?, cachedKeysMax: Int = 64) {
        self.keyPair = keyPair
        rsaKey = nil
        self.clientID = clientID
        cache = SessionKeyCache(countMax: cachedKeysMax)
    }

    /// - Parameters:
    ///   - keys: The receiver's keys; what was sealed to a kind that is missing is an unknown suite.
    ///   - clientID: The receiver's identity; envelopes that name another one are refused. With
    ///     `nil` only the keys decide.
    ///   - cachedKeysMax: How many opened session keys are kept.
    /// - Throws: ``CryptoError`` with ``CryptoError/Code/library``.
    public init(keys: OpeningKeys, clientID: String?, cachedKeysMax: Int = 64) throws(CryptoError) {
        keyPair = keys.keyPair
        if let key = keys.rsaKey { rsaKey = try key.makeHandle() } else { rsaKey = nil }
        self.clientID = clientID
        cache = SessionKeyCache(countMax: cachedKeysMax)
    }

    /// The number of session keys in memory.
    package var cachedKeys: Int { cache.count }

    /// Decrypts `envelope` and appends its plaintext.
    ///
    /// - Parameter output: Is unchanged when an error is thrown.
    /// - Throws: ``CryptoError`` with one of the codes ``CryptoError/Code/notForMe``,
    ///   ``CryptoError/Code/malformed``, ``CryptoError/Code/unknownSuite``, ``CryptoError/Code/noKey``
    ///   and ``CryptoError/Code/badTag``.
    package func open(_ envelope: Envelope, into output: inout [UInt8]) throws(CryptoError) {
        if let clientID, let receiver = envelope.receiverClientID, receiver != clientID {
            throw CryptoError(.notForMe, "the envelope is addressed to another receiver")
        }
        let isRSA = try readSealedKey(of: envelope)
        let hasTag = envelope.withText(of: .tag) { $0 != nil }
        let suite: EnvelopeSuite = isRSA ? .rsaAES128GCM : hasTag ? .aes256GCM : .chaCha20Poly1305
        guard hasTag == suite.hasSeparateTag else { throw CryptoError(.malformed, "tag is missing") }
        Self.resize(&nonce, to: suite.algorithm.nonceBytes)
        try decode(.nonce, of: envelope, into: &nonce)
        var length = try decodePayload(of: envelope)
        if hasTag {
            try decode(.tag, of: envelope, into: &tag)
        } else {
            guard length >= tag.count else { throw CryptoError(.malformed, "ciphertext is shorter than its tag") }
            length -= tag.count
            for index in tag.indices { tag[index] = payload[length + index] }
        }
        let cipher = try sessionCipher(suite)
        try decrypt(length, with: cipher)
        output.append(contentsOf: payload[..<length])
    }

    private func decrypt(_ length: Int, with cipher: AuthenticatedCipher) throws(CryptoError) {
        do throws(CipherError) {
            try nonce.withUnsafeBufferPointer { (nonce) throws(CipherError) in
                try tag.withUnsafeBufferPointer { (tag) throws(CipherError) in
                    try payload.withUnsafeMutableBufferPointer { (payload) throws(CipherError) in
                        let body = UnsafeMutableRawBufferPointer(
                            rebasing: UnsafeMutableRawBufferPointer(payload)[..<length]
                        )
                        try cipher.open(
                            nonce: UnsafeRawBufferPointer(nonce),
                            ciphertext: UnsafeRawBufferPointer(body),
                            tag: UnsafeRawBufferPointer(tag),
                            into: body
                        )
                    }
                }
            }
        } catch {
            throw CryptoError(error)
        }
    }

    /// The cipher under the envelope's session key, from the cache or by opening its box.
    private func sessionCipher(_ suite: EnvelopeSuite) throws(CryptoError) -> AuthenticatedCipher {
        if let cipher = cache.cipher(for: sealedKey, suite.algorithm) { return cipher }
        let key = openSealedKey(suite)
        guard let key else {
            throw CryptoError(
                .noKey,
                "the session key was not sealed to our public key",
                hint: "the sender may hold an older key: compare 'cmq-keygen fingerprint' on both sides"
            )
        }
        do throws(CipherError) {
            let cipher = try AuthenticatedCipher(algorithm: suite.algorithm, key: key)
            cache.insert(cipher, for: sealedKey)
            return cipher
        } catch {
            throw CryptoError(error)
        }
    }

    private func openSealedKey(_ suite: EnvelopeSuite) -> SecretBytes? {
        if suite == .rsaAES128GCM { return rsaKey?.decrypt(sealedKey, count: suite.algorithm.keyBytes) }
        guard let keyPair else { return nil }
        return SealedBox.open(sealedKey, with: keyPair) ?? SealedBox.openGeneration15(sealedKey, with: keyPair)
    }

    /// Tells by the length how the session key was encrypted: 80 bytes are a sealed box, an RSA
    /// modulus is generation 1.0.
    ///
    /// - Returns: Whether it is RSA.
    private func readSealedKey(of envelope: Envelope) throws(CryptoError) -> Bool {
        let count = envelope.withText(of: .encSessionKey) { $0.flatMap { Base64.decodedCount($0) } }
        let isRSA: Bool
        switch count {
        case Self.sealedBoxBytes:
            isRSA = false
            guard keyPair != nil else {
                throw CryptoError(.unknownSuite, "the session key is sealed to an X25519 key, and ours is RSA")
            }
        case 128, 256, 384, 512:
            isRSA = true
            guard let rsaKey else {
                throw CryptoError(
                    .unknownSuite,
                    "the session key is encrypted with RSA, which an X25519 key does not open"
                )
            }
            guard rsaKey.modulusBytes == count else {
                throw CryptoError(.noKey, "the session key is encrypted to an RSA key of another length")
            }
        default: throw CryptoError(.malformed, "enc_session_key has a wrong length")
        }
        Self.resize(&sealedKey, to: count ?? 0)
        try decode(.encSessionKey, of: envelope, into: &sealedKey)
        return isRSA
    }

    private static let sealedBoxBytes =
        AuthenticatedCipher.Algorithm.aes256GCM.keyBytes + SealedBox.overheadBytes

    private static func resize(_ bytes: inout [UInt8], to count: Int) {
        if bytes.count != count { bytes = [UInt8](repeating: 0, count: count) }
    }

    /// Decodes a member that must have exactly the length of `bytes`.
    private func decode(
        _ member: EnvelopeMember,
        of envelope: Envelope,
        into bytes: inout [UInt8]
    ) throws(CryptoError) {
        let count = bytes.count
        let isValid = envelope.withText(of: member) { text in
            guard let text, Base64.decodedCount(text) == count else { return false }
            return bytes.withUnsafeMutableBufferPointer {
                Base64.decode(text, into: UnsafeMutableRawBufferPointer($0)) != nil
            }
        }
        guard isValid else { throw CryptoError(.malformed, "\(member.name) is not \(count) bytes of base64") }
    }

    /// Decodes the ciphertext into `payload` and returns its length.
    private func decodePayload(of envelope: Envelope) throws(CryptoError) -> Int {
        let length = envelope.withText(of: .ciphertext) { text -> Int? in
            guard let text, let count = Base64.decodedCount(text) else { return nil }
            if payload.count < count { payload = [UInt8](repeating: 0, count: count * 2) }
            return payload.withUnsafeMutableBufferPointer {
                Base64.decode(text, into: UnsafeMutableRawBufferPointer($0))
            }
        }
        guard let length else { throw CryptoError(.malformed, "ciphertext is not base64") }
        return length
    }
}
