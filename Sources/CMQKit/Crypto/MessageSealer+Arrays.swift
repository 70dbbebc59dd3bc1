public import CMQWire

extension MessageSealer {
    /// Encrypts `plaintext` and returns its envelope: one JSON object without a line break, in UTF-8.
    ///
    /// - Throws: ``CryptoError`` for more than 2^31 - 17 bytes, or when the library fails.
    public func seal(_ plaintext: [UInt8], messageID: MessageID) throws(CryptoError) -> [UInt8] {
        var envelope: [UInt8] = []
        try plaintext.withUnsafeBufferPointer { (bytes) throws(CryptoError) in
            try seal(UnsafeRawBufferPointer(bytes), messageID: messageID, now: .now, into: &envelope)
        }
        return envelope
    }
}
