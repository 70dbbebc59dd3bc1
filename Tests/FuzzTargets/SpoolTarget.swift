internal import CMQClientCommand

/// A line of a spool, as a crash may have left it.
enum SpoolTarget {
    static func run(_ bytes: [UInt8]) throws(FuzzFailure) {
        guard let record = bytes.withUnsafeBytes({ SpoolRecord(line: $0) }) else { return }
        try require(ReferenceJSON.depth(of: bytes) != nil, "a record that is not JSON")
        var written: [UInt8] = []
        record.append(to: &written)
        try require(written.last == 0x0A, "a record without a line end")
        let again = written.dropLast().withUnsafeBytes { SpoolRecord(line: $0) }
        try require(again == record, "a record that is written otherwise than read")
    }
}
