public import CMQCrypto
internal import CMQWire
internal import Synchronization

/// Decrypts received messages with the keys of one receiver. May be used from several tasks.
public final class MessageDecryptor: Sendable {
    private let opener: Mutex<EnvelopeOpener>

    /// - Parameters:
    ///   - keyPair: The receiver's keys.
    ///   - clientID: The receiver's identity; messages for another one are refused. `nil` takes all.
    public init(keyPair: KeyPair, clientID: String? = nil) {
        opener = Mutex(EnvelopeOpener(keyPair: keyPair, clientID: clientID))
    }

    /// The plaintext of a message.
    ///
    /// - Throws: ``BrokerClientError`` with the code `undecryptable`; the message begins with the
    ///   reason: `no_key`, `bad_tag`, `malformed`, `unknown_suite` or `not_for_me`.
    public func open(_ message: ReceivedMessage) throws(BrokerClientError) -> [UInt8] {
        let result = opener.withLock { opener in
            message.withEnvelope { bytes -> Result<[UInt8], BrokerClientError> in
                var plaintext: [UInt8] = []
                do {
                    try opener.open(try Envelope(json: bytes), into: &plaintext)
                    return .success(plaintext)
                } catch let error as CryptoError {
                    let text = "\(error.code.rawValue): \(error.message)"
                    return .failure(BrokerClientError(.undecryptable, text, remedy: error.hint))
                } catch {
                    return .failure(BrokerClientError(.undecryptable, "malformed: \(error)"))
                }
            }
        }
        return try result.get()
    }
}
