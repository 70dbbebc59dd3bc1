/// Percentiles by nearest rank, in microseconds. A percentile is never below the true one and at
/// most 1/128 (0.8 %) above it; the largest value is exact.
package struct LatencySummary: Sendable, Equatable, Codable {
    package var p50: Int64
    package var p95: Int64
    package var p99: Int64
    package var largest: Int64

    private enum CodingKeys: String, CodingKey {
        case p50 = "p50_microseconds"
        case p95 = "p95_microseconds"
        case p99 = "p99_microseconds"
        case largest = "max_microseconds"
    }
}
