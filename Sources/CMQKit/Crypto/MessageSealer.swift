internal import CMQSecrets
package import CMQWire

/// Encrypts messages for one receiver and writes their envelopes.
///
/// A session key is drawn at random for this receiver, encrypted to its public key and used within
/// ``SessionKeyLimits``.
///
/// Nonces cannot repeat: a nonce is the number of the message under its session key, counted up
/// before the cipher runs, so that no failure can lead to a second use; the count starts over only
/// together with a new random key. Two messages share key and nonce only if the system draws the same
/// key twice. Random nonces of 96 bits would be worse: they collide.
///
/// An instance serves one thread at a time.
public final class MessageSealer {
    /// The key that session keys are sealed to.
    public let receiver: ReceiverKey
    /// How envelopes are encrypted.
    public let suite: EnvelopeSuite
    private let receiverClientID: String?
    private let limits: SessionKeyLimits

    private struct Session {
        var encoder: EnvelopeEncoder
        var start: ContinuousClock.Instant
        var messages: UInt32
        var cipher: AuthenticatedCipher
    }
    private var session: Session?
    // The ciphertext on its way to base64; kept so that a message allocates nothing.
    private var ciphertext: [UInt8] = []
    private var nonce: [UInt8]

    /// Encrypts to an X25519 key; see ``init(receiver:receiverClientID:suite:limits:)-(ReceiverKey,_,_,_)``.
    public convenience init(
        receiver: PublicKey,
        receiverClientID: String?,
        suite: EnvelopeSuite = .aes256GCM,
        limits: SessionKeyLimits = SessionKeyLimits()
    ) {
        self.init(receiver: .x25519(receiver), receiverClientID: receiverClientID, suite: suite, limits: limits)
    }

    /// - Parameters:
    ///   - receiver: The key that session keys are sealed to; sealing fails when `suite` needs another kind.
    ///   - receiverClientID: The receiver's identity for the envelope; left out when `nil`, and where the suite's
    ///     generation has no member for it.
    ///   - suite: How envelopes are encrypted.
    ///   - limits: When a new session key is due.
    public init(
        receiver: ReceiverKey,
        receiverClientID: String?,
        suite: EnvelopeSuite = .aes256GCM,
        limits: SessionKeyLimits = SessionKeyLimits()
    ) {
        self.receiver = receiver
        self.receiverClientID = suite.namesReceiver ? receiverClientID : nil
        nonce = [UInt8](repeating: 0, count: suite.algorithm.nonceBytes)
        self.suite = suite
        self.limits = limits
    }

    /// Encrypts `plaintext` and appends its envelope, one JSON object without a line break.
    ///
    /// - Parameters:
    ///   - now: The time, from which the age of the session key is told.
    ///   - output: Is unchanged when an error is thrown.
    /// - Throws: ``CryptoError`` with ``CryptoError/Code/tooLong`` for more than 2^31 - 17 bytes.
    package func seal(
        _ plaintext: UnsafeRawBufferPointer,
        messageID: MessageID,
        now: ContinuousClock.Instant,
        into output: inout [UInt8]
    ) throws(CryptoError) {
        guard plaintext.count <= Int(Int32.max) - AuthenticatedCipher.tagBytes else {
            throw CryptoError(CipherError.wrongLength)
        }
        let number = try nextMessageNumber(now: now)
        guard let session else { throw CryptoError(.library, "there is no session key") }
        // Big endian; the number needs the last 32 bits only.
        for index in 0..<4 { nonce[nonce.count - 1 - index] = UInt8(truncatingIfNeeded: number >> (8 * index)) }
        if ciphertext.count < plaintext.count + AuthenticatedCipher.tagBytes {
            ciphertext = [UInt8](repeating: 0, count: (plaintext.count + AuthenticatedCipher.tagBytes) * 2)
        }
        do throws(CipherError) {
            try nonce.withUnsafeBufferPointer { (nonce) throws(CipherError) in
                let nonce = UnsafeRawBufferPointer(nonce)
                try ciphertext.withUnsafeMutableBufferPointer { (room) throws(CipherError) in
                    let sealed = UnsafeMutableRawBufferPointer(room)
                    let end = plaintext.count + AuthenticatedCipher.tagBytes
                    let body = UnsafeMutableRawBufferPointer(rebasing: sealed[..<plaintext.count])
                    let tag = UnsafeMutableRawBufferPointer(rebasing: sealed[plaintext.count..<end])
                    try session.cipher.seal(nonce: nonce, plaintext: plaintext, into: body, tag: tag)
                    session.encoder.appendStart(messageID: messageID, to: &output)
                    Base64.append(nonce, to: &output)
                    if suite.hasSeparateTag {
                        EnvelopeEncoder.appendNext(.tag, to: &output)
                        Base64.append(UnsafeRawBufferPointer(tag), to: &output)
                    }
                    EnvelopeEncoder.appendNext(.ciphertext, to: &output)
                    Base64.append(
                        UnsafeRawBufferPointer(
                            rebasing: UnsafeRawBufferPointer(sealed)[..<(suite.hasSeparateTag ? plaintext.count : end)]
                        ),
                        to: &output
                    )
                    EnvelopeEncoder.appendEnd(to: &output)
                }
            }
        } catch {
            throw CryptoError(error)
        }
    }

    /// The number of the message under the session key that it is to have; a new key where one is due.
    private func nextMessageNumber(now: ContinuousClock.Instant) throws(CryptoError) -> UInt32 {
        if let number = session?.messages, let start = session?.start, number < limits.messages,
            now >= start, start.duration(to: now) < limits.age
        {
            session?.messages = number + 1
            return number
        }
        let key = RandomBytes.makeSecret(count: suite.algorithm.keyBytes)
        let sealedKey = try receiver.seal(key, suite)
        let encoder = EnvelopeEncoder(
            receiverClientID: receiverClientID,
            encSessionKey: Base64.encode(sealedKey)
        )
        do throws(CipherError) {
            let cipher = try AuthenticatedCipher(algorithm: suite.algorithm, key: key)
            session = Session(encoder: encoder, start: now, messages: 1, cipher: cipher)
        } catch {
            throw CryptoError(error)
        }
        return 0
    }
}
