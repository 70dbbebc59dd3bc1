import CMQSecrets
import Testing

@Suite struct AuthenticatedCipherTests {
    private static let algorithms: [AuthenticatedCipher.Algorithm] = [
        .aes256GCM, .aes128GCMWithLongNonce, .chaCha20Poly1305,
    ]

    private static func algorithm(named name: String) throws -> AuthenticatedCipher.Algorithm {
        let names: [String: AuthenticatedCipher.Algorithm] = [
            "aes-256-gcm": .aes256GCM, "chacha20-poly1305": .chaCha20Poly1305,
            "aes-128-gcm-long-nonce": .aes128GCMWithLongNonce,
        ]
        return try #require(names[name])
    }

    @Test(arguments: try Vectors.load("aead.json") as [Vectors.AEAD])
    func publishedVectors(vector: Vectors.AEAD) throws {
        let cipher = try AuthenticatedCipher(
            algorithm: Self.algorithm(named: vector.algorithm),
            key: SecretBytes(copying: hex(vector.key))
        )
        let (nonce, plaintext, data) = (hex(vector.nonce), hex(vector.plaintext), hex(vector.associated_data))
        var ciphertext = [UInt8](repeating: 0, count: plaintext.count)
        var tag = [UInt8](repeating: 0, count: 16)
        try nonce.withUnsafeBytes { nonce in
            try plaintext.withUnsafeBytes { plaintext in
                try data.withUnsafeBytes { data in
                    try ciphertext.withUnsafeMutableBytes { ciphertext in
                        try tag.withUnsafeMutableBytes { tag in
                            try cipher.seal(
                                nonce: nonce,
                                plaintext: plaintext,
                                associatedData: data,
                                into: ciphertext,
                                tag: tag
                            )
                        }
                    }
                }
            }
        }
        #expect(ciphertext == hex(vector.ciphertext))
        #expect(tag == hex(vector.tag))
        // The same instance decrypts in place, as the opener of envelopes does.
        try nonce.withUnsafeBytes { nonce in
            try data.withUnsafeBytes { data in
                try tag.withUnsafeBytes { tag in
                    try ciphertext.withUnsafeMutableBytes { body in
                        try cipher.open(
                            nonce: nonce,
                            ciphertext: UnsafeRawBufferPointer(body),
                            tag: tag,
                            associatedData: data,
                            into: body
                        )
                    }
                }
            }
        }
        #expect(ciphertext == plaintext)
    }

    @Test(arguments: algorithms)
    func everyFlippedByteIsRefused(algorithm: AuthenticatedCipher.Algorithm) throws {
        let cipher = try AuthenticatedCipher(
            algorithm: algorithm,
            key: RandomBytes.makeSecret(count: algorithm.keyBytes)
        )
        let plaintext = RandomBytes.make(count: 37)
        let nonce = RandomBytes.make(count: algorithm.nonceBytes)
        let (ciphertext, tag) = try cipher.seal(plaintext, nonce: nonce)
        for index in ciphertext.indices {
            var changed = ciphertext
            changed[index] ^= 0x80
            #expect(throws: CipherError.authenticationFailed) { try cipher.open(changed, nonce: nonce, tag: tag) }
        }
        for index in tag.indices {
            var changed = tag
            changed[index] ^= 1
            #expect(throws: CipherError.authenticationFailed) {
                try cipher.open(ciphertext, nonce: nonce, tag: changed)
            }
        }
        for index in nonce.indices {
            var changed = nonce
            changed[index] ^= 1
            #expect(throws: CipherError.authenticationFailed) {
                try cipher.open(ciphertext, nonce: changed, tag: tag)
            }
        }
        // A failure leaves the instance usable.
        #expect(try cipher.open(ciphertext, nonce: nonce, tag: tag) == plaintext)
    }

    @Test(arguments: algorithms)
    func refusedPlaintextIsWiped(algorithm: AuthenticatedCipher.Algorithm) throws {
        let cipher = try AuthenticatedCipher(
            algorithm: algorithm,
            key: RandomBytes.makeSecret(count: algorithm.keyBytes)
        )
        let nonce = RandomBytes.make(count: algorithm.nonceBytes)
        let (ciphertext, _) = try cipher.seal(Array("attack at dawn".utf8), nonce: nonce)
        var output = [UInt8](repeating: 0xEE, count: ciphertext.count)
        let wrong = [UInt8](repeating: 0, count: 16)
        #expect(throws: CipherError.authenticationFailed) {
            try nonce.withUnsafeBytes { nonce in
                try ciphertext.withUnsafeBytes { ciphertext in
                    try wrong.withUnsafeBytes { tag in
                        try output.withUnsafeMutableBytes {
                            try cipher.open(nonce: nonce, ciphertext: ciphertext, tag: tag, into: $0)
                        }
                    }
                }
            }
        }
        #expect(output.allSatisfy { $0 == 0 })
    }

    @Test(arguments: algorithms)
    func wrongLengthsAreRefused(algorithm: AuthenticatedCipher.Algorithm) throws {
        #expect(throws: CipherError.wrongLength) {
            try AuthenticatedCipher(
                algorithm: algorithm,
                key: RandomBytes.makeSecret(count: algorithm.keyBytes - 1)
            )
        }
        let cipher = try AuthenticatedCipher(
            algorithm: algorithm,
            key: RandomBytes.makeSecret(count: algorithm.keyBytes)
        )
        let nonce = RandomBytes.make(count: algorithm.nonceBytes)
        let (ciphertext, tag) = try cipher.seal([1, 2, 3], nonce: nonce)
        #expect(throws: CipherError.wrongLength) { try cipher.seal([1], nonce: nonce + [0]) }
        #expect(throws: CipherError.wrongLength) { try cipher.open(ciphertext, nonce: nonce, tag: tag.dropLast()) }
        #expect(throws: CipherError.wrongLength) { try cipher.open(ciphertext, nonce: [], tag: tag) }
    }
}
