package import CMQWire

extension BrokerCore {
    /// What a publisher asks for; the envelope's bytes stay with the caller.
    package struct Publication: Sendable {
        package var exchange: String
        package var routingKey: String
        package var id: MessageID
        package var receiver: String?
        /// Bytes of the envelope.
        package var size: Int
        /// Whether it came in a batch: refusals name the message then.
        package var isInBatch: Bool

        package init(
            exchange: String,
            routingKey: String,
            id: MessageID,
            receiver: String?,
            size: Int,
            isInBatch: Bool = false
        ) {
            self.exchange = exchange
            self.routingKey = routingKey
            self.id = id
            self.receiver = receiver
            self.size = size
            self.isInBatch = isInBatch
        }
    }

    /// Accepts or refuses a message.
    ///
    /// - Returns: The number under which the caller must say where the journal has the record, by
    ///   ``place(_:at:)``, or `nil` when nothing is to be stored. The record is the last of `effects.encoded`;
    ///   the envelope and a line end belong behind it.
    package mutating func publish(
        _ publication: Publication,
        session: SessionID,
        now: CoreTime,
        effects: inout Effects
    ) -> UInt32? {
        guard let sender = sessions[session]?.identity else { return nil }
        let key = MessageKey(publication.id)
        if let known = messages.find(key) {
            answerRepeated(known, publication, sender: sender, session: session, effects: &effects)
            return nil
        }
        if let reason = refusal(ofNamesOf: publication) {
            refuse(publication, reason, session: session, effects: &effects)
            return nil
        }
        let targets = route(publication, now: now, effects: &effects)
        if let reason = refusal(of: publication, targets: targets) {
            refuse(publication, reason, session: session, effects: &effects)
            return nil
        }
        return accept(publication, key, sender: sender, targets: targets, session: session, now: now, effects: &effects)
    }

    private mutating func refuse(
        _ publication: Publication,
        _ reason: String,
        session: SessionID,
        effects: inout Effects
    ) {
        counters.refused += 1
        let suffix = publication.isInBatch ? " for message \(publication.id)" : ""
        reply(.error(reason + suffix), to: session, &effects)
    }

    /// Before anything is done with them, and without repeating them: they may be as long as a line.
    private func refusal(ofNamesOf publication: Publication) -> String? {
        if publication.exchange.utf8.count > limits.nameBytes { return "invalid exchange name" }
        if publication.routingKey.utf8.count > limits.nameBytes { return "invalid routing key" }
        return nil
    }

    private mutating func route(_ publication: Publication, now: CoreTime, effects: inout Effects) -> [UInt32] {
        if let lastRoute, lastRoute.routingKey == publication.routingKey, lastRoute.exchange == publication.exchange {
            return lastRoute.targets
        }
        if exchanges[publication.exchange] == nil {
            makeInitialTopology(naming: publication.exchange, now: now, effects: &effects)
        }
        let targets = exchanges[publication.exchange]?.route(publication.routingKey) ?? []
        lastRoute = Route(exchange: publication.exchange, routingKey: publication.routingKey, targets: targets)
        return targets
    }

    /// Says where the journal has the record of a message that ``publish(_:session:now:effects:)`` accepted.
    package mutating func place(_ message: UInt32, at location: UInt64) {
        messages[message].location = location
    }

    /// Everything up to the record with `ticket` is durable: its messages become visible.
    package mutating func committed(through ticket: UInt64, now: CoreTime, effects: inout Effects) {
        var touched: [UInt32] = []
        while let next = staged.first, next.ticket <= ticket {
            staged.removeFirst()
            messages[next.message].phase = .live
            var copy = messages[next.message].firstCopy
            while copy != none {
                let following = copies[copy].nextOfMessage
                makeReady(copy, isReturned: false)
                let queue = copies[copy].queue
                if !queues[Int(queue)].isTouched {
                    queues[Int(queue)].isTouched = true
                    touched.append(queue)
                }
                copy = following
            }
        }
        for queue in touched {
            queues[Int(queue)].isTouched = false
            dispatch(queue, now: now, effects: &effects)
        }
    }

    private mutating func answerRepeated(
        _ known: UInt32,
        _ publication: Publication,
        sender: UInt32,
        session: SessionID,
        effects: inout Effects
    ) {
        counters.duplicates += 1
        if messages[known].sender == sender {
            // The first one's record may still be on its way to the disk.
            replyWhenDurable(.ack(publication.id), to: session, &effects)
        } else if publication.isInBatch {
            reply(
                .error("Duplicate message \(publication.id) ignored for message \(publication.id)"),
                to: session,
                &effects
            )
        } else {
            reply(.error("Duplicate message \(publication.id) ignored"), to: session, &effects)
        }
    }

    private func refusal(of publication: Publication, targets: [UInt32]) -> String? {
        if targets.isEmpty {
            return "No queues bound to exchange '\(publication.exchange)' with routing key '\(publication.routingKey)'"
        }
        if targets.count > limits.queuesOfMessage {
            return "the message would go to more than \(limits.queuesOfMessage) queues"
        }
        if publication.size > limits.messageBytes {
            return "message exceeds \(limits.messageBytes) bytes"
        }
        for target in targets.lazy.map(Int.init) {
            if queues[target].messages >= limits.queueMessages {
                return "queue '\(queues[target].name)' is full (\(limits.queueMessages) messages)"
            }
            if queues[target].bytes + publication.size > limits.queueBytes {
                return "queue '\(queues[target].name)' is full (\(limits.queueBytes) bytes)"
            }
        }
        return nil
    }

    private mutating func accept(
        _ publication: Publication,
        _ key: MessageKey,
        sender: UInt32,
        targets: [UInt32],
        session: SessionID,
        now: CoreTime,
        effects: inout Effects
    ) -> UInt32 {
        names.retain(sender)
        let receiver = publication.receiver.map { names.retain($0) } ?? none
        let sequence = nextSequence
        nextSequence += 1
        let number = messages.insert(key) { id in
            StoredMessage(
                id: id,
                sequence: sequence,
                size: UInt32(publication.size),
                sender: sender,
                receiver: receiver
            )
        }
        addCopies(of: number, to: targets, enqueuedAt: now.wall)
        ticket += 1
        effects.encoded.append(
            published: PublishedRecord(
                time: now.wall,
                sequence: sequence,
                id: publication.id,
                sender: names[sender],
                exchange: publication.exchange,
                routingKey: publication.routingKey,
                receiver: publication.receiver,
                queues: targets,
                size: UInt32(publication.size)
            )
        )
        counters.published += 1
        staged.append((ticket, number))
        replyWhenDurable(.ack(publication.id), to: session, &effects)
        return number
    }

    mutating func addCopies(of message: UInt32, to targets: [UInt32], enqueuedAt: Int64) {
        let size = Int(messages[message].size)
        // Linked from the back, so that the list has the order of the targets.
        for target in targets.reversed() {
            var copy = Copy(message: message, queue: target, enqueuedAt: enqueuedAt)
            copy.nextOfMessage = messages[message].firstCopy
            messages[message].firstCopy = copies.insert(copy)
            queues[Int(target)].messages += 1
            queues[Int(target)].bytes += size
        }
    }
}
