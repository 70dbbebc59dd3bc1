import CMQBrokerCore
import Testing

@Suite struct DeliveryTests {
    private func twoClients(limits: CoreLimits = CoreLimits()) -> CoreDriver {
        var driver = CoreDriver(limits: limits)
        driver.connect("alice")
        driver.connect("bob")
        driver.setUp(queue: "q", by: "bob")
        return driver
    }

    @Test func acknowledgesOnlyWhatIsDurable() {
        var driver = twoClients()
        driver.consume("q", by: "bob")
        driver.publish("m1", to: "q", by: "alice")
        #expect(driver.lines("alice") == [])
        #expect(driver.lines("bob") == ["Subscribed to queue"])
        driver.sync()
        #expect(driver.lines("alice") == ["ACK m1"])
        #expect(driver.lines("bob") == ["> m1"])
    }

    @Test func deliversTheBacklogInOrder() {
        var driver = twoClients()
        for number in 1...5 { driver.publish("m\(number)", to: "q", by: "alice") }
        driver.sync()
        driver.consume("q", by: "bob")
        driver.sync()
        #expect(driver.lines("bob") == ["Subscribed to queue", "> m1", "> m2", "> m3", "> m4", "> m5"])
    }

    @Test func holdsBackBeyondThePrefetchAndGoesOnWithAcknowledgements() {
        var driver = twoClients()
        driver.consume("q", prefetch: 2, by: "bob")
        for number in 1...4 { driver.publish("m\(number)", to: "q", by: "alice") }
        driver.sync()
        #expect(driver.lines("bob") == ["Subscribed to queue", "> m1", "> m2"])
        driver.ack("m1", by: "bob")
        driver.sync()
        #expect(driver.lines("bob") == ["ACK_CONFIRMED m1", "> m3"])
    }

    @Test func sharesAQueueRoundRobin() {
        var driver = twoClients()
        driver.connect("bob2", as: "bob")
        driver.consume("q", by: "bob")
        driver.consume("q", by: "bob2")
        for number in 1...4 { driver.publish("m\(number)", to: "q", by: "alice") }
        driver.sync()
        #expect(driver.lines("bob") == ["Subscribed to queue", "> m1", "> m3"])
        #expect(driver.lines("bob2") == ["Subscribed to queue", "> m2", "> m4"])
    }

    @Test func consumingTwiceChangesNothing() {
        var driver = twoClients()
        driver.consume("q", by: "bob")
        driver.consume("q", by: "bob")
        driver.publish("m1", to: "q", by: "alice")
        driver.sync()
        #expect(driver.lines("bob") == ["Subscribed to queue", "Subscribed to queue", "> m1"])
        #expect(driver.queue("q")?.consumers == 1)
    }

    @Test func handsAddressedMessagesOnlyToTheirReceiver() {
        var driver = twoClients()
        driver.connect("mallory")
        driver.consume("q", by: "mallory")
        driver.publish("m1", to: "q", receiver: "bob", by: "alice")
        driver.publish("m2", to: "q", by: "alice")
        driver.sync()
        #expect(driver.lines("mallory") == ["Subscribed to queue", "> m2"])
        driver.consume("q", by: "bob")
        driver.sync()
        #expect(driver.lines("bob") == ["Subscribed to queue", "> m1"])
        driver.ack("m1", by: "mallory")
        #expect(driver.lines("mallory") == ["Error: message m1 is not held by this client"])
        #expect(driver.queue("q")?.unacknowledged == 2)
    }

    @Test func keepsTheOrderOfAddressedAndOpenMessages() {
        var driver = twoClients()
        for number in 1...6 {
            driver.publish("m\(number)", to: "q", receiver: number % 2 == 0 ? "bob" : nil, by: "alice")
        }
        driver.sync()
        driver.consume("q", by: "bob")
        driver.sync()
        #expect(driver.lines("bob") == ["Subscribed to queue"] + (1...6).map { "> m\($0)" })
    }

    @Test func doesNotLetAnAbsentReceiverBlockTheOthers() {
        var driver = twoClients()
        driver.publish("m1", to: "q", receiver: "carol", by: "alice")
        driver.publish("m2", to: "q", by: "alice")
        driver.publish("m3", to: "q", receiver: "bob", by: "alice")
        driver.sync()
        driver.consume("q", by: "bob")
        driver.sync()
        #expect(driver.lines("bob") == ["Subscribed to queue", "> m2", "> m3"])
    }

    @Test func handsThemToAnybodyWhenConfigured() {
        var limits = CoreLimits()
        limits.enforcesReceiver = false
        var driver = twoClients(limits: limits)
        driver.connect("carol")
        driver.consume("q", by: "carol")
        driver.publish("m1", to: "q", receiver: "bob", by: "alice")
        driver.sync()
        #expect(driver.lines("carol") == ["Subscribed to queue", "> m1"])
    }

