import CMQCatalog
import Testing

@Suite struct CatalogTimeTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000Z"),
        (1_767_323_045_123_456, "2026-01-02T03:04:05.123456Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
        (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
        (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
        (-62_167_219_200_000_000, "0000-01-01T00:00:00.000000Z"),
    ])
    func `writes RFC 3339 in UTC and reads it back`(microseconds: Int64, text: String) {
        #expect(CatalogTime(microseconds: microseconds).description == text)
        #expect(CatalogTime(text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        ("2025-09-08T07:03:00+00:00", 1_757_314_980_000_000),
        ("2025-09-08T07:03:00.123456789+00:00", 1_757_314_980_123_456),
        ("2025-09-08T10:33:00.5+03:30", 1_757_314_980_500_000),
        ("2025-09-07T23:03:00-08:00", 1_757_314_980_000_000),
        ("2025-09-08 07:03:00Z", 1_757_314_980_000_000),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000_000),
    ])
    func `reads what earlier versions wrote`(text: String, microseconds: Int64) {
        #expect(CatalogTime(text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "", "yesterday", "2025-09-08", "2025-09-08T07:03:00", "2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z",
        "2025-00-01T00:00:00Z", "2025-01-00T00:00:00Z", "2025-01-01T24:00:00Z", "2025-01-01T00:60:00Z",
        "2025-01-01T00:00:00.Z", "2025-01-01T00:00:00+24:00", "2025-01-01T00:00:00Zx", "1900-02-29T00:00:00Z",
    ])
    func `refuses what is no time`(text: String) {
        #expect(CatalogTime(text) == nil)
    }

    @Test func `every day of 400 years survives writing and reading, and texts sort by time`() {
        var last = ""
        for day in stride(from: Int64(-11_000), to: 146_097 - 11_000, by: 1) {
            let time = CatalogTime(microseconds: day * 86_400_000_000 + 1)
            let text = time.description
            guard CatalogTime(text) == time, last < text else {
                Issue.record("day \(day): \(last), \(text)")
                return
            }
            last = text
        }
    }

    @Test func `times beyond four-digit years are clamped and differences do not overflow`() {
        #expect(CatalogTime(microseconds: .max).description == "9999-12-31T23:59:59.999999Z")
        #expect(CatalogTime(microseconds: .min).description == "0000-01-01T00:00:00.000000Z")
        #expect(CatalogTime(microseconds: 5_000_000) - .milliseconds(1_500) == CatalogTime(microseconds: 3_500_000))
        #expect(CatalogTime(microseconds: 0) - .seconds(Int64.max) == CatalogTime(microseconds: .min))
    }
}
