internal import Foundation
internal import Synchronization
internal import TestSupport

/// A broker, a proxy in front of it, perhaps a database, and who lives there.
final class TortureWorld: Sendable {
    let settings: TortureSettings
    let toolkit: ToolkitFixture
    let proxy: CuttingProxy
    let database: PostgreSQLServer?
    let history = History()
    let crowd = Crowd()
    let senders: [String]
    let receivers: [String]
    /// When the last thing is broken.
    let end: ContinuousClock.Instant
    private let phase = Mutex(Phase.breaking)

    private enum Phase: Comparable {
        case breaking
        case calm
        case over
    }

    /// Starts the broker and makes the receivers' queues and keys.
    init(_ settings: TortureSettings) async throws {
        self.settings = settings
        senders = (1...settings.senders).map { "alice\($0)" }
        receivers = (1...settings.receivers).map { "bob\($0)" }
        toolkit = try ToolkitFixture(
            clients: senders + receivers,
            settings: [
                // Small, so that leases end, segments are used up and checkpoints are written in the time there is.
                "delivery.lease": "\"1s\"",
                "delivery.max_deliveries": "1000000",
                "limits.line_bytes": "\"1 MiB\"",
                "journal.segment_bytes": "\"1 MiB\"",
                "journal.checkpoint_bytes": "\"2 MiB\"",
            ]
        )
        database = settings.engine == .postgreSQL ? try await PostgreSQLServer.start(settings: ["fsync": "off"]) : nil
        if let database { try toolkit.use(database, try await database.makeDatabase()) }
        proxy = try CuttingProxy(chance: Chance(seed: settings.seed, "proxy"))
        try await toolkit.startBroker()
        proxy.lead(to: toolkit.port)
        end = .now + settings.duration
        try await makeReceivers()
    }

    /// Whether nothing is broken any more.
    var isCalm: Bool { phase.withLock { $0 >= .calm } }

    /// Whether nothing is left to do.
    var isOver: Bool { phase.withLock { $0 == .over } }

    func finish() {
        phase.withLock { $0 = .over }
    }

    func calmDown() {
        phase.withLock { $0 = max($0, .calm) }
        proxy.calmDown()
        crowd.signalAll(SIGCONT)
    }

    func outputFile(_ receiver: String) -> String { "\(receiver).jsonl" }

    /// The flags with which a command connects as `identity`.
    func connection(_ identity: String, throughProxy: Bool) -> [String] {
        let port = throughProxy ? proxy.port : toolkit.port
        let folder = "certs/clients/\(identity)"
        return [
            "--server", "localhost:\(port)", "--ca", "certs/ca.crt", "--cert", "\(folder)/client.crt", "--key",
            "\(folder)/client.key",
        ]
    }

    private func makeReceivers() async throws {
        let made = try await run("cmq-keygen", in: toolkit.directory.url)
        guard made.status == 0 else { throw TortureError(description: made.errors) }
        for receiver in receivers {
            let ready = try await toolkit.run("cmq-recv", as: receiver, ["--until-empty"])
            guard ready.status == 0 else { throw TortureError(description: ready.errors) }
        }
    }
}
