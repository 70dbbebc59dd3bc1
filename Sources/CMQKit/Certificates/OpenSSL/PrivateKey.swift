internal import CMQSecrets
internal import COpenSSL

/// A private key of OpenSSL, freed (and wiped by OpenSSL) with its last reference.
final class PrivateKey {
    private static let fileBytesMax = 1 << 16

    /// PBKDF2-HMAC-SHA-256 rounds for a key under a passphrase, after OWASP's figure of 2023.
    private static let keyDerivationRounds: Int32 = 600_000

    let pointer: OpaquePointer

    private init(adopting pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        EVP_PKEY_free(pointer)
    }

    /// A new ECDSA key on P-384.
    static func generate() throws(CertificateError) -> PrivateKey {
        OpenSSLErrors.clear()
        guard let key = cmq_EVP_EC_gen_P384() else { throw OpenSSLErrors.failure("make a key") }
        return PrivateKey(adopting: key)
    }

    /// A PEM key, encrypted or not.
    static func read(at path: String, passphrase: SecretBytes?) throws(CertificateError) -> PrivateKey {
        let bytes = try CertificateError.wrapping { () throws(FileError) in
            try SafeFile.readSecret(at: path, limit: fileBytesMax)
        }
        var request = PassphraseRequest(passphrase: passphrase)
        OpenSSLErrors.clear()
        let key = try bytes.withUnsafeBytes { (bytes) throws(CertificateError) in
            try MemoryBIO.reading(bytes) { bio in
                withUnsafeMutablePointer(to: &request) { request in
                    PEM_read_bio_PrivateKey(bio, nil, PassphraseRequest.answer, request)
                }
            }
        }
        if let key { return PrivateKey(adopting: key) }
        OpenSSLErrors.clear()
        if request.wasAsked {
            throw passphrase == nil
                ? CertificateError(.passphraseRequired, "\(path) is encrypted and needs its passphrase")
                : CertificateError(.wrongPassphrase, "the passphrase does not open \(path)")
        }
        throw CertificateError(.malformed, "\(path): there is no PEM private key in it")
    }

    /// PKCS#8 in PEM, without encryption.
    func pem() throws(CertificateError) -> SecretBytes {
        let bio = try MemoryBIO()
        guard PEM_write_bio_PKCS8PrivateKey(bio.pointer, pointer, nil, nil, 0, nil, nil) == 1 else {
            throw OpenSSLErrors.failure("write a key")
        }
        return bio.secret
    }

    /// PKCS#8 in PEM under PBES2: AES-256-CBC with a key from PBKDF2 (RFC 8018).
    func pem(passphrase: SecretBytes) throws(CertificateError) -> SecretBytes {
        guard passphrase.count > 0 else { throw CertificateError(.invalidArgument, "the passphrase is empty") }
        guard let plain = EVP_PKEY2PKCS8(pointer) else { throw OpenSSLErrors.failure("write a key") }
        defer { PKCS8_PRIV_KEY_INFO_free(plain) }
        let encrypted = passphrase.withUnsafeBytes { passphrase in
            // -1 leaves the choice of PBES2 and its SHA-256 to OpenSSL; a null salt makes it a random one.
            PKCS8_encrypt(
                -1,
                EVP_aes_256_cbc(),
                passphrase.baseAddress?.assumingMemoryBound(to: CChar.self),
                Int32(passphrase.count),
                nil,
                16,
                Self.keyDerivationRounds,
                plain
            )
        }
        guard let encrypted else { throw OpenSSLErrors.failure("encrypt a key") }
        defer { X509_SIG_free(encrypted) }
        let bio = try MemoryBIO()
        guard PEM_write_bio_PKCS8(bio.pointer, encrypted) == 1 else { throw OpenSSLErrors.failure("write a key") }
        return bio.secret
    }

    func matches(_ certificate: X509Certificate) -> Bool {
        defer { OpenSSLErrors.clear() }
        return X509_check_private_key(certificate.pointer, pointer) == 1
    }
}

/// What OpenSSL's passphrase callback needs to know, and whether it was called at all.
private struct PassphraseRequest {
    var passphrase: SecretBytes?
    var wasAsked = false

    static let answer: @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32 =
        {
            buffer,
            size,
            _,
            context in
            guard let request = context?.assumingMemoryBound(to: PassphraseRequest.self) else { return -1 }
            request.pointee.wasAsked = true
            guard let buffer, let passphrase = request.pointee.passphrase, passphrase.count <= size else { return -1 }
            return passphrase.withUnsafeBytes { bytes in
                UnsafeMutableRawBufferPointer(start: buffer, count: Int(size)).copyMemory(from: bytes)
                return Int32(bytes.count)
            }
        }
}
