internal import Foundation
internal import Glibc
internal import Synchronization
internal import TestSupport

/// The senders and receivers that run now, for whoever wants to kill or stop one.
final class Crowd: Sendable {
    struct Member: Sendable {
        let name: String
        let process: RunningCommand
    }

    private let members = Mutex<[Int32: Member]>([:])
    private let askedToEnd = Mutex<Set<Int32>>([])

    /// Waits for the end of a process, which can be found here meanwhile.
    func finish(_ name: String, _ process: RunningCommand) async -> CommandResult {
        let number = process.processIdentifier
        members.withLock { $0[number] = Member(name: name, process: process) }
        let result = await process.finish()
        members.withLock { _ = $0.removeValue(forKey: number) }
        return result
    }

    var isEmpty: Bool { members.withLock { $0.isEmpty } }

    func pick(_ chance: inout Chance) -> Member? {
        let all = members.withLock { $0.values.sorted { $0.process.processIdentifier < $1.process.processIdentifier } }
        return all.isEmpty ? nil : chance.pick(all)
    }

    /// A signal to a process that has ended meanwhile must not hit another one with its number.
    func signal(_ member: Member, _ number: Int32) {
        guard !member.process.hasEnded else { return }
        if number == SIGTERM { askedToEnd.withLock { _ = $0.insert(member.process.processIdentifier) } }
        member.process.signal(number)
    }

    /// Whether a process that has ended got SIGTERM; asked once.
    func wasAskedToEnd(_ process: RunningCommand) -> Bool {
        askedToEnd.withLock { $0.remove(process.processIdentifier) != nil }
    }

    func signalAll(_ number: Int32) {
        for member in members.withLock({ Array($0.values) }) { signal(member, number) }
    }
}
