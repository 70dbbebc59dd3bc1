/// The whole answer of `stats`: the core's figures and those of what surrounds it.
/// Fields may be added, never renamed.
package struct BrokerReport: Sendable, Codable, Equatable {
    package struct Journal: Sendable, Codable, Equatable {
        /// Where the next record goes, in bytes since the journal's beginning.
        package var endPosition: UInt64
        package var durablePosition: UInt64
        package var segments: Int
        /// Bytes of the segments on disk.
        package var bytes: UInt64
        package var syncs: Int
        package var bytesWritten: Int
        package var isLowOnSpace: Bool

        package init(
            endPosition: UInt64,
            durablePosition: UInt64,
            segments: Int,
            bytes: UInt64,
            syncs: Int,
            bytesWritten: Int,
            isLowOnSpace: Bool
        ) {
            self.endPosition = endPosition
            self.durablePosition = durablePosition
            self.segments = segments
            self.bytes = bytes
            self.syncs = syncs
            self.bytesWritten = bytesWritten
            self.isLowOnSpace = isLowOnSpace
        }

        enum CodingKeys: String, CodingKey {
            case segments, bytes, syncs
            case endPosition = "end_position"
            case durablePosition = "durable_position"
            case bytesWritten = "bytes_written"
            case isLowOnSpace = "low_on_space"
        }
    }

    package struct Projection: Sendable, Codable, Equatable {
        /// The catalog has everything before this journal position.
        package var position: UInt64
        package var lagBytes: UInt64
        package var holdsBackPublishers: Bool
        /// Whether the catalog cannot be written now.
        package var isAway: Bool

        package init(position: UInt64, lagBytes: UInt64, holdsBackPublishers: Bool, isAway: Bool) {
            self.position = position
            self.lagBytes = lagBytes
            self.holdsBackPublishers = holdsBackPublishers
            self.isAway = isAway
        }

        enum CodingKeys: String, CodingKey {
            case position
            case lagBytes = "lag_bytes"
            case holdsBackPublishers = "holds_back_publishers"
            case isAway = "catalog_away"
        }
    }

    package var version: String
    package var uptimeSeconds: Double
    package var connections: Int
    package var broker: BrokerStatistics
    package var journal: Journal
    package var projection: Projection

    package init(
        version: String,
        uptimeSeconds: Double,
        connections: Int,
        broker: BrokerStatistics,
        journal: Journal,
        projection: Projection
    ) {
        self.version = version
        self.uptimeSeconds = uptimeSeconds
        self.connections = connections
        self.broker = broker
        self.journal = journal
        self.projection = projection
    }

    enum CodingKeys: String, CodingKey {
        case version, connections, broker, journal, projection
        case uptimeSeconds = "uptime_seconds"
    }
}
