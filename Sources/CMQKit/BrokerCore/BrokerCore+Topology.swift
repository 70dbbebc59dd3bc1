internal import CMQWire

extension BrokerCore {
    package mutating func declareQueue(_ name: String, session: SessionID, now: CoreTime, effects: inout Effects) {
        switch ensureQueue(name, now: now, effects: &effects) {
        case .success: replyWhenDurable(.queueDeclared, to: session, &effects)
        case .failure(let refusal): reply(.error(refusal.reason), to: session, &effects)
        }
    }

    /// Declares an exchange.
    ///
    /// - Parameter kind: The word that the client sent, or `nil`: then any existing kind will do.
    package mutating func declareExchange(
        _ name: String,
        kind word: String?,
        session: SessionID,
        now: CoreTime,
        effects: inout Effects
    ) {
        guard isValid(name) else {
            return reply(.error("invalid exchange name"), to: session, &effects)
        }
        guard let kind = ExchangeKind(word: word ?? "direct") else {
            let kinds = ExchangeKind.allCases.map(\.word).joined(separator: ", ")
            return reply(.error("unknown exchange kind '\(word ?? "")', use one of \(kinds)"), to: session, &effects)
        }
        if let existing = exchanges[name] {
            guard word == nil || existing.kind == kind else {
                return reply(.error("exchange '\(name)' is \(existing.kind.word)"), to: session, &effects)
            }
        } else {
            guard exchanges.count < limits.exchanges else {
                return reply(.error("too many exchanges (\(limits.exchanges))"), to: session, &effects)
            }
            exchanges[name] = Exchange(kind: kind)
            emit(.exchangeDeclared(name: name, kind: kind, time: now.wall), &effects)
        }
        replyWhenDurable(.exchangeDeclared, to: session, &effects)
    }

    /// Binds a queue to an exchange. The queue comes first; the order of version 1.0, exchange first,
    /// is understood when only that order names things that exist.
    package mutating func bind(
        _ first: String,
        _ second: String,
        routingKey: String,
        session: SessionID,
        now: CoreTime,
        effects: inout Effects
    ) {
        var (queue, exchange) = (first, second)
        let isReversed = queueNumbers[first] == nil || exchanges[second] == nil
        if isReversed, queueNumbers[second] != nil, exchanges[first] != nil {
            (queue, exchange) = (second, first)
        }
        guard let number = queueNumbers[queue] else {
            return reply(.error("queue '\(queue)' does not exist"), to: session, &effects)
        }
        guard exchanges[exchange] != nil else {
            return reply(.error("exchange '\(exchange)' does not exist"), to: session, &effects)
        }
        guard isValid(routingKey) else {
            return reply(.error("invalid routing key"), to: session, &effects)
        }
        guard bindingCount < limits.bindings else {
            return reply(.error("too many bindings (\(limits.bindings))"), to: session, &effects)
        }
        if exchanges[exchange]?.bind(number, key: routingKey) == true {
            bindingCount += 1
            emit(.bound(queue: number, exchange: exchange, routingKey: routingKey, time: now.wall), &effects)
        }
        replyWhenDurable(.queueBound, to: session, &effects)
    }

    struct Refusal: Error {
        var reason: String
    }

    /// The number of the queue called `name`, which is made if need be.
    mutating func ensureQueue(_ name: String, now: CoreTime, effects: inout Effects) -> Result<UInt32, Refusal> {
        if let number = queueNumbers[name] { return .success(number) }
        guard isValid(name) else { return .failure(Refusal(reason: "invalid queue name")) }
        guard queues.count < limits.queues else {
            return .failure(Refusal(reason: "too many queues (\(limits.queues))"))
        }
        return .success(makeQueue(name, now: now, effects: &effects))
    }

    mutating func makeQueue(_ name: String, now: CoreTime, effects: inout Effects) -> UInt32 {
        let number = UInt32(queues.count)
        queues.append(Queue(name: name))
        queueNumbers[name] = number
        emit(.queueDeclared(number: number, name: name, time: now.wall), &effects)
        return number
    }

    private func isValid(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { utf8 in
            !utf8.isEmpty && utf8.count <= limits.nameBytes && Name.isPlain(UnsafeRawBufferPointer(utf8))
        }
    }
}
