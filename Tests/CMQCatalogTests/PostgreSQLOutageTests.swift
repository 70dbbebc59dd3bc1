import CMQCatalog
import CMQPostgreSQL
import Foundation
import TestSupport
import Testing

/// The database goes away in all the ways that a database can, and every message is there once afterwards.
@Suite struct PostgreSQLOutageTests {
    private let script = BrokerScript(seed: 41, count: 500)

    /// What the catalog holds in the end, and what it has to hold: what an undisturbed one does.
    private func expectExact(_ fixture: PostgreSQLFixture, through position: UInt64) async throws {
        let undisturbed = try await PostgreSQLFixture()
        try undisturbed.openAttached().apply(script.events, through: 1)
        for table in ["message_metadata ORDER BY message_id", "cmq_copies ORDER BY message_id, queue_name"] {
            let expected = try await undisturbed.query("SELECT * FROM \(table)")
            #expect(!expected.isEmpty)
            #expect(try await fixture.query("SELECT * FROM \(table)") == expected)
        }
        #expect(try fixture.reader().projection()?.position == position)
    }

    /// A catalog on a thread that waits for a lock in the middle of its transaction, behind the messages.
    private func stall(
        _ catalog: any Catalog,
        on fixture: PostgreSQLFixture,
        meanwhile disturb: (SQLSession) async throws -> Void
    ) async throws -> CatalogError? {
        let lock = try fixture.session()
        try await lock.execute("BEGIN")
        try await lock.execute("LOCK TABLE cmq_queues IN ACCESS EXCLUSIVE MODE")
        let events = script.events + [.queueDeclared(name: "results", time: noon)]
        async let failure = onOwnThread { () -> CatalogError? in
            do throws(CatalogError) {
                try catalog.apply(events, through: 7)
                return nil
            } catch {
                return error
            }
        }
        try await checkFor(.seconds(20)) {
            try await fixture.query(
                """
                SELECT pid FROM pg_stat_activity
                WHERE datname = '\(fixture.database)' AND wait_event_type = 'Lock'
                """
            ).count == 1
        }
        try await disturb(lock)
        return try await failure
    }

