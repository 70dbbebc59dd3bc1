public import CMQCrypto
internal import CMQWire
internal import Synchronization

/// Encrypts messages for one receiver and publishes them over a connection.
///
/// May be used from several tasks. Messages of one task arrive in the order in which it sends them.
public final class MessageSender: Sendable {
    private struct State {
        var sealer: MessageSealer
        var generator = MessageIDGenerator()
    }

    /// The identity of the receiver.
    public let receiver: String
    /// Where messages go.
    public let exchange: String
    /// With which key they are routed.
    public let routingKey: String
    private let client: BrokerClient
    private let state: Mutex<State>

    /// - Parameters:
    ///   - client: The connection to publish over.
    ///   - receiver: The identity of the receiver, which alone gets the messages.
    ///   - key: The receiver's public key; see ``BrokerClient/publicKey(of:)``.
    ///   - exchange: Where messages go; `cmq` is what `cmq-recv` binds when nothing else is said.
    ///   - routingKey: The receiver's identity when `nil`.
    ///   - suite: The cipher for the payload.
    ///   - limits: How long one session key serves.
    public init(
        client: BrokerClient,
        receiver: String,
        key: PublicKey,
        exchange: String = "cmq",
        routingKey: String? = nil,
        suite: EnvelopeSuite = .aes256GCM,
        limits: SessionKeyLimits = SessionKeyLimits()
    ) {
        self.client = client
        self.receiver = receiver
        self.exchange = exchange
        self.routingKey = routingKey ?? receiver
        state = Mutex(
            State(sealer: MessageSealer(receiver: key, receiverClientID: receiver, suite: suite, limits: limits))
        )
    }

    /// Encrypts and publishes a message, and waits for what becomes of it.
    ///
    /// - Throws: ``BrokerClientError`` when the message is certainly not published.
    public func send(_ plaintext: some Collection<UInt8> & Sendable) async throws(BrokerClientError) -> PublishOutcome {
        try await submit(plaintext).outcome
    }

    /// Encrypts and publishes a message, and returns as soon as the window has room for it.
    ///
    /// - Throws: ``BrokerClientError`` when the message is certainly not published.
    public func submit(
        _ plaintext: some Collection<UInt8> & Sendable
    ) async throws(BrokerClientError) -> PendingPublish {
        let (id, envelope) = try seal(Array(plaintext))
        return try await client.submit(envelope: envelope, messageID: id, exchange: exchange, routingKey: routingKey)
    }

    private func seal(_ plaintext: [UInt8]) throws(BrokerClientError) -> (MessageID, [UInt8]) {
        let sealed = state.withLock { state -> Result<(MessageID, [UInt8]), BrokerClientError> in
            let id = state.generator.next(milliseconds: MessageIDGenerator.now())
            var envelope: [UInt8] = []
            let failure = plaintext.withUnsafeBytes { bytes -> CryptoError? in
                do throws(CryptoError) {
                    try state.sealer.seal(bytes, messageID: id, now: .now, into: &envelope)
                    return nil
                } catch {
                    return error
                }
            }
            if let failure {
                return .failure(BrokerClientError(.invalidArgument, failure.message, remedy: failure.hint))
            }
            return .success((id, envelope))
        }
        return try sealed.get()
    }
}
