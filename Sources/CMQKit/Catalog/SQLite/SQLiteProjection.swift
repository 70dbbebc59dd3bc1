internal import GRDB

/// Writes folded events; lives as long as one transaction.
struct SQLiteProjection {
    private let database: Database
    private let insertMessage: DirectStatement
    private let applyDelivery: DirectStatement
    private let selectMessage: Statement
    private let updateProgress: Statement
    private let updateMessage: Statement

    init(_ database: Database) throws {
        self.database = database
        insertMessage = try DirectStatement(database, sql: MessageStatements.insert)
        applyDelivery = try DirectStatement(database, sql: MessageStatements.applyDelivery)
        selectMessage = try database.cachedStatement(sql: MessageStatements.select)
        updateProgress = try database.cachedStatement(sql: MessageStatements.updateProgress)
        updateMessage = try database.cachedStatement(sql: MessageStatements.updateMessage)
    }

    /// Writes each message of the batch once. Says how many could not be placed.
    func write(_ batch: EventBatch) throws -> Int {
        var ignored = 0
        for message in batch.messages {
            if let record = batch.newRecord(of: message), try insert(record) { continue }
            if let copy = batch.progress(of: message), try apply(copy, to: message) { continue }
            guard var stored = try load(message.messageID), batch.apply(message, to: &stored.record) else {
                ignored += 1
                continue
            }
            try update(stored.record, row: stored.row)
        }
        return ignored
    }

    /// Says whether the id was free.
    private func insert(_ record: MessageRecord) throws -> Bool {
        let copy = record.onlyCopy
        insertMessage.bind(record.messageID)
        insertMessage.bind(record.sender)
        insertMessage.bind(record.exchange)
        insertMessage.bind(record.routingKey)
        insertMessage.bind(time: record.sentTime)
        insertMessage.bind(time: record.deliveredTime)
        insertMessage.bind(time: record.acknowledgedTime)
        insertMessage.bind(record.receiver)
        insertMessage.bind(copy?.consumer)
        insertMessage.bind(copy?.queue)
        insertMessage.bind(copy?.deadLetterQueue)
        insertMessage.bind(Int64(record.copies.count))
        insertMessage.bind(record.state.rawValue)
        insertMessage.bind(record.reason)
        insertMessage.bind(Int64(record.deliveries))
        insertMessage.bind(record.sizeBytes.map { Int64($0) })
        insertMessage.bind(time: record.removedTime)
        insertMessage.bind(stored(record.sequence))
        guard try insertMessage.execute() > 0 else { return false }
        if copy == nil { try writeCopies(of: record) }
        return true
    }

    /// Applies what is only a delivery or an acknowledgement without reading the row first; says whether that could
    /// be done.
    private func apply(_ copy: CopyRecord, to message: EventBatch.Message) throws -> Bool {
        applyDelivery.bind(copy.consumer)
        applyDelivery.bind(copy.state.rawValue)
        applyDelivery.bind(Int64(copy.deliveries))
        applyDelivery.bind(time: copy.deliveredTime)
        applyDelivery.bind(time: copy.acknowledgedTime)
        applyDelivery.bind(message.messageID)
        applyDelivery.bind(stored(message.sequence))
        return try applyDelivery.execute() > 0
    }

    private func load(_ messageID: String) throws -> (row: Int64, record: MessageRecord)? {
        selectMessage.setUncheckedArguments([messageID])
        guard let row = try Row.fetchOne(selectMessage) else { return nil }
        var record = MessageRecord(stored: messageID)
        record.sequence = (row[1] as Int64?).map { UInt64(bitPattern: $0) }
        record.sender = row[2]
        record.exchange = row[3]
        record.routingKey = row[4]
        record.receiver = row[5]
        record.sizeBytes = row[6]
        record.sentTime = StoredValues.time(row[7])?.microseconds
        let copies = row[8] as Int? ?? 1
        record.copies = copies > 1 ? try loadCopies(of: messageID) : [onlyCopy(row)]
        return (row[0], record)
    }

