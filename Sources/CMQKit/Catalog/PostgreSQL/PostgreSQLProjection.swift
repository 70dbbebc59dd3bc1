internal import CMQPostgreSQL

/// Writes folded events within one transaction, in a few statements however many messages there are.
struct PostgreSQLProjection {
    let connection: PostgreSQLConnection

    /// Writes each message of the batch once. Says how many could not be placed.
    func write(_ batch: EventBatch) throws(PostgreSQLError) -> Int {
        var fresh: [(message: EventBatch.Message, record: MessageRecord)] = []
        var later: [EventBatch.Message] = []
        for message in batch.messages {
            // Of several messages that share an id only the first can be new.
            if let record = batch.newRecord(of: message), fresh.last?.message.key != message.key {
                fresh.append((message, record))
            } else {
                later.append(message)
            }
        }
        if !fresh.isEmpty {
            let taken = try insert(fresh.map(\.record))
            if !taken.isEmpty {
                // In the order of the batch, which is by id and then as the broker took them.
                later += fresh.filter { taken.contains($0.message.key) }.map(\.message)
                later.sort { ($0.key, $0.sequence) < ($1.key, $1.sequence) }
            }
        }
        later = try applyDeliveries(later, from: batch)
        return later.isEmpty ? 0 : try update(later, from: batch)
    }

    /// Applies what is only a delivery or an acknowledgement. Returns the messages that it did not apply to.
    private func applyDeliveries(
        _ messages: [EventBatch.Message],
        from batch: EventBatch
    ) throws(PostgreSQLError) -> [EventBatch.Message] {
        var columns = DeliveryColumns(capacity: messages.count)
        var tried: [EventBatch.Message] = []
        var others: [EventBatch.Message] = []
        for message in messages {
            if let copy = batch.progress(of: message) {
                columns.append(message, copy)
                tried.append(message)
            } else {
                others.append(message)
            }
        }
        guard !tried.isEmpty else { return messages }
        let changed = try connection.executePrepared(DeliveryColumns.update, columns.values)
        guard changed.count < tried.count else { return others }
        let known = Set(changed.rows.compactMap { $0.text(0).map(ExactText.init) })
        others += tried.filter { !known.contains($0.key) }
        others.sort { ($0.key, $0.sequence) < ($1.key, $1.sequence) }
        return others
    }

    /// Inserts records; says which ids were there before.
    private func insert(_ records: [MessageRecord]) throws(PostgreSQLError) -> Set<ExactText> {
        let taken = try copy(records) ? [] : insertSomeOf(records)
        var copies = CopyColumns()
        for record in records where !taken.contains(ExactText(record.messageID)) { copies.append(changedIn: record) }
        if !copies.isEmpty { _ = try connection.executePrepared(CopyColumns.upsert, copies.values) }
        return taken
    }

    /// Inserts all records; says false, and inserts none, when one of the ids is there.
    private func copy(_ records: [MessageRecord]) throws(PostgreSQLError) -> Bool {
        _ = try connection.executePrepared("SAVEPOINT cmq_copy")
        do throws(PostgreSQLError) {
            _ = try connection.copy(MessageColumns.copy) { (rows) throws(PostgreSQLError) in
                for record in records { try rows.append(record) }
            }
        } catch {
            // A unique violation: a sender used an id again that the broker had forgotten.
            guard error.sqlState == "23505" else { throw error }
            _ = try connection.executePrepared("ROLLBACK TO SAVEPOINT cmq_copy")
            return false
        }
        _ = try connection.executePrepared("RELEASE SAVEPOINT cmq_copy")
        return true
    }

    private func insertSomeOf(_ records: [MessageRecord]) throws(PostgreSQLError) -> Set<ExactText> {
        var columns = MessageColumns(capacity: records.count)
        for record in records { columns.append(record) }
        let inserted = try connection.executePrepared(MessageColumns.insert, columns.values)
        let free = Set(inserted.rows.compactMap { $0.text(0).map(ExactText.init) })
        return Set(records.lazy.map { ExactText($0.messageID) }.filter { !free.contains($0) })
    }

    /// Folds events into what is stored; says how many messages they did not concern.
    private func update(_ messages: [EventBatch.Message], from batch: EventBatch) throws(PostgreSQLError) -> Int {
        var stored = try load(Set(messages.map(\.key)))
        var changed: [ExactText] = []
        var ignored = 0
        for message in messages {
            guard var record = stored[message.key], batch.apply(message, to: &record) else {
                ignored += 1
                continue
            }
            stored[message.key] = record
            if changed.last != message.key { changed.append(message.key) }
        }
        let records = changed.compactMap { stored[$0] }
        guard !records.isEmpty else { return ignored }
        try write(records)
        return ignored
    }

