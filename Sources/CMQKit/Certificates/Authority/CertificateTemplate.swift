internal import COpenSSL
internal import Foundation

/// What a certificate is going to say; ``signed(publicKey:issuer:issuerKey:)`` makes it.
struct CertificateTemplate {
    enum Subject {
        case name(CommonName, [SubjectAlternativeName])
        /// The subject and alternative names of another certificate, unchanged.
        case same(as: X509Certificate)
    }

    /// Clocks differ: a certificate that begins at its making would be refused by a peer that is a little late.
    static let clockSkew: TimeInterval = 300

    var kind: CertificateKind
    var subject: Subject
    var notBefore: Date
    var notAfter: Date

    /// A certificate with ECDSA and SHA-384, and a new serial number.
    ///
    /// - Parameter issuer: `nil` for an authority's own certificate.
    func signed(
        publicKey: OpaquePointer?,
        issuer: X509Certificate?,
        issuerKey: PrivateKey
    ) throws(CertificateError) -> X509Certificate {
        OpenSSLErrors.clear()
        guard let pointer = X509_new() else { throw OpenSSLErrors.failure("allocate a certificate") }
        let certificate = X509Certificate(adopting: pointer)
        guard X509_set_version(pointer, 2) == 1, X509_set_pubkey(pointer, publicKey) == 1 else {
            throw OpenSSLErrors.failure("begin a certificate")
        }
        try setSerial(of: pointer)
        try setValidity(of: pointer)
        try setNames(of: pointer)
        guard X509_set_issuer_name(pointer, (issuer ?? certificate).subject.pointer) == 1 else {
            throw OpenSSLErrors.failure("set the issuer")
        }
        try addExtensions(to: certificate, issuer: issuer)
        guard X509_sign(pointer, issuerKey.pointer, EVP_sha384()) > 0 else {
            throw OpenSSLErrors.failure("sign a certificate")
        }
        return certificate
    }

    /// 20 bytes, the most that RFC 5280 allows, of which 158 bits are random.
    private func setSerial(of certificate: OpaquePointer) throws(CertificateError) {
        var bytes = [UInt8](repeating: 0, count: 20)
        guard RAND_bytes(&bytes, Int32(bytes.count)) == 1 else { throw OpenSSLErrors.failure("get random bytes") }
        // Positive, and of the same length every time.
        bytes[0] = bytes[0] & 0x7F | 0x40
        guard let number = BN_bin2bn(bytes, Int32(bytes.count), nil) else {
            throw OpenSSLErrors.failure("make a serial number")
        }
        defer { BN_free(number) }
        guard BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nil else {
            throw OpenSSLErrors.failure("set the serial number")
        }
    }

    private func setValidity(of certificate: OpaquePointer) throws(CertificateError) {
        let isSet = try notBefore.withASN1Time { (begin) throws(CertificateError) in
            try notAfter.withASN1Time { end in
                X509_set1_notBefore(certificate, begin) == 1 && X509_set1_notAfter(certificate, end) == 1
            }
        }
        guard isSet else { throw OpenSSLErrors.failure("set the time of validity") }
    }

    private func setNames(of certificate: OpaquePointer) throws(CertificateError) {
        switch subject {
        case .name(let name, let alternatives):
            let utf8 = [UInt8](name.text.utf8)
            let subject = X509_get_subject_name(certificate)
            guard
                X509_NAME_add_entry_by_NID(
                    subject,
                    NID_commonName,
                    MBSTRING_FLAG,
                    utf8,
                    Int32(utf8.count),
                    -1,
                    0
                ) == 1
            else { throw OpenSSLErrors.failure("set the subject") }
            if !alternatives.isEmpty { try alternatives.add(to: certificate) }
        case .same(let other):
            guard X509_set_subject_name(certificate, other.subject.pointer) == 1 else {
                throw OpenSSLErrors.failure("set the subject")
            }
            let index = X509_get_ext_by_NID(other.pointer, NID_subject_alt_name, -1)
            guard index < 0 || X509_add_ext(certificate, X509_get_ext(other.pointer, index), -1) == 1 else {
                throw OpenSSLErrors.failure("copy the names")
            }
        }
    }

    private func addExtensions(
        to certificate: X509Certificate,
        issuer: X509Certificate?
    ) throws(CertificateError) {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, (issuer ?? certificate).pointer, certificate.pointer, nil, nil, 0)
        var extensions: [(Int32, String)]
        switch kind {
        case .authority:
            extensions = [
                (NID_basic_constraints, "critical,CA:TRUE,pathlen:0"),
                (NID_key_usage, "critical,keyCertSign,cRLSign"),
            ]
        case .server, .client:
            extensions = [
                (NID_basic_constraints, "critical,CA:FALSE"),
                (NID_key_usage, "critical,digitalSignature"),
                (NID_ext_key_usage, kind == .server ? "serverAuth" : "clientAuth"),
            ]
        }
        extensions.append((NID_subject_key_identifier, "hash"))
        // Authorities of earlier tools have no identifier to point at.
        if let issuer, issuer.hasSubjectKeyIdentifier {
            extensions.append((NID_authority_key_identifier, "keyid:always"))
        }
        for (identifier, value) in extensions {
            guard let entry = X509V3_EXT_conf_nid(nil, &context, identifier, value) else {
                throw OpenSSLErrors.failure("make the extension \(value)")
            }
            defer { X509_EXTENSION_free(entry) }
            guard X509_add_ext(certificate.pointer, entry, -1) == 1 else {
                throw OpenSSLErrors.failure("add the extension \(value)")
            }
        }
    }
}
