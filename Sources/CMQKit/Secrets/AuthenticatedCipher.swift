internal import COpenSSL

/// One key of an authenticated cipher, ready for many messages: the key schedule is computed once,
/// and sealing or opening allocates nothing.
///
/// The caller owns the nonces: two messages under one key must never have the same one.
/// An instance serves one thread at a time. The library wipes its copy of the key on release.
package final class AuthenticatedCipher {
    package enum Algorithm: Hashable, Sendable {
        /// AES-256-GCM with a 12-byte nonce (NIST SP 800-38D).
        case aes256GCM
        /// AES-128-GCM with a 16-byte nonce, which envelopes of generation 1.0 have.
        case aes128GCMWithLongNonce
        /// ChaCha20-Poly1305 with a 12-byte nonce (RFC 8439).
        case chaCha20Poly1305

        /// The length of a key in bytes.
        package var keyBytes: Int { self == .aes128GCMWithLongNonce ? 16 : 32 }

        /// The length of a nonce in bytes.
        package var nonceBytes: Int { self == .aes128GCMWithLongNonce ? 16 : 12 }
    }

    /// The length of a tag in bytes, the same for every algorithm.
    package static let tagBytes = 16

    package let algorithm: Algorithm
    private let context: OpaquePointer

    /// - Throws: ``CipherError/wrongLength`` unless `key` has ``Algorithm/keyBytes``.
    package init(algorithm: Algorithm, key: SecretBytes) throws(CipherError) {
        guard let context = EVP_CIPHER_CTX_new() else { throw .library("EVP_CIPHER_CTX_new") }
        self.algorithm = algorithm
        self.context = context
        let cipher =
            switch algorithm {
            case .aes256GCM: EVP_aes_256_gcm()
            case .aes128GCMWithLongNonce: EVP_aes_128_gcm()
            case .chaCha20Poly1305: EVP_chacha20_poly1305()
            }
        guard EVP_CipherInit_ex(context, cipher, nil, nil, nil, 1) == 1,
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, Int32(algorithm.nonceBytes), nil) == 1
        else { throw .library("EVP_CipherInit_ex") }
        guard key.count == algorithm.keyBytes else { throw .wrongLength }
        let isKeyed = key.withUnsafeBytes { key in
            EVP_CipherInit_ex(context, nil, nil, Self.address(key), nil, 1) == 1
        }
        guard isKeyed else { throw .library("EVP_CipherInit_ex") }
    }

    deinit {
        EVP_CIPHER_CTX_free(context)
    }

    /// Encrypts `plaintext` into `ciphertext` of the same length and computes `tag`. For the form
    /// with the tag appended, `tag` is the memory behind `ciphertext`.
    ///
    /// - Throws: ``CipherError/wrongLength`` for a nonce, tag or output of another length.
    package func seal(
        nonce: UnsafeRawBufferPointer,
        plaintext: UnsafeRawBufferPointer,
        associatedData: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
        into ciphertext: UnsafeMutableRawBufferPointer,
        tag: UnsafeMutableRawBufferPointer
    ) throws(CipherError) {
        guard tag.count == Self.tagBytes else { throw .wrongLength }
        try process(nonce, plaintext, associatedData, ciphertext, encrypt: true)
        var rest: Int32 = 0
        guard EVP_CipherFinal_ex(context, Self.address(tag), &rest) == 1,
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagBytes), tag.baseAddress) == 1
        else { throw .library("EVP_CipherFinal_ex") }
    }

    /// Checks `tag` and decrypts `ciphertext` into `plaintext` of the same length.
    ///
    /// - Throws: ``CipherError/authenticationFailed``, with `plaintext` wiped, when a single bit differs;
    ///   ``CipherError/wrongLength`` for a nonce, tag or output of another length.
    package func open(
        nonce: UnsafeRawBufferPointer,
        ciphertext: UnsafeRawBufferPointer,
        tag: UnsafeRawBufferPointer,
        associatedData: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
        into plaintext: UnsafeMutableRawBufferPointer
    ) throws(CipherError) {
        guard tag.count == Self.tagBytes else { throw .wrongLength }
        do throws(CipherError) {
            try process(nonce, ciphertext, associatedData, plaintext, encrypt: false)
            let expected = UnsafeMutableRawPointer(mutating: tag.baseAddress)
            guard EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagBytes), expected) == 1
            else { throw .library("EVP_CTRL_AEAD_SET_TAG") }
            // Nothing is left to write: these are stream ciphers. The address only must not be null.
            var nothing: UInt8 = 0
            var rest: Int32 = 0
            guard EVP_CipherFinal_ex(context, &nothing, &rest) == 1 else { throw .authenticationFailed }
        } catch {
            OPENSSL_cleanse(plaintext.baseAddress, plaintext.count)
            throw error
        }
    }

    private func process(
        _ nonce: UnsafeRawBufferPointer,
        _ input: UnsafeRawBufferPointer,
        _ associatedData: UnsafeRawBufferPointer,
        _ output: UnsafeMutableRawBufferPointer,
        encrypt: Bool
    ) throws(CipherError) {
        guard nonce.count == algorithm.nonceBytes, output.count == input.count,
            input.count <= Int(Int32.max), associatedData.count <= Int(Int32.max)
        else { throw .wrongLength }
        var written: Int32 = 0
        guard EVP_CipherInit_ex(context, nil, nil, nil, Self.address(nonce), encrypt ? 1 : 0) == 1
        else { throw .library("EVP_CipherInit_ex") }
        if !associatedData.isEmpty {
            let count = Int32(associatedData.count)
            guard EVP_CipherUpdate(context, nil, &written, Self.address(associatedData), count) == 1
            else { throw .library("EVP_CipherUpdate") }
        }
        // Without an output address the library would take the input for associated data.
        if let start = Self.address(output), !input.isEmpty {
            guard EVP_CipherUpdate(context, start, &written, Self.address(input), Int32(input.count)) == 1,
                written == Int32(input.count)
            else { throw .library("EVP_CipherUpdate") }
        }
    }

    private static func address(_ buffer: UnsafeRawBufferPointer) -> UnsafePointer<UInt8>? {
        buffer.assumingMemoryBound(to: UInt8.self).baseAddress
    }

    private static func address(_ buffer: UnsafeMutableRawBufferPointer) -> UnsafeMutablePointer<UInt8>? {
        buffer.assumingMemoryBound(to: UInt8.self).baseAddress
    }
}
