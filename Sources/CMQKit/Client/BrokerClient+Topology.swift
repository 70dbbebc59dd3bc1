/// Queues, exchanges and what connects them.
extension BrokerClient {
    /// How an exchange chooses queues.
    public enum ExchangeKind: String, Sendable, CaseIterable {
        /// To the queues bound with the same routing key.
        case direct
        /// To every bound queue.
        case fanout
        /// To the queues whose key matches, with `*` for one word and `#` for any number.
        case topic
    }

    /// Makes a queue, unless it exists.
    ///
    /// - Throws: ``BrokerClientError``.
    public func declareQueue(_ queue: String) async throws(BrokerClientError) {
        try expect("Queue declared", try await command("declare_queue", queue), "declare the queue '\(queue)'")
    }

    /// Makes an exchange, unless it exists.
    ///
    /// - Throws: ``BrokerClientError``, also when it exists with another kind.
    public func declareExchange(
        _ exchange: String,
        kind: ExchangeKind = .direct
    ) async throws(BrokerClientError) {
        // An older broker knows one kind only, and takes no second field.
        let reply =
            kind == .direct
            ? try await command("declare_exchange", exchange)
            : try await command("declare_exchange", exchange, kind.rawValue)
        try expect("Exchange declared", reply, "declare the exchange '\(exchange)'")
    }

    /// Lets `queue` get what is published to `exchange` with `routingKey`.
    ///
    /// - Throws: ``BrokerClientError``.
    public func bind(
        queue: String,
        to exchange: String,
        routingKey: String
    ) async throws(BrokerClientError) {
        var reply = try await command("bind", queue, exchange, routingKey)
        // 1.0 has the exchange first.
        if isOlderBroker, reply != "Queue bound" { reply = try await command("bind", exchange, queue, routingKey) }
        try expect("Queue bound", reply, "bind the queue '\(queue)' to '\(exchange)'")
    }

    func expect(_ expected: String, _ reply: String, _ what: String) throws(BrokerClientError) {
        guard reply == expected else { throw Self.refusal(reply, what) }
    }
}
