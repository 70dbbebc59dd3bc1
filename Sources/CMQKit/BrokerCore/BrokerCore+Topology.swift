internal import CMQWire

extension BrokerCore {
    package mutating func declareQueue(_ name: String, session: SessionID, now: CoreTime, effects: inout Effects) {
        makeInitialTopology(naming: name, now: now, effects: &effects)
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
        if word == nil { makeInitialTopology(naming: name, now: now, effects: &effects) }
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
        makeInitialTopology(naming: first, now: now, effects: &effects)
        makeInitialTopology(naming: second, now: now, effects: &effects)
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
        connect(number, exchange, routingKey: routingKey, now: now, effects: &effects)
        replyWhenDurable(.queueBound, to: session, &effects)
    }

    /// Clients of version 1.0 never declare what its broker had from the start. It is made when somebody first
    /// names it, so that nobody else's broker shows it.
    mutating func makeInitialTopology(naming name: String, now: CoreTime, effects: inout Effects) {
        guard name == InitialTopology.queue || name == InitialTopology.exchange else { return }
        let hasExchange = exchanges[InitialTopology.exchange] != nil
        guard !hasExchange || queueNumbers[InitialTopology.queue] == nil else { return }
        guard hasExchange || exchanges.count < limits.exchanges, bindingCount < limits.bindings,
            case .success(let queue) = ensureQueue(InitialTopology.queue, now: now, effects: &effects)
        else { return }
        if !hasExchange {
            exchanges[InitialTopology.exchange] = Exchange(kind: .direct)
            emit(.exchangeDeclared(name: InitialTopology.exchange, kind: .direct, time: now.wall), &effects)
        }
        connect(queue, InitialTopology.exchange, routingKey: InitialTopology.routingKey, now: now, effects: &effects)
    }

    private mutating func connect(
        _ queue: UInt32,
        _ exchange: String,
        routingKey: String,
        now: CoreTime,
        effects: inout Effects
    ) {
        guard exchanges[exchange]?.bind(queue, key: routingKey) == true else { return }
        bindingCount += 1
        emit(.bound(queue: queue, exchange: exchange, routingKey: routingKey, time: now.wall), &effects)
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
