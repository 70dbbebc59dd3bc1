/// One run of `cmq-send`: what it was given, and what it said.
struct SenderLife: Sendable {
    /// What Jepsen calls the three outcomes, for a line to a receiver.
    enum Outcome {
        case done
        case notDone
        case unknown
    }

    /// The identity of the sender.
    let sender: String
    /// From 1, for each sender.
    let number: Int
    let receivers: [String]
    /// Its lines are `1...count`.
    let count: Int
    let usesSpool: Bool
    /// The exit status; 137 after SIGKILL.
    var status: Int32 = -1
    /// Whether it got SIGTERM: then it sends what it has read and ends with 0.
    var wasAskedToEnd = false
    /// What it printed. With a spool, lines of earlier runs are among them, with the numbers that they had there.
    var receipts: [PrintedReceipt] = []

    /// What the sender said about its lines as a whole: `done` must be there, `notDone` must not.
    var outcome: Outcome {
        if status == 0, !wasAskedToEnd { return .done }
        // There was never a connection, and nothing keeps the lines.
        return status == 69 && !usesSpool ? .notDone : .unknown
    }

    var name: String { "\(sender)/\(number)" }
}
