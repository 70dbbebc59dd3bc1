internal import CMQPostgreSQL

/// One page of a listing as SQL.
struct PostgreSQLMessageQuery {
    private let position: MessagePosition
    private let filter: MessageFilter
    private let limit: Int
    private var conditions = PostgreSQLConditions()

    init(filter: MessageFilter, position: MessagePosition, limit: Int) {
        self.filter = filter
        self.position = position
        self.limit = limit
        addSelection()
        addNames()
        if let since = filter.since { conditions.add("sent_at >= ", .time(since.microseconds)) }
        if let until = filter.until { conditions.add("sent_at < ", .time(until.microseconds)) }
        addPosition()
    }

    func page(from connection: PostgreSQLConnection) throws(PostgreSQLError) -> MessagePage {
        let direction: SQL = filter.order == .oldestFirst ? "ASC" : "DESC"
        var conditions = conditions
        let count = conditions.bind(.integer(Int64(limit)))
        let fetched = try connection.execute(
            """
            SELECT message_id, client_id, receiver_client_id, consumer_client_id, exchange_name, routing_key,
                queue_name, dead_letter_queue, copies, \(PostgreSQLColumns.resolvedState), reason, deliveries,
                size_bytes, sent_at, delivered_at, acknowledged_at, removed_at
            FROM message_metadata WHERE \(conditions.text)
            ORDER BY sent_at \(direction), message_id COLLATE "C" \(direction) LIMIT \(count)
            """,
            conditions.values,
            timeout: .seconds(3_600)
        )
        let rows = fetched.rows.map { row($0) }
        return MessagePage(rows: rows, next: next(after: rows))
    }

    private mutating func addSelection() {
        let state = PostgreSQLColumns.resolvedState
        // Word for word the condition of the partial index, which holds only what is not acknowledged.
        let isOpen: SQL = "state IS DISTINCT FROM 'acknowledged'"
        switch filter.selection {
        case .state(.acknowledged): conditions.add("\(state) = 'acknowledged'")
        case .state(let wanted):
            conditions.add(isOpen)
            conditions.add("\(state) = ", .text(wanted.rawValue))
        case .overdue(let time):
            conditions.add("\(isOpen) AND \(state) IN ('waiting', 'delivered')")
            conditions.add("sent_at < ", .time(time.microseconds))
        case nil: break
        }
    }

    private mutating func addNames() {
        if let client = filter.client {
            let name = conditions.bind(.text(client))
            conditions.add(
                """
                (client_id = \(name) OR receiver_client_id = \(name) OR consumer_client_id = \(name)
                    OR (copies > 1 AND EXISTS (
                        SELECT 1 FROM cmq_copies WHERE cmq_copies.message_id = message_metadata.message_id
                            AND cmq_copies.consumer_client_id = \(name))))
                """
            )
        }
        if let queue = filter.queue {
            let name = conditions.bind(.text(queue))
            conditions.add(
                """
                (queue_name = \(name) OR dead_letter_queue = \(name) OR (copies > 1 AND EXISTS (
                    SELECT 1 FROM cmq_copies WHERE cmq_copies.message_id = message_metadata.message_id
                        AND (cmq_copies.queue_name = \(name) OR cmq_copies.dead_letter_queue = \(name)))))
                """
            )
        }
    }

    private mutating func addPosition() {
        let isAscending = filter.order == .oldestFirst
        let beyond: SQL = isAscending ? ">" : "<"
        switch position {
        case .untimed(let messageID):
            conditions.add("sent_at IS NULL")
            if let messageID { conditions.add("message_id COLLATE \"C\" \(beyond) ", .text(messageID)) }
        case .timed(nil):
            conditions.add("sent_at IS NOT NULL")
        case .timed(let mark?):
            let time = conditions.bind(.time(StoredValues.time(mark.sentTime)?.microseconds))
            let messageID = conditions.bind(.text(mark.messageID))
            // The first half is a range of the index, the second leaves out what the last page had.
            conditions.add("sent_at \(beyond)= \(time)")
            conditions.add("(sent_at \(beyond) \(time) OR message_id COLLATE \"C\" \(beyond) \(messageID))")
        }
    }

    private func next(after rows: [MessageRow]) -> MessagePosition? {
        switch position {
        case .untimed:
            if rows.count == limit, let last = rows.last { return .untimed(after: last.messageID) }
            return filter.order == .oldestFirst ? .timed(after: nil) : nil
        case .timed:
            if rows.count == limit, let last = rows.last, let time = last.sentTime {
                return .timed(after: MessageMark(sentTime: time.description, messageID: last.messageID))
            }
            return filter.order == .oldestFirst ? nil : .untimed(after: nil)
        }
    }

    private func row(_ row: PostgreSQLRow) -> MessageRow {
        func time(_ column: Int) -> CatalogTime? { row.time(column).map { CatalogTime(microseconds: $0) } }
        return MessageRow(
            messageID: row.text(0) ?? "",
            clientID: row.text(1),
            receiverClientID: row.text(2),
            consumerClientID: row.text(3),
            exchangeName: row.text(4),
            routingKey: row.text(5),
            queueName: row.text(6),
            deadLetterQueue: row.text(7),
            copies: row.integer(8) ?? 1,
            state: StoredValues.state(row.text(9)),
            reason: row.text(10),
            deliveries: row.integer(11) ?? 0,
            sizeBytes: row.integer(12),
            sentTime: time(13),
            deliveredTime: time(14),
            acknowledgedTime: time(15),
            removedTime: time(16)
        )
    }
}
