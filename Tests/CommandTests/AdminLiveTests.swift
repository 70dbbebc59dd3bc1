import CMQClient
import Foundation
import TestSupport
import Testing

/// Verbs that ask the broker.
@Suite struct AdminLiveTests {
    @Test func `status shows broker, queues, totals and catalog`() async throws {
        try await AdminFixture.with { admin in
            try await admin.publish("m-1", "m-2", "m-3")
            try await admin.acknowledgeOne()
            try await admin.waitForCatalog()
            let text = try await admin.live("status")
            #expect(text.status == 0, "\(text.errors)")
            #expect(text.output.hasPrefix("broker    localhost:\(admin.toolkit.port): up "))
            #expect(text.output.contains("since its start 3 published, 1 delivered (0 again), 1 acknowledged"))
            #expect(text.output.contains("messages  3: 2 waiting, 0 delivered, 1 acknowledged, 0 dead, 0 purged"))
            #expect(text.output.contains("catalog.db: up to date"))
            #expect(text.lines.contains { $0.split(separator: " ").prefix(4) == ["bob", "2", "0", "0"] })
            #expect(text.lines.contains { $0.split(separator: " ").prefix(4) == ["total", "2", "0", "0"] })
            let json = try await admin.live("status", "--json").object()
            #expect(json.value("broker", "reachable") as? Bool == true)
            #expect(json.value("broker", "report", "broker", "counters", "published") as? Int == 3)
            #expect(json.value("catalog", "totals", "acknowledged") as? Int == 1)
        }
    }

    @Test func `status without a broker ends with 69 and shows the catalog`() async throws {
        try await AdminFixture.with { admin in
            try await admin.publish("m-1")
            try await admin.waitForCatalog()
            await admin.toolkit.stopBroker()
            let text = try await admin.live("status")
            #expect(text.status == 69)
            #expect(text.errors.hasPrefix("cmq-admin: error: "))
            #expect(text.errors.contains("cmq-admin: hint: "))
            #expect(text.output.contains("localhost:\(admin.toolkit.port): not reachable"))
            #expect(text.output.contains("messages  1: 1 waiting"))
            let json = try await admin.live("status", "--json")
            #expect(json.status == 69)
            #expect(try json.object().value("broker", "reachable") as? Bool == false)
            #expect(try json.object().value("catalog", "totals", "messages") as? Int == 1)
            for verb in [["queues"], ["top", "--count", "1"], ["redrive", "bob"], ["purge", "bob", "--yes"]] {
                let result = try await admin.toolkit.run("cmq-admin", as: "admin", verb)
                #expect(result.status == 69, "\(verb)")
                #expect(result.output.isEmpty)
            }
        }
    }

    @Test func `who is no administrator gets 77 and a hint, and changes nothing`() async throws {
        try await AdminFixture.with { admin in
            try await admin.publish("m-1")
            for verb in [
                ["status"], ["queues"], ["top", "--count", "1"], ["redrive", "bob"], ["purge", "bob", "--yes"],
                ["resend", "m-1"],
            ] {
                let result = try await admin.toolkit.run("cmq-admin", as: "bob", verb)
                #expect(result.status == 77, "\(verb)")
                #expect(result.errors.contains("hint: add 'bob' to [security] admins"), "\(verb)")
            }
            #expect(try await admin.ready("bob") == 1)
        }
    }

    @Test func `queues shows what waits and what consumers hold`() async throws {
        try await AdminFixture.with { admin in
            try await admin.publish("m-1", "m-2")
            let bob = try await admin.client("bob")
            _ = try await bob.fetch("bob", count: 1)
            let json = try await admin.live("queues", "bob", "--json").object()
            #expect(json["ready"] as? Int == 1)
            #expect(json["unacknowledged"] as? Int == 1)
            #expect(json["oldest_seconds"] as? Double != nil)
            let text = try await admin.live("queues")
            #expect(text.lines.first?.hasPrefix("QUEUE ") == true)
            #expect(text.lines.last?.split(separator: " ").prefix(3) == ["total", "1", "1"])
            let unknown = try await admin.live("queues", "nowhere")
            #expect(unknown.status == 1)
            #expect(unknown.errors.contains("the broker has no queue 'nowhere'"))
            await bob.close()
        }
    }

