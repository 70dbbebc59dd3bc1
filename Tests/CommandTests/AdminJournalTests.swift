import Foundation
import TestSupport
import Testing

/// `cmq-admin journal`.
@Suite struct AdminJournalTests {
    @Test func `inspect says what each record says while the broker runs, and shows no envelope`() async throws {
        try await AdminFixture.with { admin in
            try await admin.publish("m-1", "m-2")
            try await admin.acknowledgeOne()
            try await admin.rejectOne()
            let json = try await admin.local("journal", "inspect", "--json")
            #expect(json.status == 0, "\(json.errors)")
            #expect(!json.output.contains(AdminFixture.secret))
            let rows = try json.objects()
            #expect(
                rows.map { $0["kind"] as? String } == [
                    "queue_declared", "exchange_declared", "bound", "published", "published", "delivered",
                    "acknowledged", "delivered", "queue_declared", "dead_lettered",
                ]
            )
            let published = try #require(rows.first { $0["kind"] as? String == "published" })
            #expect(published["message_id"] as? String == "m-1")
            #expect(published["client"] as? String == "alice")
            #expect(published["receiver"] as? String == "bob")
            #expect(published["queues"] as? [String] == ["bob"])
            #expect(published["envelope_bytes"] as? Int ?? 0 > AdminFixture.secret.count)
            #expect(rows.last?["reason"] as? String == "bad_tag")
            #expect(rows.last?["into_queue"] as? String == "bob.dead")
            let text = try await admin.local("journal", "inspect", "--message", "m-2", "--utc", "--limit", "2")
            #expect(text.lines.count == 4)
            #expect(text.lines.dropFirst().dropLast().allSatisfy { $0.contains(" m-2 ") && $0.contains("Z  ") })
            #expect(text.lines.last == "2 records")
            #expect(!text.output.contains(AdminFixture.secret))
            let marks = try await admin.local("journal", "inspect", "--marks", "--kind", "sync_mark", "--json")
            let count = try marks.objects().count
            #expect(count > 0)
            let counted = try await admin.local("journal", "inspect", "--marks", "--kind", "sync_mark")
            #expect(counted.lines.last == "0 records, \(count) \(count == 1 ? "mark" : "marks")")
        }
    }

    @Test func `verify finds a whole journal whole, live and after a crash`() async throws {
        try await AdminFixture.with { admin in
            try await admin.publish("m-1")
            let live = try await admin.local("journal", "verify", "--config", "config.toml", "--json")
            #expect(live.status == 0, "\(live.errors)")
            #expect(try live.object()["whole"] as? Bool == true)
            #expect(try live.object()["records"] as? Int == 4)
            await admin.toolkit.killBroker()
            let crashed = try await admin.local("journal", "verify")
            #expect(crashed.status == 0, "\(crashed.errors)")
            #expect(crashed.lines.last == "result       whole")
        }
    }

    @Test func `verify names segment and offset of the damage in a copy`() async throws {
        try await AdminFixture.with { admin in
            try await admin.publish("m-1", "m-2", "m-3")
            let row = try #require(
                try await admin.local("journal", "inspect", "--message", "m-2", "--json").objects().first
            )
            await admin.toolkit.stopBroker()
            let copy = admin.toolkit.directory.file("copy")
            try FileManager.default.copyItem(atPath: admin.toolkit.journalPath, toPath: copy)
            let segment = try #require(row["segment"] as? String)
            let offset = try #require(row["offset"] as? Int)
            let file = try #require(FileHandle(forUpdatingAtPath: "\(copy)/\(segment)"))
            // Behind the record's header, in its payload.
            try file.seek(toOffset: UInt64(offset + 60))
            let byte = try #require(try file.read(upToCount: 1)?.first)
            try file.seek(toOffset: UInt64(offset + 60))
            try file.write(contentsOf: Data([byte ^ 0x01]))
            try file.close()
            let text = try await admin.local("journal", "verify", "--directory", "copy")
            #expect(text.status == 1)
            #expect(text.errors.contains("the journal has 1 problem, the first: "))
            #expect(text.errors.contains("\(segment), offset \(offset))"))
            #expect(text.lines.last == "result       damaged")
            let json = try await admin.local("journal", "verify", "--directory", "copy", "--json").object()
            #expect(json["whole"] as? Bool == false)
            #expect((json["problems"] as? [[String: Any]])?.first?["offset"] as? Int == offset)
            let inspect = try await admin.local("journal", "inspect", "--directory", "copy")
            #expect(inspect.status == 65)
            #expect(inspect.output.contains("PROBLEM: damaged (\(segment), offset \(offset))"))
            #expect(try await admin.local("journal", "verify").status == 0)
        }
    }

    @Test func `a journal that is not there is reported`() async throws {
        let directory = try TemporaryDirectory()
        for verb in ["inspect", "verify"] {
            let missing = try await run("cmq-admin", ["journal", verb], in: directory.url)
            #expect(missing.status == 66)
            #expect(missing.errors.contains("there is no journal at "))
            let empty = try await run("cmq-admin", ["journal", verb, "--directory", "."], in: directory.url)
            #expect(empty.status == 66)
            #expect(empty.errors.contains("there is no journal here"))
        }
    }
}
