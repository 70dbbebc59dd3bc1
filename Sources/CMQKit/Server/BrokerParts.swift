internal import CMQBrokerCore
internal import CMQCatalog
internal import CMQConfiguration
internal import CMQJournal
internal import CMQLogging
internal import CMQPostgreSQL
internal import CMQSecrets
internal import CMQWire
internal import Foundation
internal import Logging
internal import NIOCore
internal import NIOPosix

/// What lives behind the listening socket, opened and closed together.
struct BrokerParts: Sendable {
    let coreGroup: MultiThreadedEventLoopGroup
    let sessionGroup: MultiThreadedEventLoopGroup
    let loop: LoopReference
    let journal: Journal
    let catalog: any Catalog
    let keys: KeyDirectory
    let projector: Projector
    let retention: RetentionWorker?
    let tickMilliseconds: Int64
    let logger: Logger

    static func open(
        _ configuration: BrokerConfiguration,
        logger: Logger,
        journalFileSystem: any JournalFileSystem,
        onFailure: @escaping @Sendable (String) -> Void
    ) async throws -> BrokerParts {
        let catalog = try BrokerStartError.naming(.catalog) { try openCatalog(configuration) }
        let recovered = try BrokerStartError.naming(.journal) { try recover(configuration, journalFileSystem, logger) }
        let journal = recovered.journal
        try BrokerStartError.naming(.catalog) { try Projector.refuseAhead(catalog, of: journal) }
        var settings = BrokerLoopSettings(configuration)
        settings.onFailure = onFailure
        let coreGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let threads = configuration.server.eventLoopThreads ?? sessionThreads(cores: System.coreCount)
        let queueNames = recovered.core.queueNames
        let loopSettings = settings
        let keys = KeyDirectory(catalog: catalog)
        let loop = try await coreGroup.next().submit {
            LoopReference(
                BrokerLoop(
                    eventLoop: coreGroup.next(),
                    settings: loopSettings,
                    core: recovered.core,
                    journal: journal,
                    recordsEnd: journal.nextPosition,
                    keys: keys,
                    logger: logger
                )
            )
        }.get()
        let projector = Projector(journal: journal, catalog: catalog, logger: logger) { event in
            if event == .attached { keys.refresh() }
            loop.execute { $0.follow(event) }
        }
        try BrokerStartError.naming(.journal) {
            try journal.start(
                onDurable: { position in
                    loop.execute { $0.durable(through: position) }
                    projector.advance()
                },
                onFailure: { error in loop.execute { $0.fail(error) } }
            )
        }
        projector.start(queueNames: queueNames)
        let retention = configuration.database.retention.map {
            RetentionWorker(catalog: catalog, age: $0, logger: logger)
        }
        retention?.start()
        return BrokerParts(
            coreGroup: coreGroup,
            sessionGroup: threads.map { MultiThreadedEventLoopGroup(numberOfThreads: $0) } ?? coreGroup,
            loop: loop,
            journal: journal,
            catalog: catalog,
            keys: keys,
            projector: projector,
            retention: retention,
            tickMilliseconds: settings.tickMilliseconds,
            logger: logger
        )
    }

    /// Makes what was accepted durable and answers it.
    func drain() async {
        try? await loop.flatSubmit { $0.finish() }.get()
    }

    /// Does so once more, for the ends of the sessions; nothing is recorded afterwards.
    func end() async {
        try? await loop.flatSubmit { $0.end() }.get()
    }

    func close() async {
        let (journal, keys, projector, retention, catalog) = (journal, keys, projector, retention, catalog)
        let logger = logger
        await onThread {
            projector.stop()
            retention?.stop()
            // The projector's last word may have been that the catalog is back: the keys are read anew then.
            keys.drain()
            do throws(JournalError) {
                try journal.close()
            } catch {
                logger.error("The journal was not closed cleanly: \(error)")
            }
            try? catalog.close()
        }
        if sessionGroup !== coreGroup { try? await sessionGroup.shutdownGracefully() }
        try? await coreGroup.shutdownGracefully()
    }