    @Test func `redrive puts dead letters back`() async throws {
        try await AdminFixture.with { admin in
            try await admin.publish("m-1", "m-2")
            try await admin.rejectOne()
            #expect(try await admin.ready("bob.dead") == 1)
            let result = try await admin.live("redrive", "bob")
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output == "1 dead letter of 'bob' put back\n")
            #expect(try await admin.ready("bob.dead") == 0)
            #expect(try await admin.ready("bob") == 2)
            #expect(try await admin.live("redrive", "bob", "--json").object()["redriven"] as? Int == 0)
            let unknown = try await admin.live("redrive", "nowhere")
            #expect(unknown.status == 1)
            #expect(unknown.errors.contains("queue 'nowhere' does not exist"))
        }
    }

    @Test func `purge deletes only when that is confirmed`() async throws {
        try await AdminFixture.with { admin in
            try await admin.publish("m-1", "m-2")
            let refused = try await admin.live("purge", "bob")
            #expect(refused.status == 64)
            #expect(refused.errors.contains("hint: use --yes"))
            #expect(try await admin.ready("bob") == 2)
            let result = try await admin.live("purge", "bob", "--yes", "--json")
            #expect(result.status == 0, "\(result.errors)")
            #expect(try result.object()["purged"] as? Int == 2)
            #expect(try await admin.ready("bob") == 0)
            try await admin.waitForCatalog()
            #expect(try await admin.local("messages", "--state", "purged", "--json").objects().count == 2)
        }
    }

    @Test func `resend frees what a consumer holds`() async throws {
        try await AdminFixture.with { admin in
            try await admin.publish("m-1")
            let bob = try await admin.client("bob")
            #expect(try await bob.fetch("bob", count: 1).count == 1)
            #expect(try await admin.ready("bob") == 0)
            let result = try await admin.live("resend", "m-1")
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output == "m-1 will be delivered again\n")
            #expect(try await admin.ready("bob") == 1)
            await bob.close()
            let some = try await admin.live("resend", "nothing", "m-1", "--json")
            #expect(some.status == 1)
            #expect(some.errors.contains("Message ID not found"))
            #expect(try some.objects().map { $0["message_id"] as? String } == ["m-1"])
        }
    }

    @Test func `top prints reports where there is no terminal`() async throws {
        try await AdminFixture.with { admin in
            try await admin.publish("m-1")
            let result = try await admin.live("top", "--interval", "0.1", "--count", "3")
            #expect(result.status == 0, "\(result.errors)")
            let reports = try result.objects()
            #expect(reports.count == 3)
            #expect(reports.allSatisfy { $0.value("broker", "counters", "published") as? Int == 1 })
            #expect(!result.output.contains("\u{1B}"))
        }
    }

    @Test func `wrong usage is refused before anything is asked`() async throws {
        for verb in [
            ["top", "--interval", "0"], ["top", "--count", "0"], ["resend"], ["purge", "--yes"], ["nonsense"],
            ["messages", "--json", "--csv"], ["messages", "--state", "lost"], ["messages", "--since", "yesterday"],
            ["messages", "--state", "dead", "--overdue", "1m"], ["audit", "--overdue", "15"],
            ["journal", "inspect", "--limit", "0"],
        ] {
            let result = try await run("cmq-admin", verb)
            #expect(result.status == 64, "\(verb)")
            #expect(result.output.isEmpty, "\(verb)")
            #expect(result.errors.contains("cmq-admin: error: "), "\(verb)")
        }
    }
}
