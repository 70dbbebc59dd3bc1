import Foundation
import TestSupport
import Testing

/// One place where a sender `alice` and a receiver `bob` work, each in a folder of its own with the files of its
/// generation, and a broker: ours, or the stand-in for an earlier one.
final class Site: Sendable {
    enum BrokerKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case ours
        case theirs

        var testDescription: String { rawValue }
    }

    let generation: Generation
    let kind: BrokerKind
    let directory: TemporaryDirectory
    private let broker: RunningCommand
    let port: Int

    private init(
        _ generation: Generation,
        _ kind: BrokerKind,
        _ directory: TemporaryDirectory,
        _ broker: RunningCommand,
        _ port: Int
    ) {
        self.generation = generation
        self.kind = kind
        self.directory = directory
        self.broker = broker
        self.port = port
    }

    /// Runs `body` with a broker that listens, and ends it afterwards.
    ///
    /// - Parameters:
    ///   - clients: Who has a certificate and a folder.
    ///   - settings: Lines for the broker's `config.toml`, ours only, by section.
    static func with(
        _ generation: Generation,
        on kind: BrokerKind = .ours,
        clients: [String] = ["alice", "bob"],
        settings: [String: String] = [:],
        _ body: (Site) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory()
        let made = try await Reference.run("make_certificates", ["certs"] + clients, in: directory.url)
        try #require(made.status == 0, "\(made.errors)")
        let broker = try start(generation, kind, settings, directory)
        do {
            try await checkFor(.seconds(30)) { directory.exists("port") || broker.hasEnded }
            let text = try directory.read("port").trimmingCharacters(in: .whitespacesAndNewlines)
            let site = Site(generation, kind, directory, broker, try #require(Int(text)))
            for client in clients { try site.prepare(client) }
            try await body(site)
        } catch {
            broker.signal(SIGKILL)
            let result = await broker.finish()
            if !result.errors.isEmpty { Issue.record("the broker wrote: \(result.errors.suffix(2_000))") }
            throw error
        }
        broker.signal(SIGKILL)
        _ = await broker.finish()
    }

    private static func start(
        _ generation: Generation,
        _ kind: BrokerKind,
        _ settings: [String: String],
        _ directory: TemporaryDirectory
    ) throws -> RunningCommand {
        let isPlain = generation == .v10
        switch kind {
        case .theirs:
            let certificates = isPlain ? [] : ["--certificates", "certs"]
            return try Reference.start(
                "legacy_broker",
                [generation.rawValue, "--port-file", "port"] + certificates,
                in: directory.url
            )
        case .ours:
            var sections = [
                "server": "address = \"127.0.0.1:0\"\n" + (isPlain ? "connection_type = \"tcp\"\n" : ""),
                "journal": "segment_bytes = \"16 MiB\"\n", "limits": "disk_low_water_bytes = \"16 MiB\"\n",
            ]
            for (section, lines) in settings { sections[section, default: ""] += lines + "\n" }
            try directory.write(
                sections.sorted { $0.key < $1.key }.map { "[\($0.key)]\n\($0.value)" }.joined(),
                to: "config.toml"
            )
            return try RunningCommand(
                "cmq-broker",
                ["--config", "config.toml", "--port-file", "port"],
                in: directory.url
            )
        }
    }

    // MARK: Folders

    func folder(_ client: String) -> URL { directory.url.appendingPathComponent(client) }

    func text(_ client: String, _ file: String) throws -> String {
        try String(contentsOf: folder(client).appendingPathComponent(file), encoding: .utf8)
    }

    func write(_ text: String, _ client: String, _ file: String) throws {
        try Data(text.utf8).write(to: folder(client).appendingPathComponent(file))
    }

    func exists(_ client: String, _ file: String) -> Bool {
        FileManager.default.fileExists(atPath: folder(client).appendingPathComponent(file).path)
    }

    /// The client's folder with its certificates in `certs` and its `config.json`.
    private func prepare(_ client: String) throws {
        let files = FileManager.default
        let certificates = folder(client).appendingPathComponent("certs")
        try files.createDirectory(at: certificates, withIntermediateDirectories: true)
        for (source, name) in [
            ("ca.crt", "ca.crt"), ("clients/\(client)/client.crt", "client.crt"),
            ("clients/\(client)/client.key", "client.key"),
        ] {
            try files.copyItem(
                at: directory.url.appendingPathComponent("certs/\(source)"),
                to: certificates.appendingPathComponent(name)
            )
        }
        guard generation != .v10 else { return }
        try write(ConfigurationSamples.client(generation, port: port, receivers: ["bob"]), client, "config.json")
    }

    /// Makes the receiver's keys with the generation's own tool.
    func makeKeys(_ client: String = "bob") async throws {
        let kind = generation == .v10 ? "rsa" : "x25519"
        let made = try await Reference.run("make_keys", [kind], in: folder(client))
        try #require(made.status == 0, "\(made.errors)")
        if generation == .v10 { try shareRSAKey() }
    }

    /// 1.0 has no command for keys: the file goes to the sender by hand.
    func shareRSAKey() throws {
        try write(try text("bob", "receiver_public.pem"), "alice", "receiver_public.pem")
    }

    // MARK: Programs

    /// What the reference programs need to find the broker.
    var serverFlags: [String] { ["--server", "127.0.0.1:\(port)"] }

    private var plainFlags: [String] { generation == .v10 ? ["--plain-tcp"] + serverFlags : [] }

    /// Starts the reference receiver and waits until it is subscribed.
    func startReceiver(_ client: String = "bob", count: Int, heartbeat: Double = 30) async throws -> RunningCommand {
        let receiver = try Reference.start(
            "receiver",
            [generation.rawValue, "--count", "\(count)", "--heartbeat", "\(heartbeat)"] + serverFlags,
            in: folder(client)
        )
        guard await receiver.waitForOutput(containing: "ready") else {
            let result = await receiver.finish()
            throw ProgramFailure(description: "the reference receiver ended: \(result.errors)")
        }
        return receiver
    }

    /// Runs the reference sender; returns the identities that it has acknowledgements for.
    func send(_ lines: [String], as client: String = "alice") async throws -> [String] {
        let result = try await Reference.run(
            "sender",
            [generation.rawValue] + serverFlags,
            in: folder(client),
            input: lines.map { $0 + "\n" }.joined()
        )
        guard result.status == 0 else {
            throw ProgramFailure(description: "the reference sender failed: \(result.errors)")
        }
        return result.lines.compactMap { $0.split(separator: " ").first.map(String.init) }
    }

    /// Runs `cmq-send` in the client's folder, with nothing but its files and what its generation needs.
    func cmqSend(_ lines: [String], as client: String = "alice", _ flags: [String] = []) async throws -> CommandResult {
        try await run(
            "cmq-send",
            ["--suite", generation.suite, "--quiet"] + (generation == .v10 ? ["--to", "bob"] : []) + plainFlags + flags,
            input: lines.map { $0 + "\n" }.joined(),
            in: folder(client)
        )
    }

    /// Runs `cmq-recv` in the client's folder.
    func cmqReceive(as client: String = "bob", _ flags: [String]) async throws -> CommandResult {
        try await run("cmq-recv", plainFlags + flags, in: folder(client))
    }

    /// Starts `cmq-recv` in the client's folder.
    func startCMQReceive(as client: String = "bob", _ flags: [String]) throws -> RunningCommand {
        try RunningCommand("cmq-recv", plainFlags + flags, in: folder(client))
    }

    // MARK: What arrived

    /// The texts in the file that a receiver of this generation, or `cmq-recv` in its place, wrote, without the
    /// standard form around them.
    func receivedTexts(_ client: String = "bob") throws -> [String] {
        let text = try text(client, generation.outputFile)
        let lines = generation == .v10 ? [] : text.split(separator: "\n").map { Data($0.utf8) }
        let records =
            generation == .v10
            ? try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]] ?? []
            : try lines.map { try #require(try JSONSerialization.jsonObject(with: $0) as? [String: Any]) }
        return try records.map { try Self.content(try #require($0["message"] as? String)) }
    }

    /// The content of a message of the standard form; a text that has none as it is.
    static func content(_ text: String) throws -> String {
        guard let object = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
            return text
        }
        return object["content"] as? String ?? text
    }
}

struct ProgramFailure: Error, CustomStringConvertible {
    var description: String
}