    /// Runs blocking work on a thread of its own.
    private func onThread(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                body()
                continuation.resume()
            }
        }
    }

    /// The threads for sessions; `nil` lets the loop's own thread serve them. With two cores or one, the hops between
    /// two threads and their switching cost more than working side by side gains.
    private static func sessionThreads(cores: Int) -> Int? {
        cores > 2 ? cores - 1 : nil
    }

    // MARK: Opening

    private static func recover(
        _ configuration: BrokerConfiguration,
        _ fileSystem: any JournalFileSystem,
        _ logger: Logger
    ) throws -> (journal: Journal, core: BrokerCore) {
        let directory = configuration.journal.directory ?? configuration.server.dataDirectory + "/journal"
        var options = JournalConfiguration(directory: directory)
        options.segmentBytes = configuration.journal.segmentBytes
        options.recordBytesMax = configuration.limits.messageBytes + (1 << 20)
        options.recentBytesMax = min(options.recentBytesMax, configuration.limits.bodyMemoryBytes)
        options.lowWaterBytes = UInt64(configuration.limits.diskLowWaterBytes)
        var core = BrokerCore(limits: CoreLimits(configuration))
        let (journal, report) = try Journal.open(
            options,
            fileSystem: fileSystem,
            onCheckpoint: { checkpoint in
                let bytes = try checkpoint.readAll()
                try bytes.withUnsafeBytes { try core.restore(checkpoint: $0) }
            },
            onRecord: { record in
                let decoded = try BrokerRecord.decode(kind: record.kind, payload: record.payload)
                try core.replay(decoded.record, at: record.position)
            }
        )
        core.finishRecovery()
        if report.droppedBytes > 0 {
            logger.warning(
                """
                The journal ended in an unfinished write at offset \(report.endOffset), which is gone: a crash leaves \
                such an end, and nothing shows that any of it was acknowledged
                """,
                metadata: Logger.Metadata([.bytes: "\(report.droppedBytes)", .file: "\(report.endPath)"])
            )
        }
        logger.info("Journal recovered", metadata: Logger.Metadata([.count: "\(report.recordCount)"]))
        return (journal, core)
    }

    private static func openCatalog(_ configuration: BrokerConfiguration) throws -> any Catalog {
        try makeDirectory(configuration.server.dataDirectory)
        switch configuration.database.location {
        case .sqlite(let path):
            return try SQLiteCatalog(
                SQLiteCatalogOptions(
                    path: path,
                    aesKey: try catalogKey(configuration.encryption.key, catalog: path),
                    keyAlgorithm: keyAlgorithm(configuration)
                )
            )
        case .postgreSQL:
            return try openPostgreSQL(configuration)
        }
    }

    /// A database that is away is no reason not to start: the journal has everything that clients need. One that
    /// answers and is the wrong one, or does not let this broker in, is.
    private static func openPostgreSQL(_ configuration: BrokerConfiguration) throws -> PostgreSQLCatalog {
        let server = PostgreSQLParameters(configuration.database)
        let catalog = try PostgreSQLCatalog(
            PostgreSQLCatalogOptions(
                server: server,
                aesKey: try catalogKey(configuration.encryption.key, catalog: nil),
                keyAlgorithm: keyAlgorithm(configuration)
            )
        )
        do throws(CatalogError) {
            try catalog.connect()
        } catch {
            guard error.code == .unavailable, !configuration.database.isRequired else {
                try? catalog.close()
                throw error
            }
        }
        return catalog
    }

    private static func keyAlgorithm(_ configuration: BrokerConfiguration) -> KeyAlgorithm {
        configuration.encryption.algorithm == .aes256GCM ? .aes256GCM : .chaCha20Poly1305
    }

    private static func makeDirectory(_ path: String) throws {
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
    }

    /// The key of the catalog; one of the broker's own is made with a new catalog, never with an old one.
    ///
    /// - Parameter catalog: The catalog's file; `nil` where it has none.
    private static func catalogKey(_ key: CatalogKey, catalog: String?) throws -> SecretBytes {
        do throws(FileError) {
            return try key.read()
        } catch {
            guard error.isMissing else { throw error }
            if let catalog, FileManager.default.fileExists(atPath: catalog) {
                throw BrokerStartError(
                    .catalog,
                    "\(error.path) is missing, and the keys in \(catalog) are encrypted under it; restore it from a backup"
                )
            }
            try key.generate()
            return try key.read()
        }
    }
}