    @Test func `a connection that is killed in the middle of a batch leaves nothing of the batch`() async throws {
        let fixture = try await PostgreSQLFixture()
        let catalog = try fixture.openAttached()
        let failure = try await stall(catalog, on: fixture) { lock in
            try await fixture.query(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = '\(fixture.database)' AND wait_event_type = 'Lock'
                """
            )
            try await lock.execute("ROLLBACK")
        }
        #expect(failure?.code == .unavailable)
        #expect(try await fixture.query("SELECT * FROM message_metadata").isEmpty)
        #expect(try fixture.reader().projection()?.position == 0)
        try catalog.apply(script.events, through: 8)
        try await expectExact(fixture, through: 8)
    }

    @Test func `a server that is killed in the middle of a batch has nothing of it, and takes it again`() async throws {
        let server = try await PostgreSQLServer.start()
        let fixture = try await PostgreSQLFixture(on: server)
        let catalog = try fixture.openAttached()
        try catalog.registerPublicKey(
            PublicKeyRegistration(
                clientID: "CA-RC",
                key: [UInt8](repeating: 1, count: 32),
                fingerprint: "print",
                registeredBy: "CA-RC",
                time: noon
            )
        )
        let failure = try await stall(catalog, on: fixture) { _ in try await server.kill() }
        #expect(failure?.code == .unavailable)
        let whileAway = #expect(throws: CatalogError.self) { try catalog.apply(script.events, through: 8) }
        #expect(whileAway?.code == .unavailable)
        let key = #expect(throws: CatalogError.self) { try catalog.publicKey(of: "CA-RC") }
        #expect(key?.code == .unavailable)
        try await server.startAgain()
        #expect(try await fixture.query("SELECT * FROM message_metadata").isEmpty)
        try await untilAvailable { try catalog.apply(script.events, through: 8) }
        try await expectExact(fixture, through: 8)
        var stored: [UInt8]?
        try await untilAvailable { stored = try catalog.publicKey(of: "CA-RC") }
        #expect(stored == [UInt8](repeating: 1, count: 32))
    }

    @Test func `batches through restarts and killed connections end as undisturbed ones do`() async throws {
        let server = try await PostgreSQLServer.start(settings: ["fsync": "off"])
        let fixture = try await PostgreSQLFixture(on: server)
        let catalog = try fixture.openAttached()
        var generator = SeededGenerator(seed: 42)
        var applied = 0
        var disturbances = 0
        while applied < script.events.count {
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: try await server.terminateBackends(of: fixture.database)
            case 1: try await server.restart()
            case 2:
                try await server.kill()
                try await server.startAgain()
            default: disturbances -= 1
            }
            disturbances += 1
            let end = min(script.events.count, applied + Int.random(in: 1...250, using: &generator))
            let slice = Array(script.events[applied..<end])
            try await untilAvailable { try catalog.apply(slice, through: UInt64(end)) }
            applied = end
        }
        #expect(disturbances >= 3)
        try await expectExact(fixture, through: UInt64(script.events.count))
    }

    @Test func `a server that does not answer is left when the broker wants to end`() async throws {
        let server = try await PostgreSQLServer.start(settings: ["fsync": "off"])
        let fixture = try await PostgreSQLFixture(on: server)
        let catalog = try fixture.openAttached()
        server.freeze()
        let started = ContinuousClock.now
        async let failure = onOwnThread { () -> CatalogError? in
            do throws(CatalogError) {
                try catalog.apply(script.events, through: 1)
                return nil
            } catch {
                return error
            }
        }
        async let interrupted: Void = checkFor(.seconds(20)) {
            catalog.interrupt()
            return ContinuousClock.now - started > .milliseconds(200)
        }
        #expect(try await failure?.code == .unavailable)
        try await interrupted
        #expect(ContinuousClock.now - started < .seconds(5))
        server.thaw()
        try await untilAvailable { try catalog.apply(script.events, through: 2) }
        try await expectExact(fixture, through: 2)
    }

    @Test func `a full disk stops the projection until there is space again`() async throws {
        let server = try await PostgreSQLServer.start(settings: ["fsync": "off"], smallDisk: 24)
        let fixture = try await PostgreSQLFixture(on: server, inTablespace: PostgreSQLServer.smallTablespace)
        let catalog = try fixture.openAttached()
        try await server.fillSmallDisk()
        let failure = #expect(throws: CatalogError.self) { try catalog.apply(script.events, through: 1) }
        #expect(failure?.code == .unavailable)
        #expect(failure?.message.contains("53100") == true)
        #expect(failure?.remedy?.contains("disk") == true)
        try await server.freeSmallDisk()
        #expect(try await fixture.query("SELECT * FROM message_metadata").isEmpty)
        try await untilAvailable { try catalog.apply(script.events, through: 2) }
        try await expectExact(fixture, through: 2)
    }

    @Test func `a server without a free connection is unavailable until it has one`() async throws {
        let server = try await PostgreSQLServer.start(
            settings: ["fsync": "off", "max_connections": "5", "superuser_reserved_connections": "3"]
        )
        let fixture = try await PostgreSQLFixture(on: server)
        try fixture.open().close()
        try await checkFor(.seconds(20)) { try await server.backendCount(of: fixture.database) == 0 }
        let others = [try fixture.session(), try fixture.session()]
        for session in others { try await session.execute("BEGIN") }
        let catalog = try fixture.catalog()
        let failure = #expect(throws: CatalogError.self) { try catalog.connect() }
        #expect(failure?.code == .unavailable)
        #expect(failure?.message.contains("53300") == true)
        #expect(failure?.remedy?.contains("max_connections") == true)
        for session in others { #expect(try await session.end()) }
        try await untilAvailable { try catalog.connect() }
        #expect(try catalog.attach(journalID: "journal-1") == 0)
    }

    /// Does it again as long as the catalog is unavailable, as the broker does.
    private func untilAvailable(_ body: () throws -> Void) async throws {
        try await checkFor(.seconds(30), every: .milliseconds(50)) {
            do {
                try body()
                return true
            } catch let error as CatalogError where error.code == .unavailable {
                return false
            }
        }
    }
}
