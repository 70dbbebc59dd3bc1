internal import CMQSecrets
internal import COpenSSL
internal import Foundation

/// One certificate of OpenSSL, freed with its last reference.
final class X509Certificate {
    /// More is neither a certificate nor a bundle of authorities anybody uses here.
    static let fileBytesMax = 1 << 20

    let pointer: OpaquePointer

    /// Takes over the caller's reference.
    init(adopting pointer: OpaquePointer) {
        self.pointer = pointer
    }

    /// One DER certificate and nothing behind it.
    convenience init(der: [UInt8]) throws(CertificateError) {
        let parsed = der.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            var position = buffer.baseAddress
            guard let certificate = d2i_X509(nil, &position, buffer.count) else { return nil }
            guard position == buffer.baseAddress.map({ $0 + buffer.count }) else {
                X509_free(certificate)
                return nil
            }
            return certificate
        }
        guard let parsed else {
            OpenSSLErrors.clear()
            throw CertificateError(.malformed, "it is not an X.509 certificate")
        }
        self.init(adopting: parsed)
    }

    deinit {
        X509_free(pointer)
    }

    /// All certificates of a PEM file, or the one of a DER file; at least one.
    static func readAll(at path: String) throws(CertificateError) -> [X509Certificate] {
        let bytes = try InputFile.read(path, limit: fileBytesMax)
        do {
            return try bytes.withUnsafeBytes { (bytes) throws(CertificateError) in
                if bytes.first == 0x30 { return [try X509Certificate(der: [UInt8](bytes))] }
                return try MemoryBIO.reading(bytes, readAll(from:))
            }
        } catch {
            throw CertificateError(error.code, "\(path): \(error.message)")
        }
    }

    /// The first certificate of a file.
    static func read(at path: String) throws(CertificateError) -> X509Certificate {
        try readAll(at: path)[0]
    }

    private static func readAll(from bio: OpaquePointer) throws(CertificateError) -> [X509Certificate] {
        var certificates: [X509Certificate] = []
        OpenSSLErrors.clear()
        // Without a callback OpenSSL would ask on the terminal for the passphrase of an encrypted block.
        while let next = PEM_read_bio_X509(bio, nil, { _, _, _, _ in -1 }, nil) {
            certificates.append(X509Certificate(adopting: next))
        }
        let endOfFile = cmq_ERR_GET_REASON(ERR_peek_last_error()) == UInt(PEM_R_NO_START_LINE)
        OpenSSLErrors.clear()
        guard endOfFile else { throw CertificateError(.malformed, "a certificate in it is malformed") }
        guard !certificates.isEmpty else { throw CertificateError(.malformed, "there is no PEM certificate in it") }
        return certificates
    }

    func pem() throws(CertificateError) -> String {
        let bio = try MemoryBIO()
        guard PEM_write_bio_X509(bio.pointer, pointer) == 1 else { throw OpenSSLErrors.failure("write a certificate") }
        return bio.text
    }

    var subject: DistinguishedName { DistinguishedName(pointer: X509_get_subject_name(pointer)) }

    var issuer: DistinguishedName { DistinguishedName(pointer: X509_get_issuer_name(pointer)) }

    /// See ``Swift/Array/serialMagnitude``.
    var serial: [UInt8] { [UInt8](X509_get0_serialNumber(pointer)).serialMagnitude }

    func notBefore() throws(CertificateError) -> Date { try Date(X509_get0_notBefore(pointer)) }

    func notAfter() throws(CertificateError) -> Date { try Date(X509_get0_notAfter(pointer)) }

    var isAuthority: Bool { X509_check_ca(pointer) > 0 }

    var hasSubjectKeyIdentifier: Bool { X509_get0_subject_key_id(pointer) != nil }

    /// SHA-256 of the subject's public key: the same for every certificate of one key.
    func keyDigest() throws(CertificateError) -> [UInt8] {
        try digest { X509_pubkey_digest(pointer, EVP_sha256(), $0, $1) }
    }

    /// SHA-256 of the certificate.
    func fingerprint() throws(CertificateError) -> [UInt8] {
        try digest { X509_digest(pointer, EVP_sha256(), $0, $1) }
    }

    private func digest(
        _ compute: (UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt32>) -> Int32
    ) throws(CertificateError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard digest.withUnsafeMutableBufferPointer({ compute($0.baseAddress, &count) }) == 1 else {
            throw OpenSSLErrors.failure("hash a certificate")
        }
        return [UInt8](digest[..<Int(count)])
    }
}
