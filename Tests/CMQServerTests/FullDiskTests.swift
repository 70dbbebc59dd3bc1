import CMQConfiguration
import Foundation
import TestSupport
import Testing

/// A broker on a file system that somebody else fills.
@Suite struct FullDiskTests {
    private static func publish(_ number: Int, _ bytes: Int = 0) -> String {
        let padding = String(repeating: "A", count: bytes)
        return "publish x q {\"message_id\":\"m\(number)\",\"c\":\"\(padding)\"}"
    }

    @Test(.enabled(if: SmallFileSystem.isPossible, "this process may not mount a file system"))
    func belowTheMarkPublishersAreRefusedAcknowledgementsAreTakenAndThenItGoesOn() async throws {
        let small = try SmallFileSystem(bytes: 32 << 20)
        try await TestBroker.with { settings, _ in
            settings.server.dataDirectory = small.file("data")
            settings.database.location = .sqlite(path: small.file("data/catalog.db"))
            settings.encryption.key = .generated(path: small.file("data/catalog.key"))
            settings.limits.diskLowWaterBytes = 4 << 20
        } _: { broker in
            let bob = try await broker.consumer("bob", queue: "q")
            let alice = try await broker.client("alice")
            let admin = try await broker.client("admin")
            for number in 0..<10 { #expect(try await alice.ask(Self.publish(number)) == ["ACK m\(number)"]) }
            try small.fill(leaving: 3 << 20)
            // The broker looks again at the next segment.
            var acknowledged = 10
            var answer = ""
            while acknowledged < 60 {
                answer = try await alice.ask(Self.publish(acknowledged, 100_000))[0]
                guard answer == "ACK m\(acknowledged)" else { break }
                acknowledged += 1
            }
            #expect(answer == "Error: the broker's disk is nearly full")
            #expect(try await admin.ask("stats")[0].contains("\"low_on_space\":true"))
            await broker.log.wait(for: "publishing is refused")
            _ = try await bob.ask("consume q 5", answers: 6)
            let lines = try await bob.ask("ack m0", "ack m1", "ack m2", answers: 6)
            #expect(lines.filter { $0.hasPrefix("ACK_CONFIRMED ") }.count == 3)
            try small.giveBack()
            #expect(try await alice.ask(Self.publish(100)) == ["ACK m100"])
            await broker.log.wait(for: "publishing goes on")
            #expect(try await admin.ask("stats")[0].contains("\"low_on_space\":false"))
            try await broker.restarted { broker in
                let bob = try await broker.client("bob")
                let expected = Array(3..<acknowledged) + [100]
                let lines = try await bob.ask("consume q", answers: 1 + expected.count)
                let identities = lines.dropFirst().compactMap { $0.split(separator: " ").dropFirst().first }
                #expect(identities == expected.map { "m\($0)" })
            }
        }
    }
}
