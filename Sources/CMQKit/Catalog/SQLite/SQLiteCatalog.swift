internal import CMQSecrets
internal import GRDB
internal import Glibc

/// The catalog in one SQLite file: the embedded default.
package final class SQLiteCatalog: Catalog {
    let path: String
    let queue: DatabaseQueue
    let sealer: PublicKeySealer
    let keyHistoryLimit: Int

    /// Opens the database, makes it (mode 0600) where there is none, and migrates one of an earlier version.
    ///
    /// - Throws: ``CatalogError``; ``CatalogError/Code/keyMismatch`` when the key opens none of the stored
    ///   public keys.
    package init(_ options: SQLiteCatalogOptions) throws(CatalogError) {
        path = options.path
        keyHistoryLimit = options.keyHistoryLimit
        sealer = try PublicKeySealer(aesKey: options.aesKey, algorithm: options.keyAlgorithm)
        try Self.createFile(at: options.path)
        let configuration = Self.configuration(cacheBytes: options.cacheBytes)
        queue = try reportingFailures("open", options.path) {
            try Self.open(options.path, configuration)
        }
        try reportingFailures("open", path) {
            try queue.writeWithoutTransaction { database in
                // What was applied has to survive a power cut: the broker gives up the journal's segments for it.
                // Not in the configuration: GRDB sets NORMAL after that, together with write-ahead logging.
                try database.execute(sql: "PRAGMA synchronous = FULL")
                try SQLiteSchema.migrate(database, path: path)
                try checkKey(database)
            }
        }
    }

    /// Opens the database, and again as long as another program is about to do the same: SQLite does not wait for that
    /// one where the change to write-ahead logging is made, and tells nobody when it is done.
    private static func open(_ path: String, _ configuration: Configuration) throws -> DatabaseQueue {
        let deadline = ContinuousClock.now + .seconds(busySeconds)
        while true {
            do {
                return try DatabaseQueue(path: path, configuration: configuration)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && .now < deadline {
                usleep(20_000)
            }
        }
    }

    /// How long to wait for another program.
    private static let busySeconds = 10

    package func interrupt() {
        queue.interrupt()
    }

    package func releaseMemory() {
        queue.releaseMemory()
    }

    package func close() throws(CatalogError) {
        try reportingFailures("close", path) { try queue.close() }
    }

    package func attach(journalID: String) throws(CatalogError) -> UInt64 {
        try reportingFailures("update", path) {
            try queue.write { database in
                if let position = try SQLiteProjection.position(database)?.position(of: journalID) { return position }
                try SQLiteProjection.store(ProjectionMark(journalID: journalID, position: 0), in: database)
                return 0
            }
        }
    }

    package func position(journalID: String) throws(CatalogError) -> UInt64? {
        try reportingFailures("read", path) {
            try queue.read { database -> UInt64? in
                try SQLiteProjection.position(database)?.position(of: journalID)
            }
        }
    }

    @discardableResult
    package func apply(
        _ events: [CatalogEvent],
        through position: UInt64
    ) throws(CatalogError) -> ProjectionOutcome {
        let batch = EventBatch(events)
        return try reportingFailures("update", path) {
            try queue.write { database in
                guard var stored = try SQLiteProjection.position(database) else {
                    throw CatalogError(.constraint, "the catalog \(path) is not attached to a journal")
                }
                guard position > stored.position else { return ProjectionOutcome(isApplied: false, ignoredMessages: 0) }
                let projection = try SQLiteProjection(database)
                let ignored = try projection.write(batch)
                try SQLiteTopology(database: database).apply(batch.topology)
                stored.position = position
                try SQLiteProjection.store(stored, in: database)
                return ProjectionOutcome(isApplied: true, ignoredMessages: ignored)
            }
        }
    }

    package func prune(acknowledgedBefore time: CatalogTime, limit: Int) throws(CatalogError) -> Int {
        try reportingFailures("prune", path) {
            try queue.write { database in
                try SQLiteRetention(database: database).prune(acknowledgedBefore: time, limit: limit)
            }
        }
    }

    /// SQLite gives its side files the mode of the main one, so that this is all there is to it.
    private static func createFile(at path: String) throws(CatalogError) {
        do throws(FileError) {
            try SafeFile.write("", to: path, mode: 0o600)
        } catch {
            if error.isExisting { return }
            throw CatalogError(
                .unavailable,
                error.description,
                remedy: "check that the directory exists and that this user may write to it"
            )
        }
    }

    private static func configuration(cacheBytes: Int) -> Configuration {
        var configuration = Configuration()
        configuration.label = "cmq.catalog"
        // Write-ahead logging lets readers work meanwhile.
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(Double(busySeconds))
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA cache_size = \(-max(cacheBytes >> 10, 1))")
            // Random ids touch the same index pages again and again: fewer checkpoints write each of them less often.
            try database.execute(sql: "PRAGMA wal_autocheckpoint = 8000")
            try database.execute(sql: "PRAGMA journal_size_limit = 67108864")
        }
        return configuration
    }
}
