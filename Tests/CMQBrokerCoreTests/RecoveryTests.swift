import CMQBrokerCore
import Testing

@Suite struct RecoveryTests {
    /// A history with every kind of record in it.
    private func history() -> CoreDriver {
        var limits = CoreLimits()
        limits.maxDeliveries = 2
        var driver = CoreDriver(limits: limits)
        driver.connect("alice")
        driver.connect("bob")
        driver.connect("admin", admin: true)
        driver.setUp(queue: "q", by: "bob")
        driver.declare(queue: "r", by: "bob")
        driver.declare(exchange: "t", kind: "topic", by: "bob")
        driver.bind("q", "t", "a.*", by: "bob")
        driver.bind("r", "t", "a.#", by: "bob")
        for number in 1...6 { driver.publish("m\(number)", to: "q", receiver: "bob", by: "alice") }
        driver.publish("both", to: "a.b", exchange: "t", by: "alice")
        driver.sync()
        driver.consume("q", prefetch: 10, by: "bob")
        driver.sync()
        driver.ack("m2", by: "bob")
        driver.reject("m3", "no_key", by: "bob")
        driver.reject("m4", "bad_tag", by: "bob")
        driver.sync()
        driver.redrive("q", by: "admin")
        driver.sync()
        driver.reject("m4", "malformed", by: "bob")
        driver.wait(seconds: 61)
        driver.release(by: "bob")
        driver.sync()
        return driver
    }

    /// What a fresh consumer of both queues and the dead letters is handed.
    private func contents(_ driver: CoreDriver) -> [[String]] {
        var driver = driver
        driver.disconnect("bob")
        return ["q", "r", "q.dead"].map { queue in
            driver.connect("reader", as: "bob")
            driver.consume(queue, prefetch: 65_535, by: "reader")
            driver.sync()
            let lines = driver.lines("reader")
            driver.release(by: "reader")
            driver.disconnect("reader")
            return lines
        }
    }

    @Test func comesBackFromTheRecords() throws {
        let driver = history()
        let recovered = try driver.recovered()
        #expect(contents(recovered) == contents(driver))
        #expect(contents(recovered).map(\.count) == [6, 2, 2])
    }

    @Test func comesBackFromAnyCheckpoint() throws {
        let driver = history()
        let expected = contents(driver)
        for cut in 0...driver.records.count {
            #expect(try contents(driver.recovered(throughCheckpoint: cut)) == expected, "cut at \(cut)")
        }
    }

    @Test func remembersIdentitiesAcrossRestarts() throws {
        let driver = history()
        for cut in [nil, driver.records.count] {
            var recovered = try driver.recovered(throughCheckpoint: cut)
            recovered.connect("alice")
            recovered.connect("mallory")
            recovered.publish("m2", to: "q", by: "alice")
            recovered.publish("m2", to: "q", by: "mallory")
            recovered.sync()
            #expect(recovered.lines("alice") == ["ACK m2"])
            #expect(recovered.lines("mallory") == ["Error: Duplicate message m2 ignored"])
            #expect(recovered.core.counters.published == 0)
        }
    }

    @Test func keepsCountingFailuresAcrossRestarts() throws {
        var limits = CoreLimits()
        limits.maxDeliveries = 2
        var driver = CoreDriver(limits: limits)
        driver.connect("bob")
        driver.setUp(queue: "q", by: "bob")
        driver.publish("m1", to: "q", by: "bob")
        driver.consume("q", by: "bob")
        driver.sync()
        driver.wait(seconds: 61)
        var recovered = try driver.recovered(throughCheckpoint: driver.records.count)
        recovered.connect("bob")
        recovered.consume("q", by: "bob")
        recovered.sync()
        recovered.wait(seconds: 61)
        #expect(recovered.queue("q.dead")?.ready == 1)
    }

    @Test func keepsAMessageWhoseIdentityWasForgottenAndUsedAgain() throws {
        var driver = CoreDriver()
        driver.connect("bob")
        driver.setUp(queue: "q", by: "bob")
        driver.publish("m1", to: "q", by: "bob")
        driver.consume("q", by: "bob")
        driver.sync()
        driver.ack("m1", by: "bob")
        driver.sync()
        driver.wait(seconds: 25 * 3_600)
        driver.disconnect("bob")
        driver.connect("alice")
        driver.publish("m1", to: "q", by: "alice")
        driver.sync()
        #expect(driver.lines("alice") == ["ACK m1"])
        for cut in 0...driver.records.count {
            let recovered = try driver.recovered(throughCheckpoint: cut)
            #expect(recovered.queue("q")?.ready == 1, "cut at \(cut)")
        }
    }

    @Test func remembersWhoHadAMessageLast() throws {
        var driver = CoreDriver()
        driver.connect("bob")
        driver.setUp(queue: "q", by: "bob")
        driver.publish("m1", to: "q", by: "bob")
        driver.consume("q", by: "bob")
        driver.sync()
        for cut in [nil, driver.records.count] {
            var recovered = try driver.recovered(throughCheckpoint: cut)
            recovered.connect("mallory")
            recovered.connect("bob")
            recovered.ack("m1", by: "mallory")
            recovered.ack("m1", by: "bob")
            recovered.sync()
            #expect(recovered.lines("mallory") == ["Error: message m1 is not held by this client"])
            #expect(recovered.lines("bob") == ["ACK_CONFIRMED m1"])
            #expect(recovered.queue("q")?.ready == 0)
        }
    }

    @Test func refusesADamagedCheckpoint() throws {
        let bytes = history().core.checkpoint()
        for length in 0..<bytes.count {
            var core = BrokerCore()
            #expect(throws: RecordError.self) {
                try bytes[..<length].withUnsafeBytes { try core.restore(checkpoint: $0) }
            }
        }
    }
}
