/// Takes over the outcomes of a connection, for a caller that keeps its own window and resends by itself.
package struct ConnectionObserver: Sendable {
    /// Gets outcomes in the order of publishing, those of one read from the network together.
    package var published: @Sendable ([PublishReport]) -> Void
    /// Gets the reason when the connection is gone.
    package var closed: @Sendable (BrokerClientError) -> Void

    package init(
        published: @escaping @Sendable ([PublishReport]) -> Void,
        closed: @escaping @Sendable (BrokerClientError) -> Void
    ) {
        self.published = published
        self.closed = closed
    }
}
