internal import CMQWire

extension EnvelopeOpener {
    /// Decrypts an envelope, one JSON object in UTF-8.
    ///
    /// - Throws: ``CryptoError``; its code says whether the key, the tag, the form or the suite is wrong.
    ///   Nothing that was not authenticated is returned.
    public func open(_ envelope: [UInt8]) throws(CryptoError) -> [UInt8] {
        var plaintext: [UInt8] = []
        try envelope.withUnsafeBufferPointer { (bytes) throws(CryptoError) in
            try open(try Self.parse(UnsafeRawBufferPointer(bytes)), into: &plaintext)
        }
        return plaintext
    }

    private static func parse(_ bytes: UnsafeRawBufferPointer) throws(CryptoError) -> Envelope {
        do {
            return try Envelope(json: bytes)
        } catch {
            throw CryptoError(.malformed, "the envelope cannot be read: \(error)")
        }
    }
}
