public import CMQWire

/// What identities in the broker's `[security] admins` may do.
extension BrokerClient {
    /// The broker's figures, as one JSON object.
    ///
    /// - Throws: ``BrokerClientError``; `unknown_command` from an older broker.
    public func stats() async throws(BrokerClientError) -> String {
        try value("Stats: ", try await command("stats"), "give its figures")
    }

    /// Puts the dead letters of a queue back into it, and says how many there were.
    ///
    /// - Throws: ``BrokerClientError``.
    public func redrive(_ queue: String) async throws(BrokerClientError) -> Int {
        try number("Redriven ", try await command("redrive", queue), "redrive '\(queue)'")
    }

    /// Deletes what waits in a queue, and says how many messages there were.
    ///
    /// - Throws: ``BrokerClientError``.
    public func purge(_ queue: String) async throws(BrokerClientError) -> Int {
        try number("Purged ", try await command("purge", queue), "purge '\(queue)'")
    }

    /// Asks the broker to deliver a message of ours again that was not acknowledged.
    ///
    /// - Throws: ``BrokerClientError``.
    public func resend(_ message: MessageID) async throws(BrokerClientError) {
        let reply = try await command("resend", message.description)
        try expect("Resend requested", reply, "resend '\(message)'")
    }

    /// Waits for any answer, which shows that broker and connection live.
    ///
    /// - Throws: ``BrokerClientError``.
    public func heartbeat() async throws(BrokerClientError) {
        _ = try await command("heartbeat")
    }

    private func value(_ prefix: String, _ reply: String, _ what: String) throws(BrokerClientError) -> String {
        guard reply.hasPrefix(prefix) else { throw Self.refusal(reply, what) }
        return String(reply.dropFirst(prefix.count))
    }

    func number(_ prefix: String, _ reply: String, _ what: String) throws(BrokerClientError) -> Int {
        guard let number = Int(try value(prefix, reply, what)) else { throw Self.refusal(reply, what) }
        return number
    }
}
