import CMQLogging
import Foundation
import Logging
import Synchronization
import TestSupport

/// A clock that a test turns by hand.
final class TurnedClock: Sendable {
    private let seconds: Atomic<Int>

    /// Begins at `text`, RFC 3339.
    init(_ text: String) {
        seconds = Atomic(Self.time(text).secondsSinceEpoch)
    }

    var now: LogTime { LogTime(secondsSinceEpoch: seconds.load(ordering: .sequentiallyConsistent)) }

    func turn(to text: String) {
        seconds.store(Self.time(text).secondsSinceEpoch, ordering: .sequentiallyConsistent)
    }

    static func time(_ text: String) -> LogTime {
        let date = (try? Date(text, strategy: .iso8601)) ?? .distantPast
        return LogTime(secondsSinceEpoch: Int(date.timeIntervalSince1970))
    }
}

/// What a log complained about.
final class Complaints: Sendable {
    private let sentences = Mutex<[String]>([])

    var all: [String] { sentences.withLock { $0 } }

    func add(_ sentence: String) { sentences.withLock { $0.append(sentence) } }
}

/// A destination that keeps what it gets, and can be stopped in the middle of a write.
final class HeldDestination: LogDestination {
    private struct State {
        var records: [LogRecord] = []
        var isHeld = false
        var isWriting = false
    }

    private let state = Mutex(State())
    private let entered = DispatchSemaphore(value: 0)
    private let released = DispatchSemaphore(value: 0)

    init(held: Bool = false) { state.withLock { $0.isHeld = held } }

    var messages: [String] { state.withLock { $0.records.map(\.message) } }
    var records: [LogRecord] { state.withLock { $0.records } }

    func write(_ records: [LogRecord]) {
        if state.withLock({ $0.isHeld }) {
            entered.signal()
            released.wait()
        }
        state.withLock { $0.records += records }
    }

    /// Waits until a write has begun and is held.
    func waitUntilHeld() { entered.wait() }

    func release() {
        state.withLock { $0.isHeld = false }
        released.signal()
    }
}

func record(
    _ level: Logger.Level = .info,
    _ message: String,
    at time: LogTime = TurnedClock.time("2025-09-08T07:03:00Z"),
    _ metadata: Logger.Metadata = [:]
) -> LogRecord {
    LogRecord(time: time, level: level, message: message, metadata: metadata)
}

extension TemporaryDirectory {
    /// The names inside, sorted.
    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }

    /// The messages in a JSON log, in order.
    func messages(in name: String) throws -> [String] {
        try read(name).split(separator: "\n").map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return object?["message"] as? String ?? "no message"
        }
    }
}
