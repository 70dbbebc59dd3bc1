internal import CMQWire

/// Building the state up again from a checkpoint and the journal's records.
///
/// Call ``restore(checkpoint:)`` at most once, then ``replay(_:at:)`` for every record behind the
/// checkpoint, then ``finishRecovery()``. Nobody held a lease then: everything unsettled is ready.
extension BrokerCore {
    /// Takes in one record.
    ///
    /// - Parameter location: Where the journal has it.
    package mutating func replay(_ record: BrokerRecord, at location: UInt64) throws(RecordError) {
        switch record {
        case .published(let record): try replayPublished(record, at: location)
        case .delivered(let record, let attempt):
            guard let copy = copy(of: record) else { return }
            copies[detailsOf: copy].deliveries = attempt
            let client = names.retain(record.client)
            setLastReceiver(of: copy, client)
            names.release(client)
        case .acknowledged(let record), .purged(let record):
            if let copy = copy(of: record) { settleReplayed(copy, at: record.time) }
        case .deadLettered(let record, let destination, let reason):
            guard let copy = copy(of: record) else { return }
            guard destination < queues.count, destination != record.queue else { throw .malformed }
            let now = CoreTime(monotonic: 0, wall: record.time)
            var ignored = Effects()
            _ = bury(copy, in: destination, reason: reason, now: now, effects: &ignored)
        case .redriven(let record, let destination):
            guard let copy = copy(of: record) else { return }
            guard destination < queues.count else { throw .malformed }
            move(copy, to: destination, now: CoreTime(monotonic: 0, wall: record.time))
            copies[detailsOf: copy].origin = none
            copies[detailsOf: copy].reason = .none
            copies[detailsOf: copy].failures = 0
            copies[detailsOf: copy].deliveries = 0
        case .failureCounted(let record):
            if let copy = copy(of: record), copies[detailsOf: copy].failures < .max {
                copies[detailsOf: copy].failures += 1
            }
        case .exchangeDeclared(let name, let kind, _):
            if exchanges[name] == nil { exchanges[name] = Exchange(kind: kind) }
        case .queueDeclared(let number, let name, _):
            guard number == queues.count else { throw .malformed }
            queues.append(Queue(name: name))
            queueNumbers[name] = number
        case .bound(let queue, let exchange, let routingKey, _):
            guard queue < queues.count else { throw .malformed }
            if exchanges[exchange]?.bind(queue, key: routingKey) == true { bindingCount += 1 }
        }
    }

    /// Everything was replayed: what is not settled becomes ready, in the order of its messages.
    package mutating func finishRecovery() {
        var waiting: [(sequence: UInt64, copy: UInt32)] = []
        var isSorted = true
        messages.rows.forEachNumber { number in
            var copy = messages[number].firstCopy
            while copy != none {
                let entry = (messages[number].sequence, copy)
                if let last = waiting.last, entry < last { isSorted = false }
                waiting.append(entry)
                copy = copies[copy].nextOfMessage
            }
        }
        if !isSorted { waiting.sort { $0 < $1 } }
        for entry in waiting { makeReady(entry.copy, isReturned: false) }
    }

    /// Gives `body` where the journal has each message that is not settled.
    package func forEachLiveLocation(_ body: (UInt64) -> Void) {
        messages.rows.forEachNumber { number in
            if messages[number].firstCopy != none { body(messages[number].location) }
        }
    }

    private mutating func replayPublished(_ record: PublishedRecord, at location: UInt64) throws(RecordError) {
        // Time and limits make a running broker forget; recovery is told of it only by the identity's next use. The
        // oldest always go first, so everything settled before this one was forgotten as well.
        let key = MessageKey(record.id)
        while let known = messages.find(key) {
            guard messages[known].phase == .settled else { return }
            forgetOldestSettled()
        }
        guard record.queues.allSatisfy({ $0 < queues.count }) else { throw .malformed }
        let (sender, receiver) = (names.retain(record.sender), record.receiver.map { names.retain($0) } ?? none)
        let number = messages.insert(key) { id in
            StoredMessage(
                id: id,
                sequence: record.sequence,
                location: location,
                size: record.size,
                sender: sender,
                receiver: receiver,
                phase: .live
            )
        }
        addCopies(of: number, to: record.queues, enqueuedAt: record.time)
        nextSequence = max(nextSequence, record.sequence + 1)
    }

    private func copy(of record: CopyRecord) -> UInt32? {
        guard let message = messages.find(record.id) else { return nil }
        var copy = messages[message].firstCopy
        while copy != none, copies[copy].queue != record.queue { copy = copies[copy].nextOfMessage }
        return copy == none ? nil : copy
    }

    private mutating func settleReplayed(_ copy: UInt32, at time: Int64) {
        var ignored = Effects()
        drop(copy, now: CoreTime(monotonic: 0, wall: time), effects: &ignored)
    }
}
