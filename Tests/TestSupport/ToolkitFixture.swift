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

    private struct State {
        var broker: RunningCommand?
        var port = 0
    }

    /// The identity in `[security] admins`.
    package static let admin = "admin"

    /// The working directory of the broker and of the commands.
    package let directory: TemporaryDirectory
    package let pki: TestPKI
    private let state = Mutex(State())

    private init(clients: [String], settings: [String: String]) throws {
        directory = try TemporaryDirectory()
        pki = try TestPKI(in: directory, clients: clients + [Self.admin])
        try directory.write(Self.configuration(pki, settings), to: "config.toml")
    }

    /// Runs `body` with a fresh broker, and ends the broker afterwards.
    ///
    /// - Parameters:
    ///   - clients: Identities that get a certificate besides ``admin``.
    ///   - settings: By `section.key`, as TOML: `["delivery.lease": "\"1s\""]`.
    package static func with(
        clients: [String] = ["alice", "bob"],
        settings: [String: String] = [:],
        _ body: (ToolkitFixture) async throws -> Void
    ) async throws {
        let toolkit = try ToolkitFixture(clients: clients, settings: settings)
        try await toolkit.startBroker()
        do {
            try await body(toolkit)
        } catch {
            await toolkit.killBroker()
            throw error
        }
        await toolkit.killBroker()
    }

    package var configurationPath: String { directory.file("config.toml") }

    package var catalogPath: String { directory.file("cmq-data/catalog.db") }

    package var journalPath: String { directory.file("cmq-data/journal") }

    /// The broker's port, the same after a restart.
    package var port: Int { state.withLock { $0.port } }

    /// What the broker has logged since its last start, as JSON lines.
    package var brokerLog: String { state.withLock { $0.broker }?.soFar.errors ?? "" }

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
    package func start(_ program: String, as identity: String, _ arguments: [String]) throws -> RunningCommand {
        try RunningCommand(program, arguments + connectionFlags(identity), in: directory.url)
    }

    /// Starts the broker on its data directory, on the port that it had before, and waits until it listens.
    package func startBroker() async throws {
        try? FileManager.default.removeItem(atPath: directory.file("port"))
        let broker = try RunningCommand(
            "cmq-broker",
            [
                "--config", configurationPath, "--port", "\(port)", "--port-file", directory.file("port"),
                "--log-format", "json",
            ],
            in: directory.url
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
            return port != nil
        }
        state.withLock { $0 = State(broker: broker, port: port ?? 0) }
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

    private static func configuration(_ pki: TestPKI, _ changes: [String: String]) -> String {
        let settings = [
            "server.address": "\"127.0.0.1:5672\"",
            "tls.cert_path": "\"\(pki.serverCertificatePath)\"",
            "tls.key_path": "\"\(pki.serverKeyPath)\"",
            "tls.ca_cert_path": "\"\(pki.caPath)\"",
            "journal.segment_bytes": "\"16 MiB\"",
            "limits.disk_low_water_bytes": "\"16 MiB\"",
            "security.admins": "[\"\(admin)\"]",
        ].merging(changes) { $1 }
        let sections = Dictionary(grouping: settings.sorted { $0.key < $1.key }) { $0.key.prefix { $0 != "." } }
        return sections.map { section, settings in
            "[\(section)]\n" + settings.map { "\($0.key.dropFirst(section.count + 1)) = \($0.value)\n" }.joined()
        }.joined(separator: "\n")
    }
}
