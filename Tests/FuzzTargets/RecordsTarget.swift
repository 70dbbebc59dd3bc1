internal import CMQBrokerCore

/// The payloads of journal records, and the state that the core builds from them.
///
/// The input is a row of records: kind, two bytes of length, payload.
enum RecordsTarget {
    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        var core = BrokerCore()
        var location: UInt64 = 0
        while !input.isEmpty {
            let kind = input.byte()
            let payload = input.bytes(Int(input.integer(UInt16.self)))
            let decoded = try payload.withUnsafeBytes { payload -> BrokerRecord? in
                guard let (record, line) = try? BrokerRecord.decode(kind: kind, payload: payload) else { return nil }
                var encoded: [UInt8] = []
                record.encode(into: &encoded)
                try require(encoded + Array(line) == Array(payload), "a record that is written otherwise than read")
                return record
            }
            location += 64
            guard let decoded else { continue }
            // A start that meets such a record stops there.
            guard (try? core.replay(decoded, at: location)) != nil else { break }
        }
        core.finishRecovery()
        try CheckpointTarget.compare(core)
    }
}
