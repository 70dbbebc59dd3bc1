import CMQConfiguration
import CMQJournal
import CMQServer
import Foundation
import Logging
import NIOSSL
import Synchronization
import TestSupport

/// A broker in this process, on a port of its own, with real certificates and real files.
final class TestBroker: Sendable {
    let directory: TemporaryDirectory
    let pki: TestPKI
    let log: LogLines
    private let settings: BrokerConfiguration
    private let fileSystem: any JournalFileSystem
    private let server: BrokerServer

    var port: Int { server.port }
    var sessionBytes: Int { server.sessionBytes }
    var connectionCount: Int { server.connectionCount }

    private init(
        directory: TemporaryDirectory,
        pki: TestPKI,
        log: LogLines,
        settings: BrokerConfiguration,
        fileSystem: any JournalFileSystem,
        server: BrokerServer
    ) {
        self.directory = directory
        self.pki = pki
        self.log = log
        self.settings = settings
        self.fileSystem = fileSystem
        self.server = server
    }

    /// Runs `body` with a fresh broker and stops it afterwards.
    static func with(
        clients: [String] = ["alice", "bob", "mallory", "admin"],
        fileSystem: any JournalFileSystem = LocalFileSystem(),
        _ change: (inout BrokerConfiguration, TestPKI) throws -> Void = { _, _ in },
        _ body: (TestBroker) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory()
        let pki = try TestPKI(in: directory, clients: clients)
        var settings = BrokerConfiguration()
        settings.server.address = ListenAddress(host: "127.0.0.1", port: 0)
        settings.server.dataDirectory = directory.file("data")
        settings.database.location = .sqlite(path: directory.file("data/catalog.db"))
        settings.encryption.key = .generated(path: directory.file("data/catalog.key"))
        settings.tls.certificatePath = pki.serverCertificatePath
        settings.tls.keyPath = pki.serverKeyPath
        settings.tls.caPath = pki.caPath
        settings.journal.segmentBytes = 1 << 20
        settings.limits.diskLowWaterBytes = 1 << 20
        settings.security.admins = ["admin"]
        try change(&settings, pki)
        let broker = try await start(settings, fileSystem, directory: directory, pki: pki)
        do {
            try await body(broker)
        } catch {
            await broker.stop()
            throw error
        }
        await broker.stop()
    }

    private static func start(
        _ settings: BrokerConfiguration,
        _ fileSystem: any JournalFileSystem,
        directory: TemporaryDirectory,
        pki: TestPKI
    ) async throws -> TestBroker {
        let log = LogLines()
        let logger = Logger(label: "test") { _ in log }
        let server = try await BrokerServer.start(settings, logger: logger, journalFileSystem: fileSystem)
        return TestBroker(
            directory: directory,
            pki: pki,
            log: log,
            settings: settings,
            fileSystem: fileSystem,
            server: server
        )
    }

    func stop() async {
        await server.stop()
    }

    /// Stops this broker and runs `body` with another one on the same files.
    func restarted(_ body: (TestBroker) async throws -> Void) async throws {
        await stop()
        let broker = try await Self.start(settings, fileSystem, directory: directory, pki: pki)
        do {
            try await body(broker)
        } catch {
            await broker.stop()
            throw error
        }
        await broker.stop()
    }

    func reload(_ change: (inout BrokerConfiguration) -> Void = { _ in }) throws {
        var settings = settings
        change(&settings)
        try server.reload(settings)
    }

    func client(_ name: String) async throws -> LineClient {
        try await client(try pki.client(name))
    }

    func client(_ identity: TestPKI.Identity?, maximumVersion: TLSVersion? = nil) async throws -> LineClient {
        try await LineClient.connect(
            port: port,
            caPath: pki.caPath,
            identity: identity,
            maximumVersion: maximumVersion
        )
    }

    /// A client with a queue of its own, bound to the exchange `x` with the queue's name.
    func consumer(_ name: String, queue: String) async throws -> LineClient {
        let client = try await client(name)
        try await client.declare(queue: queue)
        return client
    }
}

/// The broker's log in memory.
final class LogLines: LogHandler, Sendable {
    private let state = Mutex<(lines: [String], waiters: [(String, CheckedContinuation<Void, Never>)])>(([], []))

    var lines: [String] { state.withLock { $0.lines } }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }

    var logLevel: Logger.Level {
        get { .debug }
        set {}
    }

    func log(event: LogEvent) {
        let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let line = "\(event.level.rawValue) \(event.message) \(fields.joined(separator: " "))"
        if let path = ProcessInfo.processInfo.environment["CMQ_TEST_LOG"], let file = FileHandle(forWritingAtPath: path)
        {
            file.seekToEndOfFile()
            file.write(Data((line + "\n").utf8))
        }
        state.withLock { state in
            state.lines.append(line)
            state.waiters.removeAll { text, continuation in
                guard line.contains(text) else { return false }
                continuation.resume()
                return true
            }
        }
    }

    /// Waits until a line with `text` is there.
    func wait(for text: String) async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                if state.lines.contains(where: { $0.contains(text) }) {
                    continuation.resume()
                } else {
                    state.waiters.append((text, continuation))
                }
            }
        }
    }
}
