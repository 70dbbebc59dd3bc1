/// Counts latencies in buckets whose width grows with the value: memory depends on the spread of
/// the values, not on their number.
struct LatencyHistogram {
    /// Below 128 µs a bucket is a microsecond; above, every power of two has 128 buckets.
    private static let mantissaBits = 7

    private var buckets: [Int: Int] = [:]
    private var count = 0
    private var largest: Int64 = 0

    /// - Parameter microseconds: A negative value, which a clock that was set back makes, counts as 0.
    mutating func add(_ microseconds: Int64) {
        let value = max(microseconds, 0)
        buckets[Self.bucket(of: value), default: 0] += 1
        count += 1
        largest = max(largest, value)
    }

    var summary: LatencySummary? {
        guard count > 0 else { return nil }
        let sorted = buckets.sorted { $0.key < $1.key }
        func percentile(_ percent: Int) -> Int64 {
            let rank = (count * percent + 99) / 100
            var seen = 0
            for (bucket, count) in sorted {
                seen += count
                if seen >= rank { return min(Self.upperBound(of: bucket), largest) }
            }
            return largest
        }
        return LatencySummary(p50: percentile(50), p95: percentile(95), p99: percentile(99), largest: largest)
    }

    private static func bucket(of value: Int64) -> Int {
        guard value >= 1 << mantissaBits else { return Int(value) }
        let exponent = 63 - value.leadingZeroBitCount - mantissaBits
        return (exponent + 1) << mantissaBits + Int(value >> Int64(exponent)) - 1 << mantissaBits
    }

    /// The largest value that falls into a bucket.
    private static func upperBound(of bucket: Int) -> Int64 {
        guard bucket >= 1 << mantissaBits else { return Int64(bucket) }
        let exponent = bucket >> mantissaBits - 1
        let mantissa = Int64(bucket & (1 << mantissaBits - 1) + 1 << mantissaBits)
        // Wraps around to the largest value there is in the last bucket.
        return (mantissa + 1) << Int64(exponent) &- 1
    }
}
