import CMQBrokerCore
import Testing

@Suite struct DeadLetterTests {
    private func ready(_ change: (inout CoreLimits) -> Void = { _ in }) -> CoreDriver {
        var limits = CoreLimits()
        change(&limits)
        var driver = CoreDriver(limits: limits)
        driver.connect("alice")
        driver.connect("bob")
        driver.connect("admin", admin: true)
        driver.setUp(queue: "q", by: "bob")
        return driver
    }

    @Test func deadLettersAfterTooManyFailedDeliveries() {
        var driver = ready { $0.maxDeliveries = 3 }
        driver.publish("m1", to: "q", by: "alice")
        driver.consume("q", by: "bob")
        driver.sync()
        for _ in 1...3 { driver.wait(seconds: 61) }
        #expect(driver.lines("bob") == ["Subscribed to queue", "> m1", "> m1", "> m1"])
        #expect(driver.queue("q")?.ready == 0)
        #expect(driver.queue("q")?.unacknowledged == 0)
        #expect(driver.queue("q.dead")?.ready == 1)
        guard case .deadLettered(_, _, let reason) = driver.records.last else {
            Issue.record("the last record is \(String(describing: driver.records.last))")
            return
        }
        #expect(reason == .maxDeliveries)
    }

    @Test func onlyTheOldestHeldMessageIsSuspectedOfACrash() {
        var driver = ready { $0.maxDeliveries = 2 }
        driver.publish("poison", to: "q", by: "alice")
        driver.publish("good", to: "q", by: "alice")
        driver.sync()
        for _ in 1...2 {
            driver.consume("q", by: "bob")
            driver.sync()
            driver.disconnect("bob")
            driver.connect("bob")
        }
        #expect(driver.queue("q.dead")?.ready == 1)
        driver.consume("q", by: "bob")
        driver.sync()
        #expect(driver.lines("bob") == ["Subscribed to queue", "> good"])
    }

    @Test func deadLettersWhatIsTooOld() {
        var driver = ready { $0.messageAge = 5_000_000 }
        driver.publish("m1", to: "q", by: "alice")
        driver.sync()
        driver.wait(seconds: 4)
        #expect(driver.queue("q")?.ready == 1)
        driver.publish("m2", to: "q", by: "alice")
        driver.wait(seconds: 2)
        #expect(driver.queue("q")?.ready == 1)
        #expect(driver.queue("q.dead")?.ready == 1)
        driver.wait(seconds: 1_000)
        #expect(driver.queue("q.dead")?.ready == 2)
    }

    @Test func rejectsWithTheReceiversReason() {
        var driver = ready()
        driver.consume("q", by: "bob")
        driver.publish("m1", to: "q", receiver: "bob", by: "alice")
        driver.sync()
        driver.reject("m1", "bad_tag", by: "bob")
        driver.reject("m1", "bad_tag", by: "bob")
        driver.sync()
        #expect(
            driver.lines("bob") == [
                "Subscribed to queue", "> m1", "Rejected m1", "Error: message m1 is not held by this client",
            ]
        )
        #expect(driver.records.contains { if case .deadLettered(_, _, .badTag) = $0 { true } else { false } })
    }

    @Test func redrivesAndDeliversAgain() {
        var driver = ready()
        driver.consume("q", by: "bob")
        driver.publish("m1", to: "q", receiver: "bob", by: "alice")
        driver.sync()
        driver.reject("m1", "no_key", by: "bob")
        driver.sync()
        _ = driver.lines("bob")
        driver.redrive("q", by: "alice")
        driver.redrive("q", by: "admin")
        driver.redrive("other", by: "admin")
        driver.sync()
        #expect(driver.lines("alice").last == "Error: only identities in [security] admins may do this")
        #expect(driver.lines("admin") == ["Redriven 1", "Error: queue 'other' does not exist"])
        #expect(driver.lines("bob") == ["> m1"])
    }

    @Test func purgesOnlyForAdministrators() {
        var driver = ready()
        for number in 1...3 { driver.publish("m\(number)", to: "q", by: "alice") }
        driver.sync()
        driver.purge("q", by: "alice")
        #expect(driver.queue("q")?.ready == 3)
        driver.purge("q", by: "admin")
        driver.sync()
        #expect(driver.lines("admin") == ["Purged 3"])
        #expect(driver.queue("q")?.ready == 0)
        #expect(driver.settled.count == 3)
    }

    @Test func resendsOnlyForTheSenderWhatIsStillHeld() {
        var driver = ready()
        driver.consume("q", by: "bob")
        driver.publish("m1", to: "q", by: "alice")
        driver.sync()
        driver.resend("m1", by: "bob")
        driver.resend("m1", by: "alice")
        driver.resend("m2", by: "alice")
        driver.sync()
        #expect(driver.lines("alice") == ["ACK m1", "Resend requested", "Message ID not found"])
        #expect(driver.lines("bob") == ["Subscribed to queue", "> m1", "Unauthorized resend request", "> m1"])
        driver.ack("m1", by: "bob")
        driver.sync()
        driver.resend("m1", by: "alice")
        #expect(driver.lines("alice") == ["Message ID not found"])
    }

    /// Records name a copy by its queue: two in one queue could not be told apart after a restart.
    @Test func isInTheDeadLetterQueueOnceWhenBoundToItAsWell() throws {
        var driver = CoreDriver()
        driver.connect("bob")
        driver.connect("admin", admin: true)
        driver.setUp(queue: "q", by: "bob")
        driver.declare(queue: "q.dead", by: "bob")
        driver.bind("q.dead", "x", "q", by: "bob")
        driver.publish("m1", to: "q", by: "bob")
        driver.consume("q", by: "bob")
        driver.sync()
        driver.reject("m1", "bad_tag", by: "bob")
        driver.sync()
        #expect(driver.queue("q")?.unacknowledged == 0)
        #expect(driver.queue("q.dead")?.ready == 1)
        for cut in [nil, 0, driver.records.count] {
            var recovered = try driver.recovered(throughCheckpoint: cut)
            #expect(recovered.queue("q.dead")?.ready == 1)
            recovered.connect("admin", admin: true)
            recovered.redrive("q", by: "admin")
            recovered.sync()
            #expect(recovered.lines("admin") == ["Redriven 1"])
            #expect(recovered.queue("q")?.ready == 1)
            #expect(recovered.queue("q.dead")?.ready == 0)
        }
    }

    /// A start may find a message that has failed often enough already: it becomes a dead letter when it is given
    /// back, and must not come to the connection that is just giving everything back.
    @Test func releasingEverythingEndsSubscriptionsToDeadLettersToo() throws {
        var driver = CoreDriver()
        driver.connect("bob")
        driver.setUp(queue: "q", by: "bob")
        driver.publish("m1", to: "q", by: "bob")
        driver.consume("q", by: "bob")
        driver.sync()
        driver.wait(seconds: 61)
        var limits = CoreLimits()
        limits.maxDeliveries = 1
        var recovered = try driver.recovered(limits: limits)
        recovered.connect("bob")
        recovered.consume("q", by: "bob")
        recovered.consume("q.dead", by: "bob")
        recovered.sync()
        #expect(recovered.lines("bob") == ["Subscribed to queue", "> m1", "Subscribed to queue"])
        recovered.release(by: "bob")
        recovered.sync()
        #expect(recovered.lines("bob") == ["Released 1"])
        #expect(recovered.queue("q.dead")?.ready == 1)
    }
}
