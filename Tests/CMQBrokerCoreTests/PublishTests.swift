import CMQBrokerCore
import Testing

@Suite struct PublishTests {
    private func ready(limits: CoreLimits = CoreLimits()) -> CoreDriver {
        var driver = CoreDriver(limits: limits)
        driver.connect("alice")
        driver.connect("bob")
        driver.setUp(queue: "q", by: "bob")
        return driver
    }

    @Test func answersARetryWithoutQueueingItTwice() {
        var driver = ready()
        driver.publish("m1", to: "q", by: "alice")
        driver.publish("m1", to: "q", by: "alice")
        #expect(driver.lines("alice") == [])
        driver.sync()
        #expect(driver.lines("alice") == ["ACK m1", "ACK m1"])
        #expect(driver.queue("q")?.ready == 1)
    }

    @Test func remembersIdentitiesAfterTheAcknowledgement() {
        var driver = ready()
        driver.consume("q", by: "bob")
        driver.publish("m1", to: "q", by: "alice")
        driver.sync()
        driver.ack("m1", by: "bob")
        driver.sync()
        _ = driver.lines("bob")
        driver.publish("m1", to: "q", by: "alice")
        driver.sync()
        #expect(driver.lines("alice") == ["ACK m1", "ACK m1"])
        #expect(driver.lines("bob") == [])
    }

    @Test func refusesAnotherSendersIdentity() {
        var driver = ready()
        driver.connect("mallory")
        driver.publish("m1", to: "q", by: "alice")
        driver.sync()
        driver.publish("m1", to: "q", by: "mallory")
        #expect(driver.lines("mallory") == ["Error: Duplicate message m1 ignored"])
    }

    @Test func forgetsIdentitiesAfterTheWindow() {
        var limits = CoreLimits()
        limits.deduplicationWindow = 10_000_000
        var driver = ready(limits: limits)
        driver.consume("q", by: "bob")
        driver.publish("m1", to: "q", by: "alice")
        driver.sync()
        driver.ack("m1", by: "bob")
        driver.wait(seconds: 11)
        _ = driver.lines("bob")
        driver.publish("m1", to: "q", by: "alice")
        driver.sync()
        #expect(driver.lines("bob") == ["> m1"])
    }

    @Test func boundsTheIdentitiesItRemembers() {
        var limits = CoreLimits()
        limits.deduplicationIDs = 3
        var driver = ready(limits: limits)
        driver.consume("q", by: "bob")
        for number in 1...10 {
            driver.publish("m\(number)", to: "q", by: "alice")
            driver.sync()
            driver.ack("m\(number)", by: "bob")
        }
        #expect(driver.core.statistics(now: driver.now).rememberedIDs == 3)
    }

    @Test func namesWhatIsNotBound() {
        var driver = ready()
        driver.publish("m1", to: "nowhere", by: "alice")
        driver.publish("m2", to: "q", exchange: "none", inBatch: true, by: "alice")
        #expect(
            driver.lines("alice") == [
                "Error: No queues bound to exchange 'x' with routing key 'nowhere'",
                "Error: No queues bound to exchange 'none' with routing key 'q' for message m2",
            ]
        )
        #expect(driver.core.counters.published == 0)
    }

    @Test func refusesBeyondTheQueuesLimits() {
        var limits = CoreLimits()
        limits.queueMessages = 2
        limits.queueBytes = 1_000
        limits.messageBytes = 800
        var driver = ready(limits: limits)
        driver.publish("big", to: "q", size: 801, by: "alice")
        driver.publish("m1", to: "q", size: 600, by: "alice")
        driver.publish("m2", to: "q", size: 600, by: "alice")
        driver.publish("m3", to: "q", size: 100, by: "alice")
        driver.publish("m4", to: "q", size: 100, by: "alice")
        driver.sync()
        #expect(
            driver.lines("alice") == [
                "Error: message exceeds 800 bytes",
                "ACK m1",
                "Error: queue 'q' is full (1000 bytes)",
                "ACK m3",
                "Error: queue 'q' is full (2 messages)",
            ]
        )
    }

    /// A record has two bytes for the length of a text and for the number of queues.
    @Test func refusesWhatNoRecordCanHold() {
        var limits = CoreLimits()
        limits.queuesOfMessage = 2
        var driver = ready(limits: limits)
        driver.declare(exchange: "all", kind: "fanout", by: "bob")
        driver.bind("q", "all", "a", by: "bob")
        driver.publish("m1", to: String(repeating: "k", count: 70_000), exchange: "all", by: "alice")
        driver.publish("m2", to: String(repeating: "k", count: 255), exchange: "all", by: "alice")
        for queue in ["r", "s"] {
            driver.declare(queue: queue, by: "bob")
            driver.bind(queue, "all", "a", by: "bob")
        }
        driver.publish("m3", to: "a", exchange: "all", by: "alice")
        driver.sync()
        #expect(
            driver.lines("alice") == [
                "Error: invalid routing key",
                "ACK m2",
                "Error: the message would go to more than 2 queues",
            ]
        )
        #expect(CoreLimits().queuesOfMessage == 65_535)
    }

    @Test func givesEveryBoundQueueACopy() {
        var driver = ready()
        driver.declare(queue: "r", by: "bob")
        driver.declare(exchange: "all", kind: "fanout", by: "bob")
        driver.bind("q", "all", "a", by: "bob")
        driver.bind("r", "all", "b", by: "bob")
        driver.bind("r", "all", "b", by: "bob")
        driver.publish("m1", to: "anything", exchange: "all", by: "alice")
        driver.sync()
        #expect(driver.queue("q")?.ready == 1)
        #expect(driver.queue("r")?.ready == 1)
        _ = driver.lines("bob")
        driver.consume("q", by: "bob")
        driver.consume("r", by: "bob")
        driver.sync()
        driver.ack("m1", by: "bob")
        #expect(driver.settled == [])
        driver.ack("m1", by: "bob")
        #expect(driver.settled.count == 1)
        #expect(driver.queue("q")?.unacknowledged == 0)
        #expect(driver.queue("r")?.unacknowledged == 0)
    }

    @Test func routesTopics() {
        var driver = ready()
        driver.declare(queue: "all", by: "bob")
        driver.declare(exchange: "t", kind: "topic", by: "bob")
        driver.bind("q", "t", "lab.*.data", by: "bob")
        driver.bind("all", "t", "lab.#", by: "bob")
        driver.publish("m1", to: "lab.fl.data", exchange: "t", by: "alice")
        driver.publish("m2", to: "lab.fl.report", exchange: "t", by: "alice")
        driver.publish("m3", to: "office", exchange: "t", by: "alice")
        driver.sync()
        #expect(driver.queue("q")?.ready == 1)
        #expect(driver.queue("all")?.ready == 2)
    }

    @Test func keepsThePublishersOrder() {
        var driver = ready()
        driver.consume("q", by: "bob")
        for number in 0..<100 {
            driver.publish("m\(number)", to: "q", by: "alice")
            if number % 7 == 0 { driver.sync() }
        }
        driver.sync()
        #expect(driver.lines("alice") == (0..<100).map { "ACK m\($0)" })
        #expect(driver.lines("bob").dropFirst() == ArraySlice((0..<100).map { "> m\($0)" }))
    }
}
