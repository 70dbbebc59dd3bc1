internal import Foundation

/// Compares what the senders said with what the output files hold.
struct Judgement {
    private(set) var done = 0
    private(set) var notDone = 0
    private(set) var unknown = 0
    /// Of the unknown ones, how many are there.
    private(set) var recovered = 0
    private(set) var problems: [String] = []
    private var places: [String: Place] = [:]
    private var lines: [LineKey: [Int]] = [:]
    private var acknowledged: [LineKey: Set<Int>] = [:]
    /// The runs of a sender whose lines are in a receiver's file, in the order of the file.
    private var runs: [Pair: [Int]] = [:]

    /// The identities in the files.
    var identities: Set<String> { Set(places.keys) }

    private struct Place {
        var key: LineKey
        var line: Int
    }

    private struct Pair: Hashable {
        var sender: String
        var receiver: String
    }

    private struct LineKey: Hashable {
        var sender: String
        var life: Int
        var receiver: String
    }

    /// Reads the output file of a receiver.
    mutating func read(_ data: Data, of receiver: String) {
        if let last = data.last, last != UInt8(ascii: "\n") { problems.append("the file of \(receiver) is torn") }
        let decoder = JSONDecoder()
        for (index, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
            guard let stored = try? decoder.decode(StoredMessage.self, from: line) else {
                problems.append(
                    "line \(index + 1) of \(receiver) is no message: \(String(decoding: line, as: UTF8.self))"
                )
                continue
            }
            let content = stored.message.content
            if stored.message.senderID != content.sender {
                problems.append("\(stored.messageID) of \(content.sender) came from \(stored.message.senderID)")
            }
            let key = LineKey(sender: content.sender, life: content.life, receiver: receiver)
            lines[key, default: []].append(content.line)
            let pair = Pair(sender: content.sender, receiver: receiver)
            if runs[pair]?.last != content.life { runs[pair, default: []].append(content.life) }
            if places.updateValue(Place(key: key, line: content.line), forKey: stored.messageID) != nil {
                problems.append("twice: \(stored.messageID), line \(content.line) of \(content.sender)/\(content.life)")
            }
        }
    }

    /// Finds the message of every receipt. All lives are looked at before the first one is judged.
    mutating func findReceipts(of life: SenderLife) {
        for receipt in life.receipts {
            guard let place = places[receipt.messageID] else {
                problems.append("lost: \(receipt.messageID), line \(receipt.line), acknowledged to \(life.name)")
                continue
            }
            let fits = place.line == receipt.line && place.key.receiver == receipt.receiver
            guard fits, place.key.sender == life.sender, place.key.life <= life.number else {
                problems.append("the receipt \(receipt) of \(life.name) is for \(place)")
                continue
            }
            acknowledged[place.key, default: []].insert(place.line)
        }
    }

    /// Judges what a sender was given: what is there must be a beginning of it, in order, once, and not shorter than
    /// what was acknowledged.
    mutating func judge(_ life: SenderLife) {
        for receiver in life.receivers {
            let key = LineKey(sender: life.sender, life: life.number, receiver: receiver)
            let there = lines.removeValue(forKey: key) ?? []
            if there != Array(1..<there.count + 1) {
                problems.append("not once and in order, or with a gap: \(life.name) to \(receiver): \(there)")
            }
            count(life, acknowledged[key] ?? [], Set(there), receiver)
        }
    }

    /// A spool is emptied in its order: all of an earlier run comes before the first line of a later one.
    mutating func judgeOrderOfRuns(of senders: Set<String>) {
        for (pair, numbers) in runs where senders.contains(pair.sender) && numbers != Set(numbers).sorted() {
            problems.append("the runs of \(pair.sender) came to \(pair.receiver) in the order \(numbers)")
        }
    }

    private mutating func count(_ life: SenderLife, _ receipts: Set<Int>, _ there: Set<Int>, _ receiver: String) {
        for line in 1...life.count {
            switch receipts.contains(line) ? .done : life.outcome {
            case .done:
                done += 1
                if !there.contains(line) { problems.append("lost: line \(line) of \(life.name) to \(receiver)") }
            case .notDone:
                notDone += 1
                if there.contains(line) { problems.append("unexpected: line \(line) of \(life.name) to \(receiver)") }
            case .unknown:
                unknown += 1
                if there.contains(line) { recovered += 1 }
            }
        }
    }

    /// After all lives: what nobody sent.
    mutating func finish() {
        for (key, numbers) in lines { problems.append("nobody sent lines \(numbers) of \(key)") }
    }
}
