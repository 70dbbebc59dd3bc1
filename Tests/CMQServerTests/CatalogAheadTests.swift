import CMQCatalog
import CMQJournal
import CMQSecrets
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import CMQServer

/// The journal comes from an older backup than the catalog.
@Suite struct CatalogAheadTests {
    private static let sentence = "the catalog is of a later state than the journal"

    private func open(_ path: String) throws -> SQLiteCatalog {
        let key = SecretBytes(copying: [UInt8](repeating: 7, count: 32))
        return try SQLiteCatalog(SQLiteCatalogOptions(path: path, aesKey: key))
    }

    @Test(.timeLimit(.minutes(1)))
    func endsTheStartAndNamesTheRemedy() async throws {
        try await TestBroker.with { broker in
            let bob = try await broker.consumer("bob", queue: "q")
            #expect(try await bob.ask("publish x q {\"message_id\":\"m1\"}") == ["ACK m1"])
            await broker.stop()
            let path = broker.directory.file("data/catalog.db")
            let catalog = try open(path)
            #expect(try catalog.apply([], through: 1 << 40).isApplied)
            try catalog.close()
            let refusal = await #expect(throws: BrokerStartError.self) {
                try await broker.restarted { _ in }
            }
            #expect(refusal?.part == .catalog)
            #expect(refusal?.description.contains(Self.sentence) == true, "\(String(describing: refusal))")
            #expect(refusal?.remedy?.contains("move the catalog away") == true)
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
            try await broker.restarted { broker in
                let bob = try await broker.client("bob")
                #expect(try await bob.ask("fetch q") == ["Message: m1 {\"message_id\":\"m1\"}"])
            }
        }
    }

    /// A database that was away at the start is looked at when it is back.
    @Test(.timeLimit(.minutes(1)))
    func theProjectorGivesItNothing() async throws {
        let directory = try TemporaryDirectory()
        var configuration = JournalConfiguration(directory: directory.file("journal"))
        configuration.segmentBytes = 1 << 20
        let (journal, _) = try Journal.open(configuration, onCheckpoint: { _ in }, onRecord: { _ in })
        let catalog = try open(directory.file("catalog.db"))
        _ = try catalog.attach(journalID: journal.identifier)
        #expect(throws: Never.self) { try Projector.refuseAhead(catalog, of: journal) }
        try catalog.apply([], through: 1)
        #expect(throws: CatalogError.self) { try Projector.refuseAhead(catalog, of: journal) }

        let log = LogLines()
        let events = Mutex<[Projector.Event]>([])
        let logger = Logger(label: "test") { _ in log }
        let projector = Projector(journal: journal, catalog: catalog, logger: logger) { event in
            events.withLock { $0.append(event) }
        }
        projector.start(queueNames: [])
        await log.wait(for: Self.sentence)
        projector.stop()
        let seen = events.withLock { $0 }
        #expect(seen == [.lost])
        try catalog.close()
    }
}
