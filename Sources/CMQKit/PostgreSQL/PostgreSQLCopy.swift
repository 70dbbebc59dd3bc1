/// Rows on their way into a table, in the binary format of `COPY`: a signature, flags and the length of an
/// extension, then each row with its number of fields and each field with its length; -1 is NULL, and as a number
/// of fields the end (PostgreSQL documentation, `COPY`, "Binary Format").
package struct PostgreSQLCopy {
    /// What is gathered before it goes to the server, which works on it meanwhile.
    private static let chunkBytes = 128 << 10
    private static let signature: [UInt8] = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00]

    private let send: ([UInt8]) throws(PostgreSQLError) -> Void
    private var bytes = Self.signature + [UInt8](repeating: 0, count: 8)

    init(send: @escaping ([UInt8]) throws(PostgreSQLError) -> Void) {
        self.send = send
        bytes.reserveCapacity(Self.chunkBytes + 4_096)
    }

    /// Begins a row; `fields` values have to follow.
    package mutating func beginRow(fields: Int) throws(PostgreSQLError) {
        if bytes.count >= Self.chunkBytes { try flush() }
        append(Int16(truncatingIfNeeded: fields))
    }

    package mutating func append(_ text: String?) {
        guard var text else { return append(Int32(-1)) }
        text.withUTF8 { utf8 in
            if utf8.contains(0) {
                append(storable: BinaryFormat.storable(String(decoding: utf8, as: UTF8.self)))
            } else {
                append(Int32(truncatingIfNeeded: utf8.count))
                bytes.append(contentsOf: utf8)
            }
        }
    }

    /// A `bigint`.
    package mutating func append(integer: Int64?) {
        guard let integer else { return append(Int32(-1)) }
        append(Int32(8))
        append(integer)
    }

    /// A `timestamptz`.
    ///
    /// - Parameter time: Microseconds since 1970.
    package mutating func append(time: Int64?) {
        append(integer: time.map { BinaryFormat.timestamp($0) })
    }

    mutating func finish() throws(PostgreSQLError) {
        append(Int16(-1))
        try flush()
    }

    private mutating func flush() throws(PostgreSQLError) {
        try send(bytes)
        bytes.removeAll(keepingCapacity: true)
    }

    private mutating func append(storable: [UInt8]) {
        append(Int32(truncatingIfNeeded: storable.count))
        bytes.append(contentsOf: storable)
    }

    private mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }
}
