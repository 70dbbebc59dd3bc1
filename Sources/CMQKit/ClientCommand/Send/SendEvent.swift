internal import CMQClient

/// What wakes the sender.
enum SendEvent: Sendable {
    case input
    case published([PublishReport])
    case connected(BrokerClient, generation: Int)
    case disconnected(BrokerClientError, generation: Int)
    case tick
    case stop
}

/// The line and the route of a message in one number, as ``Publisher`` carries it.
struct MessageTag {
    let rawValue: Int

    init(rawValue: Int) {
        self.rawValue = rawValue
    }

    init(line: Int, route: Int) {
        rawValue = route << 40 | line & (1 << 40 - 1)
    }

    var line: Int { rawValue & (1 << 40 - 1) }
    var route: Int { rawValue >> 40 }
}
