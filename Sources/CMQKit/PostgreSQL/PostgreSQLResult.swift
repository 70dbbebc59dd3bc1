internal import CLibPQ

/// The answer to one statement.
package final class PostgreSQLResult {
    private let handle: OpaquePointer

    /// Takes the result over.
    init(_ handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        PQclear(handle)
    }

    package var count: Int { Int(PQntuples(handle)) }

    /// The rows that were inserted, updated, deleted or selected.
    package var affectedRows: Int {
        guard let text = PQcmdTuples(handle) else { return 0 }
        return Int(String(cString: text)) ?? 0
    }

    package var rows: some Sequence<PostgreSQLRow> {
        (0..<count).lazy.map { PostgreSQLRow(result: self, index: Int32($0)) }
    }

    package var first: PostgreSQLRow? { count > 0 ? PostgreSQLRow(result: self, index: 0) : nil }

    func field(_ row: Int32, _ column: Int32) -> UnsafeRawBufferPointer? {
        guard column < PQnfields(handle), PQgetisnull(handle, row, column) == 0,
            let bytes = PQgetvalue(handle, row, column)
        else { return nil }
        return UnsafeRawBufferPointer(start: bytes, count: Int(PQgetlength(handle, row, column)))
    }
}

/// A row of a ``PostgreSQLResult``. A value that is NULL, or is not of the asked kind, reads as `nil`:
/// others may alter the tables.
package struct PostgreSQLRow {
    let result: PostgreSQLResult
    let index: Int32

    package func text(_ column: Int) -> String? {
        result.field(index, Int32(column)).map { String(decoding: $0, as: UTF8.self) }
    }

    package func integer(_ column: Int) -> Int? {
        result.field(index, Int32(column)).flatMap { BinaryFormat.integer($0) }.map { Int($0) }
    }

    package func boolean(_ column: Int) -> Bool? {
        result.field(index, Int32(column)).flatMap { $0.count == 1 ? $0[0] != 0 : nil }
    }

    /// Microseconds since 1970 from a `timestamptz`; `nil` too for its infinities, and for the last decades of its
    /// range, which are past what 64 bits hold when they count from 1970.
    package func time(_ column: Int) -> Int64? {
        guard let value = result.field(index, Int32(column)).flatMap({ BinaryFormat.integer($0) }),
            value != .min, value != .max
        else { return nil }
        let (microseconds, isTooLate) = value.addingReportingOverflow(PostgreSQLType.epochMicroseconds)
        return isTooLate ? nil : microseconds
    }
}
