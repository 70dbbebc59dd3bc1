import CMQCatalog

/// What happens to one copy in a random run.
struct CopyLife {
    private let reference: CopyReference
    private var now: Int64
    private(set) var times: [Int64] = []
    private(set) var events: [CatalogEvent] = []
    private(set) var fate = MessageState.waiting
    private(set) var delivered: Int64?
    private(set) var acknowledged: Int64?
    private(set) var consumer: String?

    init(reference: CopyReference, start: Int64, using generator: inout SeededGenerator) {
        self.reference = reference
        now = start
    }

    mutating func run(using generator: inout SeededGenerator) {
        for attempt in 1...Int.random(in: 1...3, using: &generator) {
            if Int.random(in: 0..<6, using: &generator) == 0 { break }
            deliver(attempt, using: &generator)
        }
        switch Int.random(in: 0..<12, using: &generator) {
        case 0: break
        case 1:
            add(after: 5_000, using: &generator) { .removed($0, time: $1) }
            fate = .purged
        case 2:
            die(using: &generator)
        case 3:
            die(using: &generator)
            add(after: 500, using: &generator) { .redriven($0, time: $1) }
            fate = .waiting
            deliver(1, using: &generator)
            acknowledge(using: &generator)
        case 4:
            die(using: &generator)
            acknowledge(using: &generator)
        default:
            if delivered != nil { acknowledge(using: &generator) }
        }
    }

    private mutating func deliver(_ attempt: Int, using generator: inout SeededGenerator) {
        let client = ["CA-RC", "NY-RC", "SF-RC"].randomElement(using: &generator) ?? ""
        add(after: 300_000, using: &generator) { .delivered($0, to: client, attempt: attempt, time: $1) }
        delivered = delivered ?? now
        consumer = client
        fate = .delivered
    }

    private mutating func acknowledge(using generator: inout SeededGenerator) {
        let client = consumer ?? "SF-RC"
        add(after: 2_000_000, using: &generator) { .acknowledged($0, by: client, time: $1) }
        acknowledged = now
        consumer = client
        fate = .acknowledged
    }

    private mutating func die(using generator: inout SeededGenerator) {
        let dead = "\(reference.queue).dead"
        add(after: 100, using: &generator) {
            .deadLettered($0, reason: "rejected", deadLetterQueue: dead, time: $1)
        }
        fate = .dead
    }

    private mutating func add(
        after longest: Int64,
        using generator: inout SeededGenerator,
        _ event: (CopyReference, Int64) -> CatalogEvent
    ) {
        now += Int64.random(in: 1...longest, using: &generator)
        times.append(now)
        events.append(event(reference, now))
    }
}
