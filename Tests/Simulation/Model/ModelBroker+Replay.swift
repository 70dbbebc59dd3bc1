import CMQBrokerCore
import CMQWire

extension ModelBroker {
    /// Follows a record that is known to be right: recovery, not a check.
    mutating func replay(_ record: BrokerRecord, at location: Int) throws(Violation) {
        switch record {
        case .published(let record):
            // Whoever accepted it had forgotten the identity, and so everything that was settled before.
            while remembered[record.id] != nil { forgetOldest() }
            try require(live[record.id] == nil, .nothingTwice, "\(record.id) is published twice in the journal")
            add(record, at: location)
        case .delivered(let record, let attempt):
            guard let index = live[record.id]?.copy(in: record.queue) else { return }
            live[record.id]?.copies[index].deliveries = Int(attempt)
            live[record.id]?.copies[index].lastReceiver = record.client
        case .acknowledged(let record), .purged(let record):
            guard let index = live[record.id]?.copy(in: record.queue) else { return }
            drop(record.id, index, at: record.time, by: location)
        case .deadLettered(let record, let queue, let reason):
            guard let index = live[record.id]?.copy(in: record.queue) else { return }
            deadLetter(record, index, into: queue, reason: reason, at: location)
        case .redriven(let record, let queue):
            guard let index = live[record.id]?.copy(in: record.queue) else { return }
            redrive(record, index, into: queue)
        case .failureCounted(let record):
            guard let index = live[record.id]?.copy(in: record.queue) else { return }
            live[record.id]?.copies[index].failures += 1
        case .exchangeDeclared(let name, let kind, _): exchanges[name] = ModelExchange(kind: kind)
        case .queueDeclared(let number, let name, _): declare(number, name)
        case .bound(let queue, let exchange, let key, _):
            exchanges[exchange]?.bindings.insert(ModelExchange.Binding(key: key, queue: queue))
        }
    }

    mutating func declare(_ number: UInt32, _ name: String) {
        queues.append(name)
        queueNumbers[name] = number
        load.append((0, 0))
    }

    mutating func add(_ record: PublishedRecord, at location: Int) {
        let message = ModelMessage(
            id: record.id,
            sequence: record.sequence,
            location: location,
            size: Int(record.size),
            sender: record.sender,
            receiver: record.receiver ?? "",
            copies: record.queues.map { ModelCopy(queue: $0, enqueuedAt: record.time) }
        )
        live[record.id] = message
        for queue in record.queues {
            load[Int(queue)] = (load[Int(queue)].messages + 1, load[Int(queue)].bytes + message.size)
        }
        nextSequence = max(nextSequence, record.sequence + 1)
    }

    /// A message is in a queue at most once: what is in the dead-letter queue already stands for the newcomer.
    mutating func deadLetter(
        _ record: CopyRecord,
        _ index: Int,
        into queue: UInt32,
        reason: DeadLetterReason,
        at location: Int
    ) {
        if let twin = live[record.id]?.copy(in: queue) {
            live[record.id]?.copies[twin].origin = record.queue
            live[record.id]?.copies[twin].reason = reason
            drop(record.id, index, at: record.time, by: location)
            return
        }
        move(record.id, index, to: queue, at: record.time)
        live[record.id]?.copies[index].origin = record.queue
        live[record.id]?.copies[index].reason = reason
        makeReady(record.id, index)
    }

    mutating func redrive(_ record: CopyRecord, _ index: Int, into queue: UInt32) {
        move(record.id, index, to: queue, at: record.time)
        live[record.id]?.copies[index].origin = nil
        live[record.id]?.copies[index].reason = .none
        live[record.id]?.copies[index].failures = 0
        live[record.id]?.copies[index].deliveries = 0
        makeReady(record.id, index)
    }
}