    private func onlyCopy(_ row: Row) -> CopyRecord {
        var copy = CopyRecord(queue: row[9])
        copy.deadLetterQueue = row[10]
        copy.consumer = row[11]
        copy.deliveredTime = StoredValues.time(row[12])?.microseconds
        copy.acknowledgedTime = StoredValues.time(row[13])?.microseconds
        copy.removedTime = StoredValues.time(row[14])?.microseconds
        copy.state = StoredValues.state(row[15])
        copy.reason = row[16]
        copy.deliveries = row[17] ?? 0
        return copy
    }

    private func update(_ record: MessageRecord, row: Int64) throws {
        let copy = record.onlyCopy
        let progress: [(any DatabaseValueConvertible)?] = [
            StoredValues.text(record.deliveredTime), StoredValues.text(record.acknowledgedTime), copy?.consumer,
            copy?.deadLetterQueue,
            record.state.rawValue, record.reason, record.deliveries, StoredValues.text(record.removedTime),
        ]
        if record.isResent {
            updateMessage.setUncheckedArguments(
                StatementArguments(
                    progress + [
                        record.sender, record.exchange, record.routingKey, StoredValues.text(record.sentTime),
                        record.receiver,
                        copy?.queue, record.copies.count, record.sizeBytes, stored(record.sequence), row,
                    ]
                )
            )
            try updateMessage.execute()
        } else {
            updateProgress.setUncheckedArguments(StatementArguments(progress + [row]))
            try updateProgress.execute()
        }
        if record.hasReplacedCopies {
            try database.cachedStatement(sql: "DELETE FROM cmq_copies WHERE message_id = ?")
                .execute(arguments: [record.messageID])
        }
        if copy == nil { try writeCopies(of: record) }
    }

    private func loadCopies(of messageID: String) throws -> [CopyRecord] {
        let statement = try database.cachedStatement(sql: CopyStatements.select)
        return try Row.fetchAll(statement, arguments: [messageID]).map { row in
            var copy = CopyRecord(queue: row[0])
            copy.deadLetterQueue = row[1]
            copy.consumer = row[2]
            copy.deliveredTime = StoredValues.time(row[3])?.microseconds
            copy.acknowledgedTime = StoredValues.time(row[4])?.microseconds
            copy.removedTime = StoredValues.time(row[5])?.microseconds
            copy.state = StoredValues.state(row[6])
            copy.reason = row[7]
            copy.deliveries = row[8]
            return copy
        }
    }

    private func writeCopies(of record: MessageRecord) throws {
        let statement = try database.cachedStatement(sql: CopyStatements.upsert)
        for copy in record.copies where copy.isChanged {
            statement.setUncheckedArguments([
                record.messageID, copy.queue, copy.deadLetterQueue, copy.consumer,
                StoredValues.text(copy.deliveredTime),
                StoredValues.text(copy.acknowledgedTime), StoredValues.text(copy.removedTime), copy.state.rawValue,
                copy.reason,
                copy.deliveries,
            ])
            try statement.execute()
        }
    }

    private func stored(_ sequence: UInt64?) -> Int64? {
        sequence.map { Int64(bitPattern: $0) }
    }
}

/// The position, which is committed together with the rows.
extension SQLiteProjection {
    static func position(_ database: Database) throws -> ProjectionMark? {
        let row = try Row.fetchOne(
            database.cachedStatement(sql: "SELECT journal_id, position FROM cmq_projection WHERE id = 1")
        )
        return row.map { ProjectionMark(journalID: $0[0], position: UInt64(bitPattern: $0[1])) }
    }

    static func store(_ mark: ProjectionMark, in database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO cmq_projection (id, journal_id, position, updated_time) VALUES (1, ?, ?, ?)
                """
        )
        .execute(arguments: [mark.journalID, Int64(bitPattern: mark.position), CatalogTime.now().description])
    }
}
