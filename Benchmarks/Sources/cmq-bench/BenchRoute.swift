internal import CMQKit
internal import Foundation

/// Where a run's messages go, and what they are called.
struct BenchRoute: Sendable {
    /// The name of the queue and of the exchange in front of it.
    let queue: String
    let count: Int
    private let prefix = UUID().uuidString.lowercased().prefix(24)

    init(queue: String, count: Int) {
        self.queue = queue
        self.count = count
    }

    /// A UUID whose last group is the message's number.
    func messageID(_ number: Int) throws -> MessageID {
        let digits = String(number, radix: 16)
        guard let id = MessageID(prefix + String(repeating: "0", count: 12 - digits.count) + digits) else {
            throw BenchError(description: "\(number) makes no message identity")
        }
        return id
    }

    func number(of id: MessageID) throws -> Int {
        let text = id.description
        guard text.hasPrefix(prefix), let number = Int(text.suffix(12), radix: 16), number < count else {
            throw BenchError(description: "the message \(id) is not of this run")
        }
        return number
    }
}

/// The run went wrong: it has no figures.
struct BenchError: Error, CustomStringConvertible {
    let description: String
}
