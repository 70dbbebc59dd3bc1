internal import GRDB

/// One page of a listing as SQL.
struct SQLiteMessageQuery {
    private let position: MessagePosition
    private let filter: MessageFilter
    private let limit: Int
    private var conditions: [String] = []
    private var arguments: [(any DatabaseValueConvertible)?] = []

    init(filter: MessageFilter, position: MessagePosition, limit: Int) {
        self.filter = filter
        self.position = position
        self.limit = limit
        addSelection()
        addNames()
        if let since = filter.since { add("sent_time >= ?", since.description) }
        if let until = filter.until { add("sent_time < ?", until.description) }
        addPosition()
    }

    func page(from database: Database) throws -> MessagePage {
        let direction = filter.order == .oldestFirst ? "ASC" : "DESC"
        let fetched = try Row.fetchAll(
            database,
            sql: """
                SELECT message_id, client_id, receiver_client_id, consumer_client_id, exchange_name, routing_key,
                    queue_name, dead_letter_queue, copies, \(MessageStatements.resolvedState), reason, deliveries,
                    size_bytes, sent_time, delivered_time, acknowledged_time, removed_time
                FROM message_metadata WHERE \(conditions.joined(separator: " AND "))
                ORDER BY sent_time \(direction), message_id \(direction) LIMIT ?
                """,
            arguments: StatementArguments(arguments + [limit])
        )
        return MessagePage(rows: fetched.map { row($0) }, next: next(after: fetched))
    }

    private mutating func add(_ condition: String, _ values: (any DatabaseValueConvertible)?...) {
        conditions.append(condition)
        arguments += values
    }

    private mutating func addSelection() {
        let state = MessageStatements.resolvedState
        // Words for word the condition of the partial index, which holds only what is not acknowledged.
        let isOpen = "state IS NOT 'acknowledged'"
        switch filter.selection {
        case .state(.acknowledged): add("\(state) = 'acknowledged'")
        case .state(let wanted): add("\(isOpen) AND \(state) = ?", wanted.rawValue)
        case .overdue(let time):
            add("\(isOpen) AND \(state) IN ('waiting', 'delivered') AND sent_time < ?", time.description)
        case nil: break
        }
    }

    private mutating func addNames() {
        if let client = filter.client {
            add(
                """
                (client_id = ? OR receiver_client_id = ? OR consumer_client_id = ? OR (copies > 1 AND EXISTS (
                    SELECT 1 FROM cmq_copies WHERE cmq_copies.message_id = message_metadata.message_id
                        AND cmq_copies.consumer_client_id = ?)))
                """,
                client,
                client,
                client,
                client
            )
        }
        if let queue = filter.queue {
            add(
                """
                (queue_name = ? OR dead_letter_queue = ? OR (copies > 1 AND EXISTS (
                    SELECT 1 FROM cmq_copies WHERE cmq_copies.message_id = message_metadata.message_id
                        AND (cmq_copies.queue_name = ? OR cmq_copies.dead_letter_queue = ?))))
                """,
                queue,
                queue,
                queue,
                queue
            )
        }
    }

    private mutating func addPosition() {
        let isAscending = filter.order == .oldestFirst
        switch position {
        case .untimed(let messageID):
            add("sent_time IS NULL")
            if let messageID { add("message_id \(isAscending ? ">" : "<") ?", messageID) }
        case .timed(nil):
            add("sent_time IS NOT NULL")
        case .timed(let mark?):
            // The first half is a range of the index, the second leaves out what the last page had.
            let (reached, beyond) = isAscending ? (">=", ">") : ("<=", "<")
            add("sent_time \(reached) ?", mark.sentTime)
            add("(sent_time \(beyond) ? OR message_id \(beyond) ?)", mark.sentTime, mark.messageID)
        }
    }

    private func next(after fetched: [Row]) -> MessagePosition? {
        switch position {
        case .untimed:
            if fetched.count == limit, let last = fetched.last { return .untimed(after: last[0]) }
            return filter.order == .oldestFirst ? .timed(after: nil) : nil
        case .timed:
            if fetched.count == limit, let last = fetched.last {
                return .timed(after: MessageMark(sentTime: last[13], messageID: last[0]))
            }
            return filter.order == .oldestFirst ? nil : .untimed(after: nil)
        }
    }

    private func row(_ row: Row) -> MessageRow {
        MessageRow(
            messageID: row[0],
            clientID: row[1],
            receiverClientID: row[2],
            consumerClientID: row[3],
            exchangeName: row[4],
            routingKey: row[5],
            queueName: row[6],
            deadLetterQueue: row[7],
            copies: row[8] ?? 1,
            state: StoredValues.state(row[9]),
            reason: row[10],
            deliveries: row[11] ?? 0,
            sizeBytes: row[12],
            sentTime: StoredValues.time(row[13]),
            deliveredTime: StoredValues.time(row[14]),
            acknowledgedTime: StoredValues.time(row[15]),
            removedTime: StoredValues.time(row[16])
        )
    }
}
