import Foundation
import TestSupport
import Testing

/// `cmq-admin journal backup` and `repair`, and what the broker says of files that it must not touch.
@Suite struct AdminRepairTests {
    @Test func `a backup of a running broker brings back what was acknowledged`() async throws {
        try await AdminFixture.with { admin in
            try await admin.publish("m-1", "m-2", "m-3")
            try await admin.acknowledgeOne()
            let made = try await admin.local("journal", "backup", "copy")
            #expect(made.status == 0, "\(made.errors)")
            #expect(made.lines.last == "result       whole")
            let again = try await admin.local("journal", "backup", "copy")
            #expect(again.status == 73)
            #expect(again.errors.contains("there is a journal already"))
            try await admin.publish("too-late")
            await admin.toolkit.killBroker()
            try FileManager.default.removeItem(atPath: admin.toolkit.journalPath)
            let copy = admin.toolkit.directory.file("copy")
            try FileManager.default.moveItem(atPath: copy, toPath: admin.toolkit.journalPath)
            // The catalog is newer than the backup, so it goes as well.
            for suffix in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: admin.toolkit.catalogPath + suffix)
            }
            try await admin.toolkit.startBroker()
            #expect(try await admin.ready("bob") == 2)
        }
    }

    /// As docs/operations.md says: the catalog first, the journal second, and messages come meanwhile.
    @Test func `a backup of catalog and journal is one that fits and goes on`() async throws {
        try await AdminFixture.with { admin in
            let directory = admin.toolkit.directory
            try await admin.publish("m-1", "m-2")
            try await admin.acknowledgeOne()
            try await admin.waitForCatalog()
            let copied = try await run(
                "python3",
                [
                    "-c",
                    "import sqlite3, sys; sqlite3.connect(sys.argv[1]).backup(sqlite3.connect(sys.argv[2]))",
                    admin.toolkit.catalogPath, directory.file("catalog.copy"),
                ],
                in: directory.url
            )
            #expect(copied.status == 0, "\(copied.errors)")
            try await admin.publish("m-3")
            let made = try await admin.local("journal", "backup", "copy")
            #expect(made.status == 0, "\(made.errors)")
            try await admin.publish("too-late")
            try await admin.waitForCatalog()
            await admin.toolkit.killBroker()
            let files = FileManager.default
            try files.removeItem(atPath: admin.toolkit.journalPath)
            try files.moveItem(atPath: directory.file("copy"), toPath: admin.toolkit.journalPath)
            // With the catalog that it has, which knows of more, the broker must not go on.
            let refused = try await admin.toolkit.runBroker()
            #expect(refused.status == 69, "\(refused)")
            #expect(refused.errors.contains("the catalog is of a later state than the journal"))
            for suffix in ["", "-wal", "-shm"] { try? files.removeItem(atPath: admin.toolkit.catalogPath + suffix) }
            try files.moveItem(atPath: directory.file("catalog.copy"), toPath: admin.toolkit.catalogPath)
            try await admin.toolkit.startBroker()
            try await admin.waitForCatalog()
            let rows = try await admin.local("messages", "--json").objects()
            #expect(Set(rows.compactMap { $0["message_id"] as? String }) == ["m-1", "m-2", "m-3"])
            #expect(rows.count { $0["state"] as? String == "acknowledged" } == 1)
            #expect(try await admin.ready("bob") == 2)
        }
    }

    /// Everything but the spare files, as on another machine.
    @Test func `a stopped broker's files go on where they are copied to`() async throws {
        try await AdminFixture.with { admin in
            try await admin.publish("m-1", "m-2", "m-3")
            try await admin.acknowledgeOne()
            _ = await admin.toolkit.stopBroker()
            let directory = admin.toolkit.directory
            let script = """
                mkdir new && tar -c --exclude='*.spare' cmq-data | tar -x -C new
                rm -r cmq-data && mv new/cmq-data .
                """
            let moved = try await run("sh", ["-e", "-c", script], in: directory.url)
            #expect(moved.status == 0, "\(moved.errors)")
            try await admin.toolkit.startBroker()
            #expect(try await admin.ready("bob") == 2)
            try await admin.publish("m-4")
            try await admin.waitForCatalog()
            let rows = try await admin.local("messages", "--json").objects()
            #expect(Set(rows.compactMap { $0["message_id"] as? String }) == ["m-1", "m-2", "m-3", "m-4"])
        }
    }

    @Test func `repair says which message is lost, keeps the original, and the broker starts`() async throws {
        try await AdminFixture.with { admin in
            try await admin.publish("m-1", "m-2", "m-3")
            let row = try #require(
                try await admin.local("journal", "inspect", "--message", "m-2", "--json").objects().first
            )
            let busy = try await admin.local("journal", "repair")
            #expect(busy.status == 75)
            #expect(busy.errors.contains("the journal is in use by process"))
            await admin.toolkit.killBroker()
            let segment = try #require(row["segment"] as? String)
            let offset = try #require(row["offset"] as? Int)
            let bytes = try #require(row["payload_bytes"] as? Int)
            let path = "\(admin.toolkit.journalPath)/\(segment)"
            // The last byte of the envelope.
            try change(path) { $0[offset + 16 + bytes - 2] ^= 1 }
            let refused = try await admin.toolkit.runBroker()
            #expect(refused.status != 0 && refused.errors.contains("\(segment), offset \(offset))"), "\(refused)")
            let damaged = try Data(contentsOf: URL(fileURLWithPath: path))
            let plan = try await admin.local("journal", "repair")
            #expect(plan.status == 1)
            #expect(plan.lines.contains { $0.hasPrefix("LOST ") && $0.hasSuffix("published of message m-2") })
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == damaged)
            let repaired = try await admin.local("journal", "repair", "--write", "--json")
            #expect(repaired.status == 0, "\(repaired.errors)")
            let backup = try #require(try repaired.object()["backup"] as? String)
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(backup)/\(segment)")) == damaged)
            let verified = try await admin.local("journal", "verify")
            #expect(verified.status == 0)
            #expect(verified.lines.contains("lost         1 place that an earlier repair gave up"))
            #expect(try await admin.local("journal", "repair").lines.last == "result       nothing to repair")
            try await admin.toolkit.startBroker()
            #expect(try await admin.ready("bob") == 2)
            try await admin.publish("m-4")
            #expect(try await admin.ready("bob") == 3)
        }
    }

    /// After a rollback to an older program.
    @Test(arguments: ["journal.id", "0000000000000000.segment"])
    func `a journal of a newer format is refused by name and left as it is`(name: String) async throws {
        try await AdminFixture.with { admin in
            try await admin.publish("m-1")
            await admin.toolkit.killBroker()
            let path = "\(admin.toolkit.journalPath)/\(name)"
            try change(path) { bytes in
                bytes[8] = 2
                let end = name == "journal.id" ? 44 : 4092
                let checksum = Self.checksum(bytes[..<end])
                for index in 0..<4 { bytes[end + index] = UInt8(truncatingIfNeeded: checksum >> (8 * index)) }
            }
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            let refused = try await admin.toolkit.runBroker()
            #expect(refused.status != 0 && refused.status != 124, "\(refused)")
            #expect(refused.errors.contains("the file has format version 2, this program reads 1 (\(path), offset 8)"))
            #expect(refused.errors.contains("use the program version that wrote the journal, or a newer one"))
            let repair = try await admin.local("journal", "repair", "--write")
            #expect(repair.status == 65)
            #expect(repair.errors.contains("format version 2"))
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        }
    }

    private func change(_ path: String, _ body: (inout [UInt8]) -> Void) throws {
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        var bytes = [UInt8](try file.readToEnd() ?? Data())
        body(&bytes)
        try file.seek(toOffset: 0)
        try file.write(contentsOf: Data(bytes))
        try file.close()
    }

    /// CRC-32C, bit by bit.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        ~bytes.reduce(~0 as UInt32) { checksum, byte in
            (0..<8).reduce(checksum ^ UInt32(byte)) { value, _ in
                value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1
            }
        }
    }
}
