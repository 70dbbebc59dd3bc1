internal import CMQWire

/// The array of envelopes behind `publish_batch`: each as if it had come alone.
enum BatchTarget {
    static func run(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { batch in
            var envelopes: [(bytes: [UInt8], header: EnvelopeHeader)] = []
            var receivers = TextMemo()
            do throws(EnvelopeFault) {
                try EnvelopeHeader.readBatch(batch, receivers: &receivers) { envelopes.append((Array($0), $1)) }
            } catch {
                if case .json = error { return }
                // Refused for what an envelope says, so it is JSON all the same.
                try require(ReferenceJSON.depth(of: bytes) != nil, "takes a batch for JSON that is none")
                return
            }
            try require(ReferenceJSON.depth(of: bytes) != nil, "accepts a batch that is not JSON")
            for (envelope, header) in envelopes {
                // With nothing remembered, which must not matter.
                var none = TextMemo()
                let alone = envelope.withUnsafeBytes { try? EnvelopeHeader.read($0, receivers: &none) }
                try require(alone == header, "an envelope means something else in a batch")
            }
            let commas = envelopes.isEmpty ? 0 : envelopes.count - 1
            let least = envelopes.reduce(2) { $0 + $1.bytes.count } + commas
            try require(least <= batch.count, "a batch of more than its bytes")
        }
    }
}
