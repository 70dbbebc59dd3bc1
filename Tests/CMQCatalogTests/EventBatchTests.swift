import Testing

@testable import CMQCatalog

@Suite struct EventBatchTests {
    @Test func `all events of a message fold into one record, whatever lies between them`() throws {
        let batch = EventBatch([
            .sent(2, "b", at: noon),
            .queueDeclared(name: "results", time: noon),
            .sent(1, "a", at: noon + 1),
            .delivered(copy(2, "b"), to: "CA-RC", attempt: 1, time: noon + 2),
            .delivered(copy(1, "a"), to: "CA-RC", attempt: 1, time: noon + 3),
            .delivered(copy(2, "b"), to: "NY-RC", attempt: 2, time: noon + 4),
            .acknowledged(copy(2, "b"), by: "NY-RC", time: noon + 5),
        ])
        #expect(batch.messages.map(\.messageID) == ["a", "b"])
        #expect(batch.topology == [.queueDeclared(name: "results", time: noon)])
        let records = try batch.messages.map { try #require(batch.newRecord(of: $0)) }
        #expect(records[0].state == .delivered)
        #expect(records[0].deliveredTime == noon + 3)
        #expect(records[0].acknowledgedTime == nil)
        #expect(records[1].state == .acknowledged)
        #expect(records[1].deliveredTime == noon + 2)
        #expect(records[1].acknowledgedTime == noon + 5)
        #expect(records[1].deliveries == 2)
        #expect(records[1].onlyCopy?.consumer == "NY-RC")
    }

    @Test func `messages that share an id stay in the broker's order`() {
        let batch = EventBatch([.sent(9, "a"), .sent(3, "b"), .sent(4, "a")])
        #expect(batch.messages.map(\.sequence) == [4, 9, 3])
    }

    @Test func `events find their message by its number, wherever that lies`() throws {
        // The lowest is an old message's; the others lie far above it, and far from each other.
        let numbers: [UInt64] = [5, 1 << 40, 7, .max, (1 << 40) + 1]
        let sent = numbers.map { CatalogEvent.sent($0, "m-\($0)") }
        let delivered = numbers.reversed().map { number in
            CatalogEvent.delivered(copy(number, "m-\(number)"), to: "client-\(number)", attempt: 1, time: noon)
        }
        let batch = EventBatch(sent + delivered)
        #expect(Set(batch.messages.map(\.sequence)) == Set(numbers))
        for message in batch.messages {
            let record = try #require(batch.newRecord(of: message))
            #expect(record.onlyCopy?.consumer == "client-\(message.sequence)")
        }
    }

    @Test func `messages are sorted by the bytes of their ids`() {
        let alike = "01a21ede-9dc8-7000-926d-"
        let identities = [
            "12345678", "1234567", "12345678b", "", "é", "12345678a", "e\u{301}", "zzzzzzzzz", "12345678b\u{0}",
            "01a21ede-9dc8-7010-92d3-102083f19a96", alike + "c4d45d379998", alike + "c4d45d379997", alike, alike + "0",
            "1234567890123456b", "1234567890123456a", "1234567890123456",
        ]
        let batch = EventBatch(identities.enumerated().map { .sent(UInt64($0), $1) })
        let sorted = identities.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        #expect(batch.messages.map { Array($0.messageID.utf8) } == sorted.map { Array($0.utf8) })
    }

    @Test func `a message that was sent earlier has no record of its own yet`() {
        let batch = EventBatch([.acknowledged(copy(1, "a"), by: "CA-RC", time: noon)])
        #expect(batch.newRecord(of: batch.messages[0]) == nil)
    }

    @Test(arguments: [
        ([MessageState.acknowledged, .acknowledged], MessageState.acknowledged),
        ([.acknowledged, .purged], .purged),
        ([.acknowledged, .delivered, .purged], .delivered),
        ([.delivered, .waiting, .acknowledged], .waiting),
        ([.waiting, .dead, .acknowledged], .dead),
    ])
    func `several copies have the state that needs most attention`(states: [MessageState], combined: MessageState) {
        #expect(MessageState.combined(states) == combined)
    }
}
