internal import Foundation
internal import Synchronization

/// A broker as a process of its own, with real certificates, a configuration file and a data directory,
/// for tests that run the toolkit's commands against it.
///
/// ```swift
/// try await ToolkitFixture.with(clients: ["alice", "bob"]) { toolkit in
///     let sent = try await toolkit.run("cmq-send", as: "alice", ["--to", "bob"], input: "1\n")
///     await toolkit.killBroker()
///     try await toolkit.startBroker()
/// }
/// ```
package final class ToolkitFixture: Sendable {
    /// Why the broker did not start: what it wrote to standard error.
    package struct StartFailure: Error, CustomStringConvertible {
        package var description: String
    }

    /// What keeps the catalog.
    package enum Engine: String, CaseIterable, Sendable {
        case sqlite
        case postgreSQL
    }

    private struct State {
        var broker: RunningCommand?
        var port = 0
        /// Of the configuration file, by `section.key`.
        var settings: [String: String]
    }

    /// The identity in `[security] admins`.
    package static let admin = "admin"

    /// The working directory of the broker and of the commands.
    package let directory: TemporaryDirectory
    package let pki: TestPKI
    private let state: Mutex<State>

    /// - Parameter settings: By `section.key`, as TOML: `["delivery.lease": "\"1s\""]`.
    package init(clients: [String] = ["alice", "bob"], settings: [String: String] = [:]) throws {
        directory = try TemporaryDirectory()
        pki = try TestPKI(in: directory, clients: clients + [Self.admin])
        let settings = Self.settings(pki).merging(settings) { $1 }
        state = Mutex(State(settings: settings))
        try directory.write(Self.text(settings), to: "config.toml")
    }

    /// Runs `body` with a fresh broker, and ends the broker afterwards.
    ///
    /// - Parameters:
    ///   - clients: Identities that get a certificate besides ``admin``.
    ///   - settings: By `section.key`, as TOML: `["delivery.lease": "\"1s\""]`.
    ///   - engine: PostgreSQL in an empty database of the server that all tests share.
    package static func with(
        clients: [String] = ["alice", "bob"],
        settings: [String: String] = [:],
        on engine: Engine = .sqlite,
        _ body: (ToolkitFixture) async throws -> Void
    ) async throws {
        let toolkit = try ToolkitFixture(clients: clients, settings: settings)
        if engine == .postgreSQL {
            let server = try await PostgreSQLServer.shared()
            try toolkit.use(server, try await server.makeDatabase())
        }
        try await toolkit.endingBroker {
            try await toolkit.startBroker()
            try await body(toolkit)
        }
    }

    /// Runs `body`, and ends the broker that it leaves.
    package func endingBroker(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch {
            await killBroker()
            throw error
        }
        await killBroker()
    }

    // MARK: - Configuration

    /// Changes settings for the next start of the broker; `nil` takes one away.
    package func configure(_ changes: [String: String?]) throws {
        let settings = state.withLock { state in
            for (key, value) in changes { state.settings[key] = value }
            return state.settings
        }
        try directory.write(Self.text(settings), to: "config.toml")
    }

    /// Lets the broker keep its catalog in a database, from its next start on.
    ///
    /// - Parameter role: ``PostgreSQLServer/user`` unless another is named.
    package func use(_ server: PostgreSQLServer, _ database: String, as role: String? = nil) throws {
        try directory.writeSecret(server.password + "\n", to: "password")
        try configure([
            "database.host": "\"127.0.0.1\"",
            "database.port": "\(server.port)",
            "database.user": "\"\(role ?? server.user)\"",
            "database.password_file": "\"\(directory.file("password"))\"",
            "database.dbname": "\"\(database)\"",
        ])
    }

    package var configurationPath: String { directory.file("config.toml") }

    package var catalogPath: String { directory.file("cmq-data/catalog.db") }

    package var journalPath: String { directory.file("cmq-data/journal") }

    /// The broker's port, the same after a restart.
    package var port: Int { state.withLock { $0.port } }

    /// What the broker has logged since its last start, as JSON lines.
    package var brokerLog: String { state.withLock { $0.broker }?.soFar.errors ?? "" }

    /// How many lines of that log have a text.
    package func logged(_ text: String) -> Int {
        brokerLog.split(separator: "\n").count { $0.contains(text) }
    }

    /// Whether the broker was started and has not ended by itself.
    package var isBrokerRunning: Bool { state.withLock { $0.broker.map { !$0.hasEnded } ?? false } }

    /// Bytes of memory that the broker's process has, and had at most since it was started.
    package var brokerMemory: (resident: Int, peak: Int) {
        let identifier = state.withLock { $0.broker?.processIdentifier } ?? 0
        let status = (try? String(contentsOfFile: "/proc/\(identifier)/status", encoding: .utf8)) ?? ""
        func bytes(_ name: String) -> Int {
            let line = status.split(separator: "\n").first { $0.hasPrefix(name) } ?? ""
            return (line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) << 10
        }
        return (bytes("VmRSS:"), bytes("VmHWM:"))
    }

    /// The flags with which `cmq-send`, `cmq-recv` and `cmq-admin` connect as `identity`.
    package func connectionFlags(_ identity: String) throws -> [String] {
        try [
            "--server", "localhost:\(port)", "--ca", pki.caPath, "--cert", pki.clientCertificatePath(identity), "--key",
            pki.clientKeyPath(identity),
        ]
    }

    /// Runs a command as `identity` in ``directory`` to its end.
    package func run(
        _ program: String,
        as identity: String,
        _ arguments: [String],
        input: String = "",
        environment: [String: String] = [:]
    ) async throws -> CommandResult {
        try await TestSupport.run(
            program,
            arguments + connectionFlags(identity),
            input: input,
            in: directory.url,
            environment: environment
        )
    }

    /// Starts a command as `identity` in ``directory``.
    package func start(
        _ program: String,
        as identity: String,
        _ arguments: [String],
        environment: [String: String] = [:]
    ) throws -> RunningCommand {
        try RunningCommand(
            program,
            arguments + connectionFlags(identity),
            in: directory.url,
            environment: environment
        )
    }

    // MARK: - The broker

    /// Runs a broker that cannot start to its end; status 124 where it started all the same.
    package func runBroker() async throws -> CommandResult {
        try await TestSupport.run("timeout", ["30"] + brokerCommand, in: directory.url)
    }

    private var brokerCommand: [String] {
        [
            RunningCommand.buildDirectory.appendingPathComponent("cmq-broker").path,
            "--config", configurationPath, "--port", "\(port)", "--log-format", "json",
        ]
    }

    /// Starts the broker on its data directory, on the port that it had before, and waits until it listens.
    ///
    /// - Parameter openFilesMax: The most files that the system lets it have open; `nil` for as many as the tests may.
    package func startBroker(openFilesMax: Int? = nil, environment: [String: String] = [:]) async throws {
        try? FileManager.default.removeItem(atPath: directory.file("port"))
        var command = brokerCommand + ["--port-file", directory.file("port")]
        if let openFilesMax { command = ["/bin/sh", "-c", "ulimit -n \(openFilesMax); exec \"$0\" \"$@\""] + command }
        let broker = try RunningCommand(
            command[0],
            Array(command[1...]),
            in: directory.url,
            environment: environment
        )
        guard await broker.waitForErrors(containing: "Broker listening") else {
            throw StartFailure(description: await broker.finish().errors)
        }
        // The file follows the log line at once.
        var port: Int?
        try await checkFor(.seconds(20)) {
            port = (try? self.directory.read("port")).flatMap {
                Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
            }
            return port != nil || broker.hasEnded
        }
        guard port != nil else { throw StartFailure(description: await broker.finish().errors) }
        state.withLock { state in
            state.broker = broker
            state.port = port ?? 0
        }
    }

    /// Sends the broker a signal that does not end it.
    package func signalBroker(_ signal: Int32) {
        state.withLock { $0.broker }?.signal(signal)
    }

    /// Ends the broker as a crash does, and waits until it is gone.
    package func killBroker() async {
        await endBroker(SIGKILL)
    }

    /// Ends the broker as an operator does, and returns what it left; `nil` when it was not running.
    @discardableResult
    package func stopBroker() async -> CommandResult? {
        await endBroker(SIGTERM)
    }

    @discardableResult
    private func endBroker(_ signal: Int32) async -> CommandResult? {
        let broker = state.withLock { state in
            defer { state.broker = nil }
            return state.broker
        }
        broker?.signal(signal)
        return await broker?.finish()
    }

    private static func settings(_ pki: TestPKI) -> [String: String] {
        [
            "server.address": "\"127.0.0.1:5672\"",
            "tls.cert_path": "\"\(pki.serverCertificatePath)\"",
            "tls.key_path": "\"\(pki.serverKeyPath)\"",
            "tls.ca_cert_path": "\"\(pki.caPath)\"",
            "journal.segment_bytes": "\"16 MiB\"",
            "limits.disk_low_water_bytes": "\"16 MiB\"",
            "security.admins": "[\"\(admin)\"]",
        ]
    }

    private static func text(_ settings: [String: String]) -> String {
        let sections = Dictionary(grouping: settings.sorted { $0.key < $1.key }) { $0.key.prefix { $0 != "." } }
        return sections.map { section, settings in
            "[\(section)]\n" + settings.map { "\($0.key.dropFirst(section.count + 1)) = \($0.value)\n" }.joined()
        }.joined(separator: "\n")
    }
}