    private func write(_ records: [MessageRecord]) throws(PostgreSQLError) {
        var progress = ProgressColumns(capacity: records.count)
        var resent = MessageColumns(capacity: 0)
        var copies = CopyColumns()
        var replaced = PostgreSQLArray.texts()
        for record in records {
            if record.isResent { resent.append(record) } else { progress.append(record) }
            copies.append(changedIn: record)
            if record.hasReplacedCopies { replaced.append(record.messageID) }
        }
        var statements: [(SQL, [PostgreSQLValue])] = []
        if !progress.isEmpty { statements.append((ProgressColumns.update, progress.values)) }
        if resent.count > 0 { statements.append((MessageColumns.update, resent.values)) }
        if replaced.count > 0 {
            statements.append(("DELETE FROM cmq_copies WHERE message_id = ANY ($1)", [.array(replaced)]))
        }
        if !copies.isEmpty { statements.append((CopyColumns.upsert, copies.values)) }
        _ = try connection.pipeline(statements)
    }

    // MARK: Reading

    private func load(_ identities: Set<ExactText>) throws(PostgreSQLError) -> [ExactText: MessageRecord] {
        // Sorted, so that the index is walked in its order.
        let sorted = PostgreSQLArray.texts(identities.sorted().map(\.text))
        let result = try connection.executePrepared(
            """
            SELECT message_id, sequence, client_id, exchange_name, routing_key, receiver_client_id, size_bytes,
                sent_time, copies, queue_name, dead_letter_queue, consumer_client_id, delivered_time,
                acknowledged_time, removed_time, \(PostgreSQLColumns.resolvedState), reason, deliveries
            FROM message_metadata WHERE message_id = ANY ($1)
            """,
            [.array(sorted)]
        )
        var records: [ExactText: MessageRecord] = [:]
        records.reserveCapacity(result.count)
        var several: [String] = []
        for row in result.rows {
            let record = record(row)
            records[ExactText(record.messageID)] = record
            if row.integer(8) ?? 1 > 1 { several.append(record.messageID) }
        }
        if !several.isEmpty {
            for (messageID, copies) in try loadCopies(of: several) { records[messageID]?.copies = copies }
        }
        return records
    }

    private func record(_ row: PostgreSQLRow) -> MessageRecord {
        var record = MessageRecord(stored: row.text(0) ?? "")
        record.sequence = row.integer(1).map { UInt64(bitPattern: Int64($0)) }
        record.sender = row.text(2)
        record.exchange = row.text(3)
        record.routingKey = row.text(4)
        record.receiver = row.text(5)
        record.sizeBytes = row.integer(6)
        record.sentTime = microseconds(row.text(7))
        record.copies = [copy(row, from: 9)]
        return record
    }

    private func loadCopies(of identities: [String]) throws(PostgreSQLError) -> [ExactText: [CopyRecord]] {
        let result = try connection.executePrepared(
            """
            SELECT message_id, \(PostgreSQLColumns.copies) FROM cmq_copies WHERE message_id = ANY ($1)
            ORDER BY message_id, queue_name
            """,
            [.array(.texts(identities))]
        )
        var copies: [ExactText: [CopyRecord]] = [:]
        for row in result.rows {
            copies[ExactText(row.text(0) ?? ""), default: []].append(copy(row, from: 1))
        }
        return copies
    }

    /// The columns of ``PostgreSQLColumns/copies`` from `column` on.
    private func copy(_ row: PostgreSQLRow, from column: Int) -> CopyRecord {
        var copy = CopyRecord(queue: row.text(column))
        copy.deadLetterQueue = row.text(column + 1)
        copy.consumer = row.text(column + 2)
        copy.deliveredTime = microseconds(row.text(column + 3))
        copy.acknowledgedTime = microseconds(row.text(column + 4))
        copy.removedTime = microseconds(row.text(column + 5))
        copy.state = StoredValues.state(row.text(column + 6))
        copy.reason = row.text(column + 7)
        copy.deliveries = row.integer(column + 8) ?? 0
        return copy
    }

    private func microseconds(_ text: String?) -> Int64? {
        StoredValues.time(text)?.microseconds
    }
}
