import CMQBrokerCore
import CMQWire
import Testing

/// `default_queue`, `default_exchange` and `default_key` of version 1.0, which nobody declares.
@Suite struct InitialTopologyTests {
    private func driver() -> CoreDriver {
        var driver = CoreDriver()
        driver.connect("old")
        return driver
    }

    @Test func `a message can be published before anything is declared`() throws {
        var driver = driver()
        driver.publish("m", to: "default_key", exchange: "default_exchange", by: "old")
        driver.sync()
        #expect(driver.lines("old") == ["ACK m"])
        driver.consume("default_queue", by: "old")
        driver.sync()
        #expect(driver.lines("old") == ["Subscribed to queue", "> m"])
    }

    @Test func `a consumer that comes first gets what is published later`() throws {
        var driver = driver()
        driver.consume("default_queue", by: "old")
        driver.publish("m", to: "default_key", exchange: "default_exchange", by: "old")
        driver.sync()
        #expect(driver.core.counters.delivered == 1)
    }

    @Test func `another queue is bound to it in the order of 1.0`() throws {
        var driver = driver()
        driver.declare(queue: "mine", by: "old")
        driver.bind("default_exchange", "mine", "key", by: "old")
        driver.sync()
        #expect(driver.lines("old") == ["Queue declared", "Queue bound"])
    }

    @Test func `declaring them by hand leaves them connected`() throws {
        var driver = driver()
        driver.declare(exchange: "default_exchange", by: "old")
        driver.publish("m", to: "default_key", exchange: "default_exchange", by: "old")
        driver.publish("n", to: "other", exchange: "default_exchange", by: "old")
        driver.sync()
        #expect(
            driver.lines("old") == [
                "Exchange declared", "ACK m",
                "Error: No queues bound to exchange 'default_exchange' with routing key 'other'",
            ]
        )
    }

    @Test func `they survive a restart and are not made for anybody else`() throws {
        var driver = driver()
        driver.consume("q", by: "old")
        driver.sync()
        #expect(driver.core.queueNames.sorted() == ["q"])
        driver.publish("m", to: "default_key", exchange: "default_exchange", by: "old")
        driver.sync()
        let recovered = try driver.recovered()
        #expect(recovered.core.queueNames.sorted() == ["default_queue", "q"])
    }
}
