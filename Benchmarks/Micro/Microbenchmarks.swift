internal import Counting
internal import Foundation

/// `microbenchmarks`: runs each benchmark and writes one line of JSON for it, with its allocations for one message.
/// Under `valgrind --tool=callgrind` each one's instructions are in a dump of its own.
///
/// The library ordo-one/benchmark would do this, but its malloc counts need jemalloc and read 0 here, its
/// instruction counts need hardware counters that virtual machines hide, and a package of its own cannot see the
/// rooms of this one.
@main enum Microbenchmarks {
    static func main() throws {
        let benchmarks: [any Microbenchmark] = [
            try ParseBenchmark(), CoreBenchmark(), try JournalBenchmark(), SealBenchmark(), try OpenBenchmark(),
        ]
        for benchmark in benchmarks { try measure(benchmark) }
    }

    private static func measure(_ benchmark: any Microbenchmark) throws {
        // What is made once, and what grows to its size, is not counted.
        for _ in 0..<benchmark.warmUpRounds { try benchmark.runRound() }
        let name = type(of: benchmark).name
        let before = counting_allocations()
        counting_begin()
        for _ in 0..<benchmark.rounds { try benchmark.runRound() }
        counting_end(name)
        let allocations = counting_allocations() - before
        let messages = benchmark.rounds * benchmark.messagesOfRound
        let each = String(format: "%.3f", Double(allocations) / Double(messages))
        print("{\"name\":\"\(name)\",\"messages\":\(messages),\"allocations\":\(each)}")
        try benchmark.finish()
    }
}

/// Work whose cost for one message is watched.
protocol Microbenchmark: AnyObject {
    static var name: String { get }
    var messagesOfRound: Int { get }
    var rounds: Int { get }
    var warmUpRounds: Int { get }
    func runRound() throws
    func finish() throws
}

extension Microbenchmark {
    var messagesOfRound: Int { 100 }
    var rounds: Int { 20 }
    var warmUpRounds: Int { 5 }
    func finish() throws {}
}

/// A benchmark did not do its work: its figures would mean nothing.
struct WrongResult: Error, CustomStringConvertible {
    let description: String
}
