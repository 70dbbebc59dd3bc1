import Testing

@testable import CMQLogging

struct LogRateLimiterTests {
    private typealias Limiter = LogRateLimiter<String>

    @Test func letsSomeThroughAndThenSumsUp() {
        var limiter = Limiter(limit: 2, interval: .seconds(10))
        #expect(limiter.admit("a", at: .seconds(0)) == .log)
        #expect(limiter.admit("a", at: .seconds(1)) == .log)
        #expect(limiter.admit("a", at: .seconds(2)) == .suppress)
        #expect(limiter.admit("a", at: .seconds(9)) == .suppress)
        #expect(limiter.admit("a", at: .seconds(10)) == .logAfterSuppressed(2))
        #expect(limiter.admit("a", at: .seconds(11)) == .log)
        #expect(limiter.admit("a", at: .seconds(12)) == .suppress)
    }

    @Test func kindsDoNotCostEachOther() {
        var limiter = Limiter(limit: 1, interval: .seconds(10))
        #expect(limiter.admit("a", at: .zero) == .log)
        #expect(limiter.admit("b", at: .zero) == .log)
        #expect(limiter.admit("a", at: .zero) == .suppress)
    }

    @Test func aKindThatGoesQuietIsSummedUpOnce() {
        var limiter = Limiter(limit: 1, interval: .seconds(10))
        for _ in 0..<5 { _ = limiter.admit("a", at: .zero) }
        _ = limiter.admit("b", at: .zero)
        #expect(limiter.summaries(at: .seconds(9)) == [])
        #expect(limiter.summaries(at: .seconds(10)) == [Limiter.Summary(key: "a", suppressed: 4)])
        #expect(limiter.summaries(at: .seconds(20)) == [])
        #expect(limiter.admit("a", at: .seconds(20)) == .log)
    }

    @Test func moreKindsThanThereIsRoomForShareOneLimit() {
        var limiter = Limiter(limit: 1, interval: .seconds(10), keysMax: 2)
        #expect(limiter.admit("a", at: .zero) == .log)
        #expect(limiter.admit("b", at: .zero) == .log)
        #expect(limiter.admit("c", at: .zero) == .log)
        #expect(limiter.admit("d", at: .zero) == .suppress)
        #expect(limiter.admit("a", at: .zero) == .suppress)
        #expect(limiter.admit("e", at: .seconds(5)) == .suppress)
        // `b` is over and has nothing to tell, so its place is free.
        #expect(limiter.admit("e", at: .seconds(10)) == .log)
        let summaries = limiter.summaries(at: .seconds(10))
        #expect(Set(summaries) == [.init(key: "a", suppressed: 1), .init(key: nil, suppressed: 2)])
    }
}
