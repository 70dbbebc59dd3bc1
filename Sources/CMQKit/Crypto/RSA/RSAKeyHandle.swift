internal import CMQSecrets
internal import COpenSSL

/// An RSA key of OpenSSL, public or with its private part; freed, and wiped by OpenSSL, with its last reference.
///
/// An instance serves one thread at a time.
final class RSAKeyHandle {
    private let pointer: OpaquePointer

    private init(adopting pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        EVP_PKEY_free(pointer)
    }

    /// A new random key.
    static func generate(bits: Int) throws(CryptoError) -> RSAKeyHandle {
        guard let key = cmq_EVP_RSA_gen(UInt32(bits)) else { throw failure("make an RSA key") }
        return RSAKeyHandle(adopting: key)
    }

    // MARK: Forms

    /// A private key in PEM: PKCS#8, or PKCS#1 as pycryptodome writes it.
    init(privatePEM: UnsafeRawBufferPointer) throws(CryptoError) {
        let key = Self.reading(privatePEM) { bio in
            // Without the callback OpenSSL would ask the terminal for the passphrase of an encrypted key.
            PEM_read_bio_PrivateKey(bio, nil, { _, _, _, _ in -1 }, nil)
        }
        pointer = try Self.adopt(key, "an unencrypted RSA private key in PEM")
    }

    /// A public key in PEM: a SubjectPublicKeyInfo (RFC 5280).
    init(publicPEM: UnsafeRawBufferPointer) throws(CryptoError) {
        let key = Self.reading(publicPEM) { PEM_read_bio_PUBKEY($0, nil, { _, _, _, _ in -1 }, nil) }
        pointer = try Self.adopt(key, "an RSA public key in PEM")
    }

    /// A public key as a SubjectPublicKeyInfo in DER.
    init(publicDER: [UInt8]) throws(CryptoError) {
        let key = publicDER.withUnsafeBufferPointer { bytes in
            var start = bytes.baseAddress
            return d2i_PUBKEY(nil, &start, bytes.count)
        }
        pointer = try Self.adopt(key, "an RSA public key")
    }

    private static func adopt(_ key: OpaquePointer?, _ what: String) throws(CryptoError) -> OpaquePointer {
        ERR_clear_error()
        guard let key else { throw CryptoError(.malformedKey, "this is not \(what)") }
        guard EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA else {
            EVP_PKEY_free(key)
            throw CryptoError(.malformedKey, "this is not \(what): it is a key of another kind")
        }
        let bits = Int(EVP_PKEY_get_bits(key))
        guard RSAPublicKey.bits.contains(bits) else {
            EVP_PKEY_free(key)
            let range = "\(RSAPublicKey.bits.lowerBound) to \(RSAPublicKey.bits.upperBound)"
            throw CryptoError(.malformedKey, "an RSA key of \(bits) bits; it must have \(range)")
        }
        return key
    }

    /// The public part as a SubjectPublicKeyInfo in DER.
    func publicDER() throws(CryptoError) -> [UInt8] {
        let count = i2d_PUBKEY(pointer, nil)
        guard count > 0 else { throw Self.failure("encode an RSA key") }
        return [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, initialized in
            var start = buffer.baseAddress
            initialized = max(0, Int(i2d_PUBKEY(pointer, &start)))
        }
    }

    func publicPEM() throws(CryptoError) -> String {
        try Self.writing { PEM_write_bio_PUBKEY($0, pointer) }.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    /// PKCS#8 in PEM, without encryption.
    func privatePEM() throws(CryptoError) -> SecretBytes {
        try Self.writing { PEM_write_bio_PKCS8PrivateKey($0, pointer, nil, nil, 0, nil, nil) }
    }

    // MARK: Encryption

    /// The length of the modulus, and so of what ``encrypt(_:)`` gives, in bytes.
    var modulusBytes: Int { Int(EVP_PKEY_get_size(pointer)) }

    /// RSAES-OAEP with SHA-1 and MGF1 with SHA-1 (RFC 8017), as generation 1.0 has it.
    func encrypt(_ secret: SecretBytes) throws(CryptoError) -> [UInt8] {
        guard let context = context(EVP_PKEY_encrypt_init) else { throw Self.failure("encrypt with RSA") }
        defer { EVP_PKEY_CTX_free(context) }
        var length = modulusBytes
        var output = [UInt8](repeating: 0, count: length)
        let status = secret.withUnsafePointer { EVP_PKEY_encrypt(context, &output, &length, $0, secret.count) }
        guard status == 1, length == output.count else { throw Self.failure("encrypt with RSA") }
        return output
    }

    /// The inverse of ``encrypt(_:)``; `nil` when the input was not encrypted to this key, or was changed, or
    /// does not hold `count` bytes. Why is not told apart: an oracle for the padding would open messages.
    func decrypt(_ input: [UInt8], count: Int) -> SecretBytes? {
        guard let context = context(EVP_PKEY_decrypt_init) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var length = modulusBytes
        let padded = SecretBytes.make(count: length) { output in
            EVP_PKEY_decrypt(context, output, &length, input, input.count) == 1
        }
        ERR_clear_error()
        guard let padded, length == count else { return nil }
        return padded.withUnsafeBytes { SecretBytes(copying: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    private func context(_ start: (OpaquePointer?) -> Int32) -> OpaquePointer? {
        guard let context = EVP_PKEY_CTX_new(pointer, nil) else { return nil }
        guard start(context) == 1, EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1,
            EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha1()) == 1,
            EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha1()) == 1
        else {
            EVP_PKEY_CTX_free(context)
            return nil
        }
        return context
    }

    // MARK: Streams of OpenSSL

    private static func reading(
        _ bytes: UnsafeRawBufferPointer,
        _ body: (OpaquePointer) -> OpaquePointer?
    ) -> OpaquePointer? {
        guard bytes.count <= Int32.max, let bio = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else {
            return nil
        }
        defer { BIO_free(bio) }
        return body(bio)
    }

    private static func writing(_ body: (OpaquePointer) -> Int32) throws(CryptoError) -> SecretBytes {
        guard let bio = BIO_new(BIO_s_secmem()) else { throw failure("allocate a buffer") }
        defer { BIO_free(bio) }
        guard body(bio) == 1 else { throw failure("write a key") }
        var start: UnsafeMutablePointer<CChar>?
        let count = cmq_BIO_get_mem_data(bio, &start)
        return SecretBytes(copying: UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    }

    private static func failure(_ operation: String) -> CryptoError {
        ERR_clear_error()
        return CryptoError(.library, "OpenSSL cannot \(operation)")
    }
}
