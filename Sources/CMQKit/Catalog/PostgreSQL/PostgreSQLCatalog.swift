internal import CMQPostgreSQL
internal import Synchronization

/// The catalog in a PostgreSQL database: what organisations run.
///
/// It has up to three connections, each with a thread of its own: one writes the projection, one stores and finds
/// public keys, which somebody waits for, and one deletes what is old. They are made when they are needed, and
/// again when they are lost.
package final class PostgreSQLCatalog: Catalog {
    let server: PostgreSQLParameters
    let sealer: PublicKeySealer
    let keyHistoryLimit: Int
    let keys: PostgreSQLSession
    private let writer: PostgreSQLSession
    private let upkeep: PostgreSQLSession
    private let prunedThrough = Mark()
    private let attachment: Attachment

    /// Does not connect: the database may be away.
    package init(_ options: PostgreSQLCatalogOptions) throws(CatalogError) {
        server = options.server
        keyHistoryLimit = options.keyHistoryLimit
        let sealer = try PublicKeySealer(aesKey: options.aesKey, algorithm: options.keyAlgorithm)
        self.sealer = sealer
        let attachment = Attachment()
        self.attachment = attachment
        let server = options.server
        var (forWriter, forKeys, forUpkeep) = (server, server, server)
        forWriter.applicationName = "cmq-broker projection"
        forKeys.applicationName = "cmq-broker keys"
        forUpkeep.applicationName = "cmq-broker retention"
        (writer, keys, upkeep) = try reportingFailures("open", server) {
            (
                try PostgreSQLSession(forWriter) { connection in
                    try PostgreSQLSchema.migrate(connection, server: server)
                    try PostgreSQLSettings.apply(to: connection)
                    try PostgreSQLSettings.preferIndexes(connection)
                    try PostgreSQLAdoption.run(connection)
                    if attachment.journalID != nil { try Self.lockWriting(connection, server) }
                },
                // Somebody waits, and to register the same key twice is to register it once.
                try PostgreSQLSession(forKeys, repeatsAfterLoss: true) { connection in
                    try PostgreSQLSchema.migrate(connection, server: server)
                    try PostgreSQLSettings.apply(to: connection, statementTimeout: Self.keyTimeout)
                    try PostgreSQLKeys(connection: connection).check(with: sealer, of: server)
                },
                try PostgreSQLSession(forUpkeep) { connection in
                    try PostgreSQLSettings.apply(to: connection)
                    try PostgreSQLSettings.preferIndexes(connection)
                }
            )
        }
    }

    deinit {
        for session in [writer, keys, upkeep] { session.close() }
    }

    /// How long somebody waits for a key.
    static let keyTimeout = Duration.seconds(5)

    /// Connects, brings the tables up to date and checks the key. The other calls do the same when it is needed.
    package func connect() throws(CatalogError) {
        try reportingFailures("open", server) {
            try writer.perform { _ in }
            try keys.perform { _ in }
        }
    }

    package func attach(journalID: String) throws(CatalogError) -> UInt64 {
        let (attachment, server) = (attachment, server)
        return try reportingFailures("update", server) {
            try writer.perform { connection in
                if attachment.journalID == nil {
                    try Self.lockWriting(connection, server)
                }
                attachment.journalID = journalID
                if let position = try Self.mark(connection)?.position(of: journalID) { return position }
                try Self.store(ProjectionMark(journalID: journalID, position: 0), on: connection)
                return 0
            }
        }
    }

    package func position(journalID: String) throws(CatalogError) -> UInt64? {
        try reportingFailures("read", server) {
            try writer.perform { connection -> UInt64? in
                try Self.mark(connection, isToChange: false)?.position(of: journalID)
            }
        }
    }

    @discardableResult
    package func apply(
        _ events: [CatalogEvent],
        through position: UInt64
    ) throws(CatalogError) -> ProjectionOutcome {
        let batch = EventBatch(events)
        let (attachment, server) = (attachment, server)
        return try reportingFailures("update", server) {
            try writer.perform { connection in
                guard let journalID = attachment.journalID else {
                    throw CatalogError(.constraint, "the catalog \(server) is not attached to a journal")
                }
                return try connection.transaction { () throws(PostgreSQLError) in
                    guard let stored = try Self.mark(connection), stored.journalID == journalID else {
                        throw PostgreSQLError(.server, "another broker has taken the catalog over", sqlState: "55000")
                    }
                    guard position > stored.position else {
                        return ProjectionOutcome(isApplied: false, ignoredMessages: 0)
                    }
                    let ignored = try PostgreSQLProjection(connection: connection).write(batch)
                    try PostgreSQLTopology(connection: connection).apply(batch.topology)
                    try Self.store(ProjectionMark(journalID: journalID, position: position), on: connection)
                    return ProjectionOutcome(isApplied: true, ignoredMessages: ignored)
                }
            }
        }
    }

    package func prune(acknowledgedBefore time: CatalogTime, limit: Int) throws(CatalogError) -> Int {
        try reportingFailures("prune", server) {
            try upkeep.perform { [prunedThrough] connection in
                let step = try PostgreSQLRetention(connection: connection)
                    .prune(acknowledgedBefore: time, limit: limit, from: prunedThrough.microseconds)
                prunedThrough.microseconds = step.reached
                return step.pruned
            }
        }
    }

    package func interrupt() {
        for session in [writer, keys, upkeep] { session.interrupt() }
    }

    package func close() throws(CatalogError) {
        for session in [writer, keys, upkeep] { session.close() }
    }

    // MARK: The position

    /// Two brokers on one database would take turns at writing each other's position.
    private static func lockWriting(_ connection: PostgreSQLConnection, _ server: PostgreSQLParameters) throws {
        do throws(PostgreSQLError) {
            // Waits as long as `lock_timeout`: after a crash the server may still be ending the last connection.
            _ = try connection.execute("SELECT pg_advisory_lock($1)", [.integer(PostgreSQLSchema.writerLock)])
        } catch {
            guard error.sqlState == "55P03" else { throw error }
            throw CatalogError(
                .unavailable,
                "another broker writes to the catalog \(server)",
                remedy: "give each broker a database of its own, or end the other one"
            )
        }
    }

    private static func mark(
        _ connection: PostgreSQLConnection,
        isToChange: Bool = true
    ) throws(PostgreSQLError) -> ProjectionMark? {
        let result = try connection.executePrepared(
            isToChange
                ? "SELECT journal_id, position FROM cmq_projection WHERE id = 1 FOR UPDATE"
                : "SELECT journal_id, position FROM cmq_projection WHERE id = 1"
        )
        guard let row = result.first, let journalID = row.text(0), let position = row.integer(1) else { return nil }
        return ProjectionMark(journalID: journalID, position: UInt64(bitPattern: Int64(position)))
    }

    private static func store(_ mark: ProjectionMark, on connection: PostgreSQLConnection) throws(PostgreSQLError) {
        _ = try connection.executePrepared(
            """
            INSERT INTO cmq_projection (id, journal_id, position, updated_time) VALUES (1, $1, $2, $3)
            ON CONFLICT (id) DO UPDATE SET journal_id = excluded.journal_id, position = excluded.position,
                updated_time = excluded.updated_time
            """,
            [
                .text(mark.journalID), .integer(Int64(bitPattern: mark.position)),
                .text(CatalogTime.now().description),
            ]
        )
    }
}

/// The journal that the catalog follows, once it does.
private final class Attachment: Sendable {
    private let identifier = Mutex<String?>(nil)

    var journalID: String? {
        get { identifier.withLock { $0 } }
        set { identifier.withLock { $0 = newValue } }
    }
}

/// How far the deletion of old rows has come, in microseconds since 1970.
private final class Mark: Sendable {
    private let value = Mutex<Int64?>(nil)

    var microseconds: Int64? {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}
