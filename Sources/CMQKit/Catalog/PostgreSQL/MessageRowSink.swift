internal import CMQPostgreSQL

/// What takes the fields of a row of `message_metadata`, in the order of ``MessageColumns``.
protocol MessageRowSink {
    mutating func append(_ text: String?)
    mutating func append(integer: Int64?)
    /// - Parameter time: Microseconds since 1970.
    mutating func append(time: Int64?)
}

extension PostgreSQLCopy: MessageRowSink {
    mutating func append(_ record: MessageRecord) throws(PostgreSQLError) {
        try beginRow(fields: 22)
        append(fieldsOf: record)
    }
}

extension MessageRowSink {
    mutating func append(fieldsOf record: MessageRecord) {
        let copy = record.onlyCopy
        let (delivered, acknowledged, removed) = (record.deliveredTime, record.acknowledgedTime, record.removedTime)
        append(record.messageID)
        append(record.sender)
        append(record.exchange)
        append(record.routingKey)
        append(record.receiver)
        append(copy?.consumer)
        append(copy?.queue)
        append(copy?.deadLetterQueue)
        append(record.state.rawValue)
        append(record.reason)
        append(StoredValues.text(record.sentTime))
        append(StoredValues.text(delivered))
        append(StoredValues.text(acknowledged))
        append(StoredValues.text(removed))
        append(integer: Int64(record.copies.count))
        append(integer: Int64(record.deliveries))
        append(integer: record.sizeBytes.map { Int64($0) })
        append(integer: record.sequence.map { Int64(bitPattern: $0) })
        append(time: record.sentTime)
        append(time: delivered)
        append(time: acknowledged)
        append(time: removed)
    }
}
