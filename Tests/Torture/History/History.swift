internal import Foundation
internal import Synchronization

/// What happened in a run, and what was found wrong.
final class History: Sendable {
    private struct State {
        var lives: [SenderLife] = []
        var events: [String] = []
        var counts: [String: Int] = [:]
        var problems: [String] = []
    }

    private static let shownEvents = 60

    private let start = ContinuousClock.now
    private let state = Mutex(State())

    var lives: [SenderLife] { state.withLock { $0.lives } }
    var problems: [String] { state.withLock { $0.problems } }
    /// How often each kind of event happened.
    var counts: [String: Int] { state.withLock { $0.counts } }

    func add(_ life: SenderLife) {
        state.withLock { $0.lives.append(life) }
    }

    /// - Parameters:
    ///   - kind: What is counted.
    ///   - detail: Shown when the run fails.
    func event(_ kind: String, _ detail: String = "") {
        let time = ContinuousClock.now - start
        state.withLock { state in
            state.counts[kind, default: 0] += 1
            state.events.append("\(time) \(kind) \(detail)")
        }
    }

    func problem(_ text: String) {
        event("problem", text)
        state.withLock { $0.problems.append(text) }
    }

    /// The end of what happened.
    var recentEvents: [String] { state.withLock { Array($0.events.suffix(Self.shownEvents)) } }
}
