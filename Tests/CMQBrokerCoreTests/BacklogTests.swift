import CMQWire
import Testing

@testable import CMQBrokerCore

/// Many messages, and every form in which an identity is kept.
@Suite struct BacklogTests {
    /// Identities at the borders between the forms, and such that differ from one in another form by little.
    private static let identities = [
        "a", "exactly15bytes!", "exactly16bytes!!", "0123456789abcdef0123456789abcdef",
        "00112233-4455-6677-8899-aabbccddeeff", "00112233-4455-6677-8899-AABBCCDDEEFF",
        "00112233-4455-6677-8899-aabbccddeefF", "00112233-4455-6677-8899-aabbccddeefg",
        "00112233-4455-6677-8899-aabbccddeef", "00112233-4455-6677-8899_aabbccddeeff",
        "@0112233-4455-6677-8899-aabbccddeeff", "/0112233-4455-6677-8899-aabbccddeeff",
        "12345678-1234-1234-1234-123456789012", "fedcba98-7654-3210-fedc-ba9876543210",
        "FEDCBA98-7654-3210-FEDC-BA9876543210", "ümläut-in-ütf-8", String(repeating: "x", count: 36),
        String(repeating: "y", count: 39), String(repeating: "y", count: 40), String(repeating: "z", count: 255),
    ]

    @Test func everyIdentityIsKeptAsItWas() throws {
        var driver = CoreDriver()
        driver.connect("alice")
        driver.connect("bob")
        driver.setUp(queue: "q", by: "bob")
        for id in Self.identities { driver.publish(id, to: "q", by: "alice") }
        driver.sync()
        #expect(driver.lines("alice") == Self.identities.map { "ACK \($0)" })
        var recovered = try driver.recovered(throughCheckpoint: driver.records.count)
        recovered.connect("bob")
        recovered.consume("q", prefetch: 100, by: "bob")
        recovered.sync()
        #expect(recovered.lines("bob") == ["Subscribed to queue"] + Self.identities.map { "> \($0)" })
        // The records of deliveries have the identity that the core put together again.
        let delivered = recovered.records.compactMap { record in
            if case .delivered(let copy, _) = record { copy.id.description } else { nil }
        }
        #expect(delivered == Self.identities)
        for id in Self.identities { recovered.ack(id, by: "bob") }
        recovered.sync()
        #expect(recovered.lines("bob") == Self.identities.map { "ACK_CONFIRMED \($0)" })
        #expect(recovered.queue("q")?.ready == 0)
        #expect(recovered.queue("q")?.unacknowledged == 0)
    }

    /// More than a few chunks of every column: taken in order, given back and settled out of order.
    @Test func thousandsWaitInOrder() throws {
        let count = 20_000
        var driver = CoreDriver()
        driver.connect("alice")
        driver.connect("bob")
        driver.connect("admin", admin: true)
        driver.setUp(queue: "q", by: "bob")
        for number in 0..<count {
            driver.publish("m\(number)", to: "q", receiver: number % 3 == 0 ? "bob" : nil, by: "alice")
        }
        driver.sync()
        _ = driver.lines("bob")
        driver.consume("q", prefetch: 10_000, by: "bob")
        driver.sync()
        for number in stride(from: 9_999, through: 0, by: -2) { driver.ack("m\(number)", by: "bob") }
        driver.sync()
        let handedOut = driver.lines("bob").filter { $0.hasPrefix("> ") }
        #expect(handedOut == (0..<15_000).map { "> m\($0)" })
        driver.release(by: "bob")
        driver.sync()
        _ = driver.lines("bob")
        driver.consume("q", prefetch: 65_535, by: "bob")
        driver.sync()
        let left = stride(from: 0, to: 10_000, by: 2).map { "> m\($0)" } + (10_000..<count).map { "> m\($0)" }
        #expect(driver.lines("bob").filter { $0.hasPrefix("> ") } == left)
        driver.disconnect("bob")
        driver.purge("q", by: "admin")
        driver.sync()
        #expect(driver.lines("admin") == ["Purged 15000"])
        #expect(driver.queue("q")?.bytes == 0)
    }

    /// Through growing and shrinking tables: the newest settled ones are known, and nothing else.
    @Test func settledIdentitiesAreForgottenOldestFirst() {
        var limits = CoreLimits()
        limits.deduplicationIDs = 300
        var driver = CoreDriver(limits: limits)
        driver.connect("alice")
        driver.connect("bob")
        driver.setUp(queue: "q", by: "bob")
        let count = 9_000
        for number in 0..<count { driver.publish("m\(number)", to: "q", by: "alice") }
        driver.sync()
        driver.consume("q", prefetch: count, by: "bob")
        driver.sync()
        for number in 0..<count { driver.ack("m\(number)", by: "bob") }
        driver.sync()
        #expect(driver.core.statistics(now: driver.now).rememberedIDs == 300)
        for number in (count - 300)..<count { driver.publish("m\(number)", to: "q", by: "alice") }
        #expect(driver.core.counters.duplicates == 300)
        for number in 0..<(count - 300) { driver.publish("m\(number)", to: "q", by: "alice") }
        #expect(driver.core.counters.duplicates == 300)
        #expect(driver.core.counters.published == UInt64(2 * count - 300))
    }

    /// What a waiting message takes in all columns; docs/performance.md has the measurement.
    @Test func aWaitingMessageTakesFewBytes() {
        #expect(MemoryLayout<StoredMessage>.stride <= 48)
        #expect(MemoryLayout<Copy>.stride <= 24)
    }

    @Test func aSnapshotIsOfItsMoment() throws {
        var driver = CoreDriver()
        driver.connect("alice")
        driver.connect("bob")
        driver.setUp(queue: "q", by: "bob")
        for number in 0..<5_000 { driver.publish("m\(number)", to: "q", by: "alice") }
        driver.sync()
        let before = driver.core.checkpoint()
        let snapshot = driver.core.snapshot()
        driver.consume("q", prefetch: 5_000, by: "bob")
        for number in 0..<5_000 { driver.ack("m\(number)", by: "bob") }
        driver.declare(queue: "later", by: "bob")
        for number in 0..<5_000 { driver.publish("n\(number)", to: "q", by: "alice") }
        driver.sync()
        var encoded: [UInt8] = []
        snapshot.encode { encoded += $0 }
        #expect(encoded == before)
        #expect(driver.core.checkpoint() != before)
    }
}
