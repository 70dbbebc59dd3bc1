/// For single small values, where an allocation does not count.
extension AuthenticatedCipher {
    /// Encrypts `plaintext`; see ``seal(nonce:plaintext:associatedData:into:tag:)``.
    ///
    /// - Throws: ``CipherError/wrongLength`` for a nonce of another length.
    package func seal(
        _ plaintext: [UInt8],
        nonce: [UInt8]
    ) throws(CipherError) -> (ciphertext: [UInt8], tag: [UInt8]) {
        var ciphertext = [UInt8](repeating: 0, count: plaintext.count)
        var tag = [UInt8](repeating: 0, count: Self.tagBytes)
        try ciphertext.withUnsafeMutableBufferPointer { (ciphertext) throws(CipherError) in
            try tag.withUnsafeMutableBufferPointer { (tag) throws(CipherError) in
                try plaintext.withUnsafeBufferPointer { (plaintext) throws(CipherError) in
                    try nonce.withUnsafeBufferPointer { (nonce) throws(CipherError) in
                        try seal(
                            nonce: UnsafeRawBufferPointer(nonce),
                            plaintext: UnsafeRawBufferPointer(plaintext),
                            into: UnsafeMutableRawBufferPointer(ciphertext),
                            tag: UnsafeMutableRawBufferPointer(tag)
                        )
                    }
                }
            }
        }
        return (ciphertext, tag)
    }

    /// Decrypts what ``seal(_:nonce:)`` made.
    ///
    /// - Throws: ``CipherError/authenticationFailed`` when anything was changed;
    ///   ``CipherError/wrongLength`` for a nonce or tag of another length.
    package func open(
        _ ciphertext: [UInt8],
        nonce: [UInt8],
        tag: [UInt8]
    ) throws(CipherError) -> [UInt8] {
        var plaintext = [UInt8](repeating: 0, count: ciphertext.count)
        try plaintext.withUnsafeMutableBufferPointer { (plaintext) throws(CipherError) in
            try tag.withUnsafeBufferPointer { (tag) throws(CipherError) in
                try ciphertext.withUnsafeBufferPointer { (ciphertext) throws(CipherError) in
                    try nonce.withUnsafeBufferPointer { (nonce) throws(CipherError) in
                        try open(
                            nonce: UnsafeRawBufferPointer(nonce),
                            ciphertext: UnsafeRawBufferPointer(ciphertext),
                            tag: UnsafeRawBufferPointer(tag),
                            into: UnsafeMutableRawBufferPointer(plaintext)
                        )
                    }
                }
            }
        }
        return plaintext
    }
}
