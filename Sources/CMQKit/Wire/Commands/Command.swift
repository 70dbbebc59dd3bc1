/// One line from a client, taken apart. The slices point into the line and live as long as it does.
package enum Command {
    case declareQueue(queue: UnsafeRawBufferPointer)
    case declareExchange(exchange: UnsafeRawBufferPointer, kind: UnsafeRawBufferPointer?)
    case bind(first: UnsafeRawBufferPointer, second: UnsafeRawBufferPointer, routingKey: UnsafeRawBufferPointer)
    case publish(Publication)
    case publishBatch(Publication)
    case consume(queue: UnsafeRawBufferPointer, prefetch: UnsafeRawBufferPointer?)
    case fetch(queue: UnsafeRawBufferPointer)
    case ack(id: UnsafeRawBufferPointer)
    case release(id: UnsafeRawBufferPointer)
    case reject(id: UnsafeRawBufferPointer, reason: UnsafeRawBufferPointer?)
    case resend(id: UnsafeRawBufferPointer)
    case registerPublicKey(key: UnsafeRawBufferPointer)
    case getPublicKey(client: UnsafeRawBufferPointer)
    case registerKey(client: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer)
    case getKey(client: UnsafeRawBufferPointer)
    case heartbeat
    case stats
    case redrive(queue: UnsafeRawBufferPointer)
    case purge(queue: UnsafeRawBufferPointer)
    /// A known command without what it needs; the reply says what.
    case incomplete(Reply)
    case unknown

    /// What `publish` and `publish_batch` share: the envelope, or the array of envelopes, comes last.
    package struct Publication {
        package var exchange: UnsafeRawBufferPointer
        package var routingKey: UnsafeRawBufferPointer
        package var content: UnsafeRawBufferPointer
    }
}
