import CMQWire
import Testing

@testable import CMQClient

@Suite struct PublisherTests {
    private let now = ContinuousClock.now

    private func publisher(
        window: Int = 10,
        batch: Int = 10,
        retries: Int = 3,
        keepsRefused: Bool = false,
        _ count: Int
    ) throws -> Publisher {
        var limits = PublisherLimits()
        limits.window = window
        limits.batch = batch
        limits.retries = retries
        limits.keepsRefused = keepsRefused
        var publisher = Publisher(limits: limits)
        for number in 0..<count {
            publisher.enqueue(try #require(MessageID("m\(number)")), bytes: Array("line \(number)\n".utf8), tag: number)
        }
        return publisher
    }

    @Test(arguments: [true, false])
    func `a duplicate is our own message only at an older broker and after an attempt`(isOlder: Bool) throws {
        var publisher = try publisher(1)
        publisher.connected(toOlderBroker: isOlder)
        let first = publisher.takeReady(now: now)
        // The answer is lost with the connection.
        _ = publisher.connectionLost(random: 1)
        publisher.connected(toOlderBroker: isOlder)
        let second = publisher.takeReady(now: now)
        #expect(first.map(\.messageID) == second.map(\.messageID))
        let reason = "Duplicate message m0 ignored"
        let settlements = complete(&publisher, [(second[0], .notDone(reason: reason))])
        #expect(settlements.map(\.result) == [isOlder ? .acknowledged : .refused(reason)])
    }

    @Test func `a duplicate at the first attempt is somebody else's message`() throws {
        var publisher = try publisher(1)
        publisher.connected(toOlderBroker: true)
        let lines = publisher.takeReady(now: now)
        let reason = "Duplicate message m0 ignored"
        let settlements = complete(&publisher, [(lines[0], .notDone(reason: reason))])
        #expect(settlements.map(\.result) == [.refused(reason)])
    }

    private func texts(_ lines: [OutgoingLine]) -> [String] {
        lines.map { String(decoding: $0.bytes.dropLast(), as: UTF8.self) }
    }

    private func complete(
        _ publisher: inout Publisher,
        _ reports: [(OutgoingLine, PublishOutcome)]
    ) -> [Publisher.Settlement] {
        var settlements: [Publisher.Settlement] = []
        publisher.completed(
            reports.map { PublishReport(ticket: $0.0.ticket, outcome: $0.1) },
            now: now,
            random: 1,
            into: &settlements
        )
        return settlements
    }

    @Test func nothingIsWrittenWithoutAConnection() throws {
        var publisher = try publisher(2)
        #expect(publisher.takeReady(now: now).isEmpty)
        publisher.connected()
        #expect(texts(publisher.takeReady(now: now)) == ["line 0", "line 1"])
        #expect(publisher.takeReady(now: now).isEmpty)
    }

    @Test func theWindowAndTheBatchBoundWhatIsUnderWay() throws {
        var publisher = try publisher(window: 3, batch: 2, 3)
        #expect(!publisher.hasRoom)
        publisher.connected()
        let first = publisher.takeReady(now: now)
        #expect(first.count == 2)
        #expect(publisher.takeReady(now: now).count == 1)
        _ = complete(&publisher, [(first[0], .done)])
        #expect(publisher.hasRoom)
        #expect(publisher.inFlight == 2)
    }

    @Test func bytesBoundTheWindowToo() throws {
        var limits = PublisherLimits()
        limits.windowBytes = 10
        var publisher = Publisher(limits: limits)
        publisher.enqueue(try #require(MessageID("a")), bytes: [UInt8](repeating: 1, count: 11), tag: 0)
        #expect(!publisher.hasRoom)
        publisher.connected()
        let lines = publisher.takeReady(now: now)
        _ = complete(&publisher, [(lines[0], .done)])
        #expect(publisher.hasRoom)
    }

    @Test func aLostConnectionRepeatsTheSameBytesInOrder() throws {
        var publisher = try publisher(4)
        publisher.connected()
        let lines = publisher.takeReady(now: now)
        _ = complete(&publisher, [(lines[1], .done)])
        #expect(publisher.connectionLost(random: 1) == .seconds(1))
        #expect(publisher.takeReady(now: now).isEmpty)
        publisher.connected()
        let again = publisher.takeReady(now: now)
        #expect(texts(again) == ["line 0", "line 2", "line 3"])
        #expect(again.map(\.messageID) == [lines[0], lines[2], lines[3]].map(\.messageID))
    }

    @Test func anAnswerFromTheOldConnectionSettlesNothingBeforeItIsWrittenAgain() throws {
        var publisher = try publisher(1)
        publisher.connected()
        let line = publisher.takeReady(now: now)[0]
        _ = publisher.connectionLost(random: 1)
        #expect(complete(&publisher, [(line, .done)]).isEmpty)
        #expect(publisher.count == 1)
    }

    @Test func connectionsWithoutAnyAnswerUseUpTheAttempts() throws {
        var publisher = try publisher(retries: 3, 2)
        var delays: [Duration?] = []
        for _ in 0..<4 {
            publisher.connected()
            _ = publisher.takeReady(now: now)
            delays.append(publisher.connectionLost(random: 1))
        }
        #expect(delays == [.seconds(1), .seconds(2), .seconds(4), nil])
    }

    @Test func progressGivesNewAttempts() throws {
        var publisher = try publisher(retries: 1, 3)
        for _ in 0..<3 {
            publisher.connected()
            let lines = publisher.takeReady(now: now)
            _ = complete(&publisher, [(lines[0], .done)])
            #expect(publisher.connectionLost(random: 1) == .seconds(1))
        }
    }

    @Test func aRefusalForGoodIsTheEndOfThatMessageOnly() throws {
        var publisher = try publisher(2)
        publisher.connected()
        let lines = publisher.takeReady(now: now)
        let reason = "No queues bound to exchange 'x' with routing key 'y'"
        let settled = complete(&publisher, [(lines[0], .notDone(reason: reason)), (lines[1], .done)])
        #expect(settled.map(\.result) == [.refused(reason), .acknowledged])
        #expect(settled.map(\.tag) == [0, 1])
        #expect(publisher.isEmpty)
    }

    @Test func aRefusalForNowIsTriedAgainAndHoldsBackWhatFollows() throws {
        var publisher = try publisher(retries: 1, 1)
        publisher.connected()
        let first = publisher.takeReady(now: now)
        #expect(complete(&publisher, [(first[0], .notDone(reason: "queue 'q' is full"))]).isEmpty)
        publisher.enqueue(try #require(MessageID("later")), bytes: Array("later\n".utf8), tag: 9)
        #expect(publisher.takeReady(now: now).isEmpty)
        #expect(publisher.nextAttempt == now + .seconds(1))
        let second = publisher.takeReady(now: now + .seconds(1))
        #expect(texts(second) == ["line 0", "later"])
        let settled = complete(&publisher, [(second[0], .notDone(reason: "queue 'q' is full")), (second[1], .done)])
        #expect(settled.map(\.result) == [.refused("queue 'q' is full"), .acknowledged])
    }

    @Test func `what was written again after lost connections has all its attempts against refusals`() throws {
        var publisher = try publisher(retries: 1, 1)
        for _ in 0..<3 {
            publisher.connected()
            #expect(publisher.takeReady(now: now).count == 1)
            _ = publisher.connectionLost(random: 1)
        }
        publisher.connected()
        let first = publisher.takeReady(now: now)
        #expect(complete(&publisher, [(first[0], .notDone(reason: "queue 'q' is full"))]).isEmpty)
        #expect(publisher.nextAttempt == now + .seconds(1))
        let second = publisher.takeReady(now: now + .seconds(1))
        let settled = complete(&publisher, [(second[0], .notDone(reason: "queue 'q' is full"))])
        #expect(settled.map(\.result) == [.refused("queue 'q' is full")])
    }

    @Test func `what is kept elsewhere is tried again without end, and that is told after its attempts`() throws {
        var publisher = try publisher(retries: 2, keepsRefused: true, 1)
        publisher.connected()
        let reason = "the broker's disk is nearly full"
        var settlements: [Publisher.Settlement] = []
        var told: [String?] = []
        var time = now
        for _ in 0..<6 {
            let line = try #require(publisher.takeReady(now: time).first)
            let report = PublishReport(ticket: line.ticket, outcome: .notDone(reason: reason))
            told.append(publisher.completed([report], now: time, random: 1, into: &settlements))
            time = try #require(publisher.nextAttempt)
        }
        #expect(settlements.isEmpty)
        #expect(told == [nil, nil, reason, reason, reason, reason])
        let waited: Int = [1, 2, 4, 8, 16, 30].reduce(0, +)
        #expect(time == now + .seconds(waited))
        let last = try #require(publisher.takeReady(now: time).first)
        #expect(complete(&publisher, [(last, .done)]).map(\.result) == [.acknowledged])
    }

    @Test(
        arguments: [
            "No queues bound to exchange 'x' with routing key 'y'", "message exceeds 10 bytes",
            "invalid exchange name", "invalid routing key", "names must be valid UTF-8",
            "the message would go to more than 3 queues",
        ]
    )
    func `a refusal for good is final also for what is kept elsewhere`(reason: String) throws {
        var publisher = try publisher(keepsRefused: true, 1)
        publisher.connected()
        let lines = publisher.takeReady(now: now)
        let settled = complete(&publisher, [(lines[0], .notDone(reason: reason))])
        #expect(settled.map(\.result) == [.refused(reason)])
    }

    @Test func givingUpTellsDoubtFromCertainty() throws {
        var publisher = try publisher(batch: 1, 2)
        publisher.connected()
        _ = publisher.takeReady(now: now)
        _ = publisher.connectionLost(random: 1)
        #expect(publisher.giveUp(reason: "gone").map(\.result) == [.unknown("gone"), .refused("gone")])
        #expect(publisher.isEmpty)
    }

    @Test func everyMessageIsSettledOnceWhateverTheOrderOfAnswers() throws {
        var generator = SystemRandomNumberGenerator()
        var publisher = try publisher(window: 200, batch: 7, 200)
        publisher.connected()
        var settled: [Int] = []
        while !publisher.isEmpty {
            var lines = publisher.takeReady(now: now)
            lines.shuffle(using: &generator)
            settled += complete(&publisher, lines.map { ($0, .done) }).map(\.tag)
            settled += complete(&publisher, lines.map { ($0, .done) }).map(\.tag)
        }
        #expect(settled.sorted() == Array(0..<200))
    }

    @Test func waitsDoubleUpToTheLongestAndKeepHalf() {
        let backoff = Backoff(base: .seconds(1), longest: .seconds(5))
        #expect((1...5).map { backoff.delay(afterAttempt: $0, random: 1) } == [1, 2, 4, 5, 5].map { .seconds($0) })
        #expect(backoff.delay(afterAttempt: 2, random: 0) == .seconds(1))
    }
}
