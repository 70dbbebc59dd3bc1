import CMQClient
import CMQWire
import Foundation
import TestSupport
import Testing

/// What the broker's process does when there is no space left at all.
@Suite struct FullDiskTests {
    @Test(.enabled(if: SmallFileSystem.isPossible, "this process may not mount a file system"))
    func `a full disk ends the broker with 74, and with space nothing is lost`() async throws {
        let small = try SmallFileSystem(bytes: 64 << 20)
        let toolkit = try ToolkitFixture(settings: ["server.data_directory": "\"\(small.file("data"))\""])
        let admin = AdminFixture(toolkit: toolkit)
        // Enough for a start, not for spare segments.
        try small.fill(leaving: 36 << 20)
        try await toolkit.endingBroker {
            try await toolkit.startBroker()
            try await admin.publish("m-0", "m-1")
            try small.fill(leaving: 0)
            let acknowledged = try await publishUntilRefused(admin)
            #expect(acknowledged < 120)
            try await checkFor(.seconds(60)) { toolkit.brokerLog.contains("The journal has failed") }
            let ended = try #require(await toolkit.stopBroker())
            #expect(ended.status == 74, "\(ended.errors)")
            #expect(ended.errors.contains("No space left on device"))
            try small.giveBack()
            try await toolkit.startBroker()
            #expect(try await admin.ready("bob") == 2 + acknowledged)
            try await admin.publish("later")
            #expect(try await admin.ready("bob") == 3 + acknowledged)
        }
    }

    /// Publishes large messages until one is not taken; returns how many were.
    private func publishUntilRefused(_ admin: AdminFixture) async throws -> Int {
        let alice = try await admin.client("alice")
        let padding = String(repeating: "A", count: 200_000)
        for number in 0..<120 {
            let outcome = try await alice.publish(
                envelope: Array(
                    #"{"message_id":"large-\#(number)","receiver_client_id":"bob","c":"\#(padding)"}"#.utf8
                ),
                messageID: try #require(MessageID("large-\(number)")),
                exchange: "cmq",
                routingKey: "bob"
            )
            guard outcome == .done else { return number }
        }
        return 120
    }
}
