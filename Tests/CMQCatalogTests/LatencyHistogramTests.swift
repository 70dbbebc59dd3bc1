import Testing

@testable import CMQCatalog

@Suite struct LatencyHistogramTests {
    @Test func `nothing has no percentiles`() {
        #expect(LatencyHistogram().summary == nil)
    }

    @Test func `small values are exact, by nearest rank`() {
        var histogram = LatencyHistogram()
        for value in (1...100).reversed() { histogram.add(Int64(value)) }
        #expect(histogram.summary == LatencySummary(p50: 50, p95: 95, p99: 99, largest: 100))
    }

    @Test func `a clock that was set back counts as nothing`() {
        var histogram = LatencyHistogram()
        histogram.add(-5)
        #expect(histogram.summary == LatencySummary(p50: 0, p95: 0, p99: 0, largest: 0))
    }

    @Test(arguments: [127, 128, 129, 255, 256, 257, 1_000_003, 1 << 40, 1 << 40 + 1, .max - 1, .max])
    func `a percentile lies between the value and 0.8 % more`(value: Int64) {
        var histogram = LatencyHistogram()
        histogram.add(value)
        histogram.add(.max)
        let percentile = histogram.summary?.p50 ?? -1
        #expect(percentile >= value)
        #expect(percentile - value <= value / 128)
    }
}
