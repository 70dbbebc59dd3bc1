internal import CMQBrokerCore

/// The core's state in a checkpoint.
enum CheckpointTarget {
    static func run(_ bytes: [UInt8]) throws {
        var core = BrokerCore()
        guard (try? bytes.withUnsafeBytes { try core.restore(checkpoint: $0) }) != nil else { return }
        core.finishRecovery()
        try compare(core)
    }

    /// A checkpoint of `core` gives the same state, as far as a checkpoint shows it.
    static func compare(_ core: BrokerCore) throws {
        let checkpoint = core.checkpoint()
        var restored = BrokerCore()
        do {
            try checkpoint.withUnsafeBytes { try restored.restore(checkpoint: $0) }
        } catch {
            throw FuzzFailure("its own checkpoint is refused: \(error)")
        }
        restored.finishRecovery()
        try require(restored.checkpoint() == checkpoint, "a checkpoint changes what it holds")
        var locations: [UInt64] = []
        core.forEachLiveLocation { locations.append($0) }
        var restoredLocations: [UInt64] = []
        restored.forEachLiveLocation { restoredLocations.append($0) }
        try require(locations.sorted() == restoredLocations.sorted(), "a checkpoint loses a message")
    }
}
