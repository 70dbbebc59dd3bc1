internal import NIOCore

/// Whom a connection tells what it learned. Called on its event loop, once for each read at most.
protocol ConnectionEvents: Sendable {
    /// The broker answered for the first time: it accepted our certificate and speaks the protocol.
    /// `isOlderBroker` tells that it is one of CipherMQ 1.0 to 1.5.
    func established(isOlderBroker: Bool)
    func published(_ reports: [PublishReport])
    func acknowledged(_ count: Int)
    /// Says whether reading should pause.
    func received(_ messages: [ReceivedMessage]) -> Bool
    /// A fetch found nothing.
    func nothingToFetch(_ count: Int)
    func reply(to command: UInt64, _ text: String)
    /// The connection is gone; nothing follows.
    func closed(_ error: BrokerClientError, unanswered: [ConnectionStateMachine.Expectation])
}
