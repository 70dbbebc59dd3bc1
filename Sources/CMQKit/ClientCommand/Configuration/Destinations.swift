internal import CMQClient
package import CMQCommand

/// Where messages for a receiver go.
package struct Destination: Hashable, Sendable {
    package var receiver: String
    package var exchange: String
    package var routingKey: String

    package init(receiver: String, exchange: String, routingKey: String) {
        self.receiver = receiver
        self.exchange = exchange
        self.routingKey = routingKey
    }
}

/// What a receiver consumes, and what it binds first.
package struct Subscription: Hashable, Sendable {
    package var queue: String
    package var exchange: String
    package var routingKey: String
}

extension ClientSettings {
    /// The exchange when nothing names one.
    package static let defaultExchange = "cmq"

    /// The names that a broker of 1.0 has from the start; clients without TLS use them when nothing else is said.
    private static let plainTCPExchange = "default_exchange"
    private static let plainTCPQueue = "default_queue"
    private static let plainTCPKey = "default_key"

    private var fallbackExchange: String { connection.usesTLS ? Self.defaultExchange : Self.plainTCPExchange }

    private func fallbackQueue(_ clientID: String) -> String { connection.usesTLS ? clientID : Self.plainTCPQueue }

    private func fallbackKey(_ clientID: String) -> String { connection.usesTLS ? clientID : Self.plainTCPKey }

    /// Where messages for `receiver` go: what flags and environment say; else the receiver's binding;
    /// else the file's own exchange and key; else the exchange `cmq` with the receiver as the key.
    ///
    /// - Throws: ``CommandFailure`` when a name cannot be sent.
    package func destination(of receiver: String) throws(CommandFailure) -> Destination {
        let binding = binding(of: receiver)
        let key = routingKey ?? binding?.routingKey ?? file?.routingKey ?? fallbackKey(receiver)
        let destination = Destination(
            receiver: receiver,
            exchange: exchange ?? binding?.exchange ?? file?.exchange ?? fallbackExchange,
            routingKey: key
        )
        try Self.check(destination.exchange, "exchange", flag: "--exchange")
        try Self.check(destination.routingKey, "routing key", flag: "--routing-key")
        return destination
    }

    /// The queues of the identity `clientID` with their bindings.
    ///
    /// - Throws: ``CommandFailure`` when a name cannot be sent.
    package func subscriptions(of clientID: String) throws(CommandFailure) -> [Subscription] {
        var bindings = file?.bindings.filter { $0.queue != nil } ?? []
        if let own = binding(of: clientID), file?.receivers.contains(clientID) == true { bindings = [own] }
        if let queue { bindings = bindings.filter { $0.queue == queue } }
        if bindings.isEmpty || exchange != nil || routingKey != nil {
            let first = bindings.first
            bindings = [
                ClientConfigurationFile.Binding(
                    queue: queue ?? first?.queue ?? file?.queue ?? fallbackQueue(clientID),
                    exchange: exchange ?? first?.exchange,
                    routingKey: routingKey ?? first?.routingKey
                )
            ]
        }
        var subscriptions: [Subscription] = []
        for binding in bindings {
            let subscription = Subscription(
                queue: binding.queue ?? fallbackQueue(clientID),
                exchange: binding.exchange ?? file?.exchange ?? fallbackExchange,
                routingKey: binding.routingKey ?? file?.routingKey ?? fallbackKey(clientID)
            )
            try Self.check(subscription.queue, "queue", flag: "--queue")
            try Self.check(subscription.exchange, "exchange", flag: "--exchange")
            try Self.check(subscription.routingKey, "routing key", flag: "--routing-key")
            if !subscriptions.contains(subscription) { subscriptions.append(subscription) }
        }
        return subscriptions
    }

    /// The queue that a receiver consumes unless it says otherwise.
    package func queue(of receiver: String) -> String {
        binding(of: receiver)?.queue ?? (file?.bindings.isEmpty ?? true ? file?.queue : nil) ?? fallbackQueue(receiver)
    }

    /// Receivers and bindings of a file run in parallel where there are as many of both; otherwise a
    /// binding belongs to the receiver that its queue or key names; a single one belongs to all.
    private func binding(of receiver: String) -> ClientConfigurationFile.Binding? {
        guard let file, !file.bindings.isEmpty else { return nil }
        if file.receivers.count == file.bindings.count, let index = file.receivers.firstIndex(of: receiver) {
            return file.bindings[index]
        }
        let name = Self.comparable(receiver)
        let named = file.bindings.filter { binding in
            [binding.queue, binding.routingKey].contains { $0.map { Self.comparable($0).contains(name) } ?? false }
        }
        if named.count == 1 { return named[0] }
        return file.bindings.count == 1 ? file.bindings[0] : nil
    }

    /// `CA-RC` and `ca_rc_queue` are about the same receiver.
    private static func comparable(_ name: String) -> String {
        name.lowercased().filter { $0.isLetter || $0.isNumber }
    }

    private static func check(_ name: String, _ kind: String, flag: String) throws(CommandFailure) {
        let isPlain = !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
        guard isPlain else {
            throw CommandFailure(
                .usage,
                "'\(name)' cannot be the name of \(kind == "exchange" ? "an" : "a") \(kind)",
                hint: "use \(flag) with a name without blanks"
            )
        }
    }
}
