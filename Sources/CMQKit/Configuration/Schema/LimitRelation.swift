/// Two limits of which one must not be larger than the other.
///
/// Where only one of them was set, the other follows; where both were, the relation is checked.
struct LimitRelation: Sendable {
    /// A limit, or a quantity made of limits, in bytes or pieces.
    struct Term: Sendable {
        var name: String
        var value: @Sendable (BrokerConfiguration) -> Int

        func valueText(_ configuration: BrokerConfiguration) -> String {
            let value = value(configuration)
            return name.hasSuffix("_bytes") ? SizeText.format(value) : "\(value)"
        }
    }

    enum Follower: Sendable {
        case lesser
        case greater
    }

    var lesser: Term
    var greater: Term
    var follower: Follower
    /// Sets the follower.
    var follow: @Sendable (inout BrokerConfiguration, Int) -> Void
    /// Why, as a clause.
    var reason: String

    func holds(in configuration: BrokerConfiguration) -> Bool {
        lesser.value(configuration) <= greater.value(configuration)
    }

    var followerName: String { follower == .lesser ? lesser.name : greater.name }
    var leaderName: String { follower == .lesser ? greater.name : lesser.name }

    private static func lesserFollows(
        _ name: String,
        _ path: SettingPath<Int>,
        _ greaterName: String,
        _ greater: @escaping @Sendable (BrokerConfiguration) -> Int,
        because reason: String
    ) -> LimitRelation {
        LimitRelation(
            lesser: Term(name: name) { $0[keyPath: path] },
            greater: Term(name: greaterName, value: greater),
            follower: .lesser,
            follow: { $0[keyPath: path] = $1 },
            reason: reason
        )
    }

    private static func greaterFollows(
        _ name: String,
        _ lesser: SettingPath<Int>,
        _ greaterName: String,
        _ path: SettingPath<Int>,
        because reason: String
    ) -> LimitRelation {
        LimitRelation(
            lesser: Term(name: name) { $0[keyPath: lesser] },
            greater: Term(name: greaterName) { $0[keyPath: path] },
            follower: .greater,
            follow: { $0[keyPath: path] = $1 },
            reason: reason
        )
    }

    /// In an order in which a follower is settled before others follow it.
    static let all: [LimitRelation] = [
        lesserFollows(
            "limits.message_bytes",
            \.limits.messageBytes,
            "limits.line_bytes",
            { $0.limits.lineBytes - 2 * $0.limits.nameBytes - LimitSettings.commandBytes },
            because: "a line holds a command, two names and an envelope"
        ),
        lesserFollows(
            "limits.message_bytes",
            \.limits.messageBytes,
            "limits.queue_bytes",
            { $0.limits.queueBytes },
            because: "the largest message must fit into a queue"
        ),
        lesserFollows(
            "limits.message_bytes",
            \.limits.messageBytes,
            "limits.body_memory_bytes",
            { $0.limits.bodyMemoryBytes },
            because: "the largest message must fit into memory to be delivered"
        ),
        lesserFollows(
            "limits.connections_per_identity",
            \.limits.connectionsPerIdentity,
            "limits.connections",
            { $0.limits.connections },
            because: "one identity cannot have more connections than there are"
        ),
        greaterFollows(
            "limits.line_bytes",
            \.limits.lineBytes,
            "journal.segment_bytes",
            \.journal.segmentBytes,
            because: "a record does not span segments"
        ),
        greaterFollows(
            "journal.segment_bytes",
            \.journal.segmentBytes,
            "journal.checkpoint_bytes",
            \.journal.checkpointBytes,
            because: "a checkpoint frees whole segments"
        ),
        greaterFollows(
            "journal.segment_bytes",
            \.journal.segmentBytes,
            "journal.projection_lag_bytes",
            \.journal.projectionLagBytes,
            because: "the catalog is always behind by what is being written"
        ),
        greaterFollows(
            "journal.segment_bytes",
            \.journal.segmentBytes,
            "limits.disk_low_water_bytes",
            \.limits.diskLowWaterBytes,
            because: "the next segment needs room to be made"
        ),
    ]
}
