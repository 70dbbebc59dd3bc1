/// `[limits]`: every bound on what peers can make the broker hold.
package struct LimitSettings: Sendable {
    package var lineBytes = 16 << 20
    package var messageBytes = (16 << 20) - 2 * 255 - commandBytes
    package var nameBytes = 255
    package var connections = 10_000
    package var connectionsPerIdentity = 1_000
    package var inFlightPerConsumer = 1_000
    package var queueMessages = 10_000_000
    package var queueBytes = 64 << 30
    /// Zero: for ever.
    package var messageAge = Duration.zero
    package var queues = 100_000
    package var exchanges = 10_000
    package var bindings = 200_000
    package var bodyMemoryBytes = 64 << 20
    /// Zero: never.
    package var idleTimeout = Duration.zero
    package var publishInFlightBytesPerConnection = 8 << 20
    package var outputBufferBytes = 8 << 20
    package var sessionMemoryBytes = 1 << 30
    package var diskLowWaterBytes = 256 << 20
    package var deduplicationWindow = Duration.seconds(24 * 3_600)
    package var deduplicationIDs = 1_000_000

    /// The largest credit that a consumer can be given.
    package static let prefetchMax = 65_535
    /// Room in a line for the command's word and the blanks between its fields.
    package static let commandBytes = 64

    static let schema: [Setting] = lines + peers + queuesAndMemory

    private static let lines: [Setting] = [
        .size(
            .limits,
            "line_bytes",
            \.limits.lineBytes,
            in: (4 << 10)...(1 << 30),
            "The longest line a client may send; a longer one gets an error and ends the connection."
        ),
        .size(
            .limits,
            "message_bytes",
            \.limits.messageBytes,
            in: 64...(1 << 30),
            defaultText: "what fits into a line",
            "The largest envelope; a larger one is refused and the connection goes on."
        ),
        .integer(
            .limits,
            "name_bytes",
            \.limits.nameBytes,
            in: 16...255,
            "The longest name of a queue, an exchange or a routing key, in bytes; a longer one is refused."
        ),
        .size(
            .limits,
            "publish_in_flight_bytes_per_connection",
            \.limits.publishInFlightBytesPerConnection,
            in: (4 << 10)...(1 << 30),
            "Published bytes of one connection that are not on disk yet; beyond, the broker stops reading from it."
        ),
        .size(
            .limits,
            "output_buffer_bytes",
            \.limits.outputBufferBytes,
            in: (4 << 10)...(1 << 30),
            "Bytes on their way to one connection that it has not taken yet; beyond, deliveries to it pause."
        ),
    ]

    private static let peers: [Setting] = [
        .size(
            .limits,
            "session_memory_bytes",
            \.limits.sessionMemoryBytes,
            in: (64 << 10)...(1 << 44),
            "Bytes of unanswered commands (at least 192 each), unfinished lines and lines not taken of all connections; "
                + "beyond half of it, connections are read more slowly or, where only their peer could make room, "
                + "closed."
        ),
        .integer(
            .limits,
            "connections",
            \.limits.connections,
            in: 1...1_000_000,
            "Connections in all; beyond, the oldest one without a finished handshake makes room, or the new one is "
                + "closed. The system's limit of open files is raised for them, as far as it can be."
        ),
        .integer(
            .limits,
            "connections_per_identity",
            \.limits.connectionsPerIdentity,
            in: 1...1_000_000,
            "Connections of one identity; further ones are closed with an error."
        ),
        .duration(
            .limits,
            "idle_timeout",
            \.limits.idleTimeout,
            in: .zero...days(365),
            "A connection that consumes nothing and sends no whole command for so long is closed; 0 leaves it open."
        ),
        .integer(
            .limits,
            "in_flight_per_consumer",
            \.limits.inFlightPerConsumer,
            in: 1...prefetchMax,
            "Messages that a consumer may hold unacknowledged when it names no prefetch itself; the largest prefetch "
                + "is \(prefetchMax)."
        ),
        .duration(
            .limits,
            "deduplication_window",
            \.limits.deduplicationWindow,
            in: .seconds(60)...days(365),
            "How long the id of a finished message is remembered, so that a late retry is not queued again."
        ),
        .integer(
            .limits,
            "deduplication_ids",
            \.limits.deduplicationIDs,
            in: 1_000...100_000_000,
            "How many ids of finished messages are remembered; the oldest are forgotten first."
        ),
    ]

    private static let queuesAndMemory: [Setting] = [
        .integer(
            .limits,
            "queues",
            \.limits.queues,
            in: 1...10_000_000,
            "Queues in all; declaring one more is refused."
        ),
        .integer(
            .limits,
            "exchanges",
            \.limits.exchanges,
            in: 1...10_000_000,
            "Exchanges in all; declaring one more is refused."
        ),
        .integer(
            .limits,
            "bindings",
            \.limits.bindings,
            in: 1...10_000_000,
            "Bindings in all; one more is refused."
        ),
        .integer(
            .limits,
            "queue_messages",
            \.limits.queueMessages,
            in: 1...1_000_000_000,
            "Messages in one queue; publishing beyond is refused."
        ),
        .size(
            .limits,
            "queue_bytes",
            \.limits.queueBytes,
            in: 64...(1 << 50),
            "Bytes of envelopes in one queue; publishing beyond is refused."
        ),
        .duration(
            .limits,
            "message_age",
            \.limits.messageAge,
            in: .zero...days(3_650),
            "How long a message may wait in its queue before it goes to the dead-letter queue as expired; 0 lets it wait "
                + "for ever."
        ),
        .size(
            .limits,
            "body_memory_bytes",
            \.limits.bodyMemoryBytes,
            in: 64...(1 << 44),
            "Bytes of waiting envelopes that are held in memory; the others stay on disk until they are delivered."
        ),
        .size(
            .limits,
            "disk_low_water_bytes",
            \.limits.diskLowWaterBytes,
            in: (1 << 20)...(1 << 44),
            "Free bytes on the journal's file system below which publishing is refused."
        ),
    ]

    private static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
}
