import CMQLogging
import Foundation
import Logging
import Testing

struct LogWriterTests {
    @Test func aFullQueueDropsCountsAndSaysSo() {
        let destination = HeldDestination(held: true)
        let writer = LogWriter(destination: destination, capacity: 16)
        writer.submit(record(.info, "first"))
        destination.waitUntilHeld()
        for number in 0..<20 { writer.submit(record(.info, "\(number)")) }
        #expect(writer.droppedLines == 4)
        // Errors have a reserve.
        for number in 0..<3 { writer.submit(record(.error, "error \(number)")) }
        #expect(writer.droppedLines == 5)
        destination.release()
        #expect(writer.flush(timeout: .seconds(60)))
        let expected = ["first"] + (0..<16).map { "\($0)" } + ["error 0", "error 1"]
        #expect(Array(destination.messages.dropLast()) == expected)
        let notice = destination.records.last
        #expect(notice?.message == "Log lines were dropped because the log could not keep up")
        #expect(notice?.metadata[.count] == "5")
        #expect(notice?.level == .warning)
    }

    @Test func submittingNeverWaitsForTheDestination() {
        let destination = HeldDestination(held: true)
        let writer = LogWriter(destination: destination, capacity: 16)
        writer.submit(record(.info, "held"))
        destination.waitUntilHeld()
        // Reaching the next line is the proof: the destination is stuck all the while.
        writer.submit(record(.info, "waiting"))
        #expect(destination.messages == [])
        #expect(!writer.flush(timeout: .milliseconds(1)))
        destination.release()
        #expect(writer.flush(timeout: .seconds(60)))
        #expect(destination.messages == ["held", "waiting"])
    }

    @Test func keepsTheOrderOfManyLines() {
        let destination = HeldDestination()
        let writer = LogWriter(destination: destination, capacity: 100_000)
        for number in 0..<50_000 { writer.submit(record(.info, "\(number)")) }
        #expect(writer.flush(timeout: .seconds(60)))
        #expect(destination.messages == (0..<50_000).map { "\($0)" })
        #expect(writer.droppedLines == 0)
    }

    @Test func manyThreadsLoseNothing() {
        let destination = HeldDestination()
        let writer = LogWriter(destination: destination, capacity: 100_000)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for number in 0..<1_000 { writer.submit(record(.info, "\(thread) \(number)")) }
        }
        #expect(writer.flush(timeout: .seconds(60)))
        for thread in 0..<8 {
            let own = destination.messages.filter { $0.hasPrefix("\(thread) ") }
            #expect(own == (0..<1_000).map { "\(thread) \($0)" })
        }
    }
}
