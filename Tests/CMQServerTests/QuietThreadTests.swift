import Foundation
import TestSupport
import Testing

@testable import CMQServer

/// What writes the audit trail gives way to what clients wait for.
@Suite struct QuietThreadTests {
    @Test func `the catalog's threads give way to those of the connections`() async throws {
        try await TestBroker.with { broker in
            let publisher = try await broker.consumer("alice", queue: "q")
            let envelope = "{\"message_id\":\"m-1\",\"ciphertext\":\"QQ==\"}"
            #expect(try await publisher.ask("publish x q \(envelope)") == ["ACK m-1"])
            // A thread has its name a moment before its priority.
            try await checkFor(.seconds(60)) {
                let threads = try priorities()
                return ["catalog-reader", "catalog-writer"].allSatisfy { name in
                    threads[name].map { $0.allSatisfy { $0 >= QuietThread.niceness } } ?? false
                }
            }
            let threads = try priorities()
            #expect(threads["catalog-reader"]?.contains { $0 < QuietThread.niceness } == false)
            #expect(threads["catalog-writer"]?.contains { $0 < QuietThread.niceness } == false)
            let own = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
            #expect(threads["journal-writer"]?.allSatisfy { $0 == own } == true)
            await publisher.close()
        }
    }

    @Test func `jobs are done in their order, one at a time`() async {
        let thread = QuietThread(named: "test")
        let (numbers, continuation) = AsyncStream.makeStream(of: Int.self)
        for number in 0..<1_000 {
            thread.run {
                continuation.yield(number)
                if number == 999 { continuation.finish() }
            }
        }
        var seen: [Int] = []
        for await number in numbers { seen.append(number) }
        #expect(seen == Array(0..<1_000))
    }

    /// The nice values of this process's threads, by name.
    private func priorities() throws -> [String: [Int32]] {
        var priorities: [String: [Int32]] = [:]
        for task in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task") {
            // A thread may end meanwhile.
            guard let stat = try? String(contentsOfFile: "/proc/self/task/\(task)/stat", encoding: .utf8),
                let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")")
            else { continue }
            let fields = stat[close...].split(separator: " ")
            guard fields.count > 17, let nice = Int32(fields[17]) else { continue }
            priorities[String(stat[stat.index(after: open)..<close]), default: []].append(nice)
        }
        return priorities
    }
}
