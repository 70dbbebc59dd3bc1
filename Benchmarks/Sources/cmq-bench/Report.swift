internal import Foundation
internal import Histogram

/// The one line of JSON.
struct Report: Encodable {
    struct Latency: Encodable {
        let p50: Double
        let p99: Double
        let p999: Double
        let max: Double

        init?(_ observation: Observation?) {
            guard let latencies = observation?.latencies, latencies.totalCount > 0 else { return nil }
            func milliseconds(_ nanoseconds: UInt64) -> Double { (Double(nanoseconds) / 1e3).rounded() / 1e3 }
            p50 = milliseconds(latencies.valueAtPercentile(50))
            p99 = milliseconds(latencies.valueAtPercentile(99))
            p999 = milliseconds(latencies.valueAtPercentile(99.9))
            max = milliseconds(latencies.max)
        }
    }

    let work: String
    let sealing: Bool
    let bodyBytes: Int
    let window: Int
    let rate: Int
    let messages: Int
    let seconds: Double
    let messagesPerSecond: Double
    let confirmMs: Latency?
    let deliverMs: Latency?

    init(_ command: BenchCommand, published: Observation, received: Observation?, schedule: Schedule) {
        work = received == nil ? "publish" : "deliver"
        sealing = command.seal
        bodyBytes = command.body
        window = command.window
        rate = command.rate
        messages = command.messages
        let elapsed = schedule.start.duration(to: max(published.end, received?.end ?? published.end)).components
        seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
        messagesPerSecond = (Double(messages) / seconds).rounded()
        confirmMs = Latency(published)
        deliverMs = Latency(received)
    }

    func line() throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