    @Test func fetchLeasesAndComesBack() {
        var driver = twoClients()
        driver.fetch("q", by: "bob")
        driver.publish("m1", to: "q", by: "alice")
        driver.sync()
        driver.fetch("q", by: "bob")
        driver.fetch("q", by: "bob")
        driver.sync()
        #expect(driver.lines("bob") == ["No messages", "> m1", "No messages"])
        driver.wait(seconds: 61)
        driver.fetch("q", by: "bob")
        driver.ack("m1", by: "bob")
        driver.sync()
        #expect(driver.lines("bob") == ["> m1", "ACK_CONFIRMED m1"])
        #expect(driver.queue("q")?.ready == 0)
    }

    @Test func redeliversWhenTheConnectionEnds() {
        var driver = twoClients()
        driver.consume("q", by: "bob")
        for number in 1...3 { driver.publish("m\(number)", to: "q", by: "alice") }
        driver.sync()
        driver.disconnect("bob")
        driver.publish("m4", to: "q", by: "alice")
        driver.connect("bob")
        driver.consume("q", by: "bob")
        driver.sync()
        #expect(driver.lines("bob") == ["Subscribed to queue", "> m1", "> m2", "> m3", "> m4"])
        #expect(driver.core.counters.redelivered == 3)
    }

    @Test func redeliversWhenTheLeaseRunsOut() {
        var driver = twoClients()
        driver.consume("q", by: "bob")
        driver.publish("m1", to: "q", by: "alice")
        driver.sync()
        driver.wait(seconds: 59)
        #expect(driver.lines("bob") == ["Subscribed to queue", "> m1"])
        driver.wait(seconds: 2)
        #expect(driver.lines("bob") == ["> m1"])
    }

    @Test func acceptsALateAcknowledgementOfTheSameIdentity() {
        var driver = twoClients()
        driver.consume("q", prefetch: 1, by: "bob")
        driver.publish("m1", to: "q", by: "alice")
        driver.sync()
        driver.disconnect("bob")
        driver.connect("bob")
        driver.ack("m1", by: "bob")
        driver.sync()
        #expect(driver.lines("bob") == ["ACK_CONFIRMED m1"])
        #expect(driver.queue("q")?.ready == 0)
    }

    @Test func confirmsAcknowledgementsAgain() {
        var driver = twoClients()
        driver.consume("q", by: "bob")
        driver.publish("m1", to: "q", by: "alice")
        driver.sync()
        driver.ack("m1", by: "bob")
        driver.ack("m1", by: "bob")
        driver.ack("never-seen", by: "bob")
        #expect(driver.lines("bob") == ["Subscribed to queue", "> m1"])
        driver.sync()
        #expect(
            driver.lines("bob") == ["ACK_CONFIRMED m1", "ACK_CONFIRMED m1", "ACK_CONFIRMED never-seen"]
        )
        #expect(driver.core.counters.acknowledged == 1)
    }

    @Test func pausesForASlowConnection() {
        var limits = CoreLimits()
        limits.sessionOutputBytes = 250
        var driver = twoClients(limits: limits)
        driver.consume("q", by: "bob")
        for number in 1...5 { driver.publish("m\(number)", to: "q", by: "alice") }
        driver.sync()
        #expect(driver.lines("bob") == ["Subscribed to queue", "> m1", "> m2", "> m3"])
        driver.taken(100, by: "bob")
        #expect(driver.lines("bob") == ["> m4"])
        driver.taken(300, by: "bob")
        #expect(driver.lines("bob") == ["> m5"])
    }

    @Test func releasedMessagesComeBackWithoutCounting() {
        var limits = CoreLimits()
        limits.maxDeliveries = 1
        var driver = twoClients(limits: limits)
        driver.publish("m1", to: "q", by: "alice")
        driver.sync()
        for _ in 1...5 {
            driver.consume("q", by: "bob")
            driver.release(by: "bob")
            driver.sync()
            #expect(driver.lines("bob") == ["Subscribed to queue", "> m1", "Released 1"])
        }
        #expect(driver.queue("q")?.ready == 1)
        #expect(driver.queue("q")?.consumers == 0)
    }

    @Test func oneReleasedMessageGoesToTheNextConsumer() {
        var driver = twoClients()
        driver.connect("bob2", as: "bob")
        driver.consume("q", prefetch: 1, by: "bob")
        driver.publish("m1", to: "q", by: "alice")
        driver.sync()
        driver.consume("q", prefetch: 1, by: "bob2")
        driver.release("m1", by: "bob")
        driver.release("unknown", by: "bob")
        driver.sync()
        #expect(driver.lines("bob2") == ["Subscribed to queue", "> m1"])
        #expect(driver.lines("bob") == ["Subscribed to queue", "> m1", "Released 1", "Released 0"])
    }
}
