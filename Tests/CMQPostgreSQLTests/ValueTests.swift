import CMQPostgreSQL
import Foundation
import TestSupport
import Testing

/// Parameters and results, with psql as the reader and writer that shares no code with them.
@Suite struct ValueTests {
    private static let texts: [String?] = [
        nil, "", "a", "NULL", "'; DROP TABLE x; --", "$1", "zwölf Boxkämpfer", "🧪", "\\", "\"", "{1,2}", "a\nb\t",
        String(repeating: "x", count: 100_000),
    ]

    @Test func `texts arrive as they are, and NULL is no empty text`() async throws {
        let connection = try await PostgreSQLServer.shared().connect()
        for text in Self.texts {
            for result in [
                try connection.execute("SELECT $1, octet_length($1)::bigint, $1 IS NULL", [.text(text)]),
                try connection.executePrepared("SELECT $1, octet_length($1)::bigint, $1 IS NULL", [.text(text)]),
            ] {
                #expect(result.count == 1)
                #expect(result.first?.text(0) == text)
                #expect(result.first?.integer(1) == text?.utf8.count)
                #expect(result.first?.boolean(2) == (text == nil))
            }
        }
    }

    @Test func `the character U+0000 becomes the replacement character`() async throws {
        let connection = try await PostgreSQLServer.shared().connect()
        let result = try connection.execute(
            "SELECT $1, $2[1], $2[2]",
            [.text("a\u{0}b"), .array(.texts(["\u{0}", "c\u{0}\u{0}"]))]
        )
        #expect(result.first?.text(0) == "a\u{FFFD}b")
        #expect(result.first?.text(1) == "\u{FFFD}")
        #expect(result.first?.text(2) == "c\u{FFFD}\u{FFFD}")
    }

    @Test func `integers of every size and truth values arrive`() async throws {
        let connection = try await PostgreSQLServer.shared().connect()
        for value: Int64? in [nil, 0, 1, -1, .max, .min] {
            let result = try connection.execute("SELECT $1, $1::text", [.integer(value)])
            #expect(result.first?.integer(0) == value.map { Int($0) })
            #expect(result.first?.text(1) == value.map { "\($0)" })
        }
        let small = try connection.execute(
            "SELECT (-32768)::smallint, (-2147483648)::integer, TRUE, FALSE, $1, $2",
            [.boolean(true), .boolean(false)]
        )
        #expect(small.first?.integer(0) == -32_768)
        #expect(small.first?.integer(1) == -2_147_483_648)
        #expect((2...5).map { small.first?.boolean($0) } == [true, false, true, false])
    }

    @Test func `a value of another kind and a column that is not there read as nothing`() async throws {
        let connection = try await PostgreSQLServer.shared().connect()
        let row = try connection.execute("SELECT 'text', NULL::bigint, '123'").first
        #expect(row?.boolean(0) == nil)
        #expect(row?.integer(1) == nil)
        #expect(row?.integer(2) == nil)
        #expect(row?.text(3) == nil)
        #expect(try connection.execute("SELECT 1 WHERE FALSE").first == nil)
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", Int64(0)), ("2000-01-01T00:00:00.000001Z", 946_684_800_000_001),
        ("1969-12-31T23:59:59.999999Z", -1), ("2026-11-21T13:14:15.123456Z", 1_795_266_855_123_456),
        ("0001-01-01T00:00:00Z", -62_135_596_800_000_000), ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
    ])
    func `times keep their microseconds`(text: String, microseconds: Int64) async throws {
        let connection = try await PostgreSQLServer.shared().connect()
        let result = try connection.execute(
            "SELECT $1, $1 = $2::timestamptz, $2::timestamptz",
            [.time(microseconds), .text(text)]
        )
        #expect(result.first?.time(0) == microseconds)
        #expect(result.first?.boolean(1) == true)
        #expect(result.first?.time(2) == microseconds)
    }

    @Test func `times outside the four-digit years and no times at all end nothing`() async throws {
        let connection = try await PostgreSQLServer.shared().connect()
        let result = try connection.execute("SELECT $1, $2, $3", [.time(.min), .time(.max), .time(nil)])
        #expect(result.first?.time(0) == -62_167_219_200_000_000)
        #expect(result.first?.time(1) == 253_402_300_799_999_999)
        #expect(result.first?.time(2) == nil)
        let row = try connection.execute(
            """
            SELECT 'infinity'::timestamptz, '-infinity'::timestamptz, '294276-12-31T23:59:59.999999Z'::timestamptz,
                '4713-01-01T00:00:00Z BC'::timestamptz
            """
        ).first
        #expect((0...2).map { row?.time($0) } == [nil, nil, nil])
        #expect(row?.time(3) == -210_863_520_000_000_000)
    }

    @Test func `arrays arrive with their NULLs, and empty ones stay arrays`() async throws {
        let connection = try await PostgreSQLServer.shared().connect()
        var texts = PostgreSQLArray.texts()
        for text in Self.texts { texts.append(text) }
        let read = try connection.executePrepared(
            "SELECT value, value IS NULL FROM unnest($1) WITH ORDINALITY AS list (value, place) ORDER BY place",
            [.array(texts)]
        )
        #expect(read.rows.map { $0.text(0) } == Self.texts)
        #expect(read.rows.map { $0.boolean(1) } == Self.texts.map { $0 == nil })

        var (integers, times) = (PostgreSQLArray.integers(), PostgreSQLArray.times(capacity: 3))
        for value: Int64? in [.min, nil, .max] { integers.append(value) }
        for value: Int64? in [-1, nil, 1_795_266_855_123_456] { times.append(time: value) }
        let pair = try connection.execute(
            "SELECT a, b, cardinality($1)::bigint FROM unnest($1, $2) AS list (a, b)",
            [.array(integers), .array(times)]
        )
        #expect(pair.rows.map { $0.integer(0) } == [.min, nil, .max])
        #expect(pair.rows.map { $0.time(1) } == [-1, nil, 1_795_266_855_123_456])
        #expect(pair.first?.integer(2) == 3)

        for empty in [PostgreSQLArray.texts(), .integers(), .times()] {
            let result = try connection.execute("SELECT $1 IS NULL, cardinality($1)::bigint", [.array(empty)])
            #expect(result.first?.boolean(0) == false)
            #expect(result.first?.integer(1) == 0)
        }
    }
}
