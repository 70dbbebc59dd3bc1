internal import COpenSSL
public import Foundation

/// What a certificate says about itself. Reading it says nothing about trust; see ``ChainVerifier``.
public struct CertificateInspection: Hashable, Sendable, Encodable {
    /// The subject's first common name, empty where it has none.
    public let commonName: String
    /// The subject as RFC 4514 text.
    public let subject: String
    /// The issuer as RFC 4514 text.
    public let issuer: String
    /// Two lowercase hexadecimal digits a byte.
    public let serial: String
    /// The first second of validity.
    public let notBefore: Date
    /// The last second of validity.
    public let notAfter: Date
    /// Full days until ``notAfter``; negative after it.
    public let daysLeft: Int
    /// Alternative names, as in `DNS:localhost`.
    public let names: [String]
    /// Whether it is an authority's.
    public let isAuthority: Bool
    /// Key usages by their names in RFC 5280; empty where the extension is absent.
    public let keyUsage: [String]
    /// Extended key usages by their names in RFC 5280, or as dotted numbers.
    public let extendedKeyUsage: [String]
    /// Hexadecimal digits; `nil` where the extension is absent.
    public let subjectKeyIdentifier: String?
    /// Hexadecimal digits; `nil` where the extension is absent.
    public let authorityKeyIdentifier: String?
    /// Kind and size of the public key: `EC P-384`.
    public let key: String
    /// The algorithm of the signature: `ecdsa-with-SHA384`.
    public let signature: String
    /// SHA-256 of the certificate in hexadecimal digits.
    public let fingerprint: String

    private enum CodingKeys: String, CodingKey {
        case subject, issuer, serial, names, key, signature
        case commonName = "common_name"
        case notBefore = "not_before"
        case notAfter = "not_after"
        case daysLeft = "days_left"
        case isAuthority = "authority"
        case keyUsage = "key_usage"
        case extendedKeyUsage = "extended_key_usage"
        case subjectKeyIdentifier = "subject_key_id"
        case authorityKeyIdentifier = "authority_key_id"
        case fingerprint = "sha256_fingerprint"
    }

    /// Reads all certificates of a PEM file, or the one of a DER file.
    ///
    /// - Parameter now: From when ``daysLeft`` counts.
    /// - Throws: ``CertificateError``.
    public static func readAll(
        at path: String,
        now: Date = Date()
    ) throws(CertificateError) -> [CertificateInspection] {
        var inspections: [CertificateInspection] = []
        for certificate in try X509Certificate.readAll(at: path) {
            inspections.append(try CertificateInspection(certificate, now: now))
        }
        return inspections
    }

    /// Reads the first certificate of a file.
    ///
    /// - Throws: ``CertificateError``.
    public static func read(at path: String, now: Date = Date()) throws(CertificateError) -> CertificateInspection {
        try CertificateInspection(X509Certificate.read(at: path), now: now)
    }

    init(_ certificate: X509Certificate, now: Date) throws(CertificateError) {
        let end = try certificate.notAfter()
        commonName = try certificate.subject.commonNames().first.map { String(decoding: $0, as: UTF8.self) } ?? ""
        subject = try certificate.subject.text()
        issuer = try certificate.issuer.text()
        serial = certificate.serial.hexadecimal
        notBefore = try certificate.notBefore()
        notAfter = end
        daysLeft = end.fullDays(after: now)
        names = [SubjectAlternativeName](of: certificate).map(\.description)
        isAuthority = certificate.isAuthority
        keyUsage = Self.keyUsage(of: certificate)
        extendedKeyUsage = Self.extendedKeyUsage(of: certificate)
        subjectKeyIdentifier = X509_get0_subject_key_id(certificate.pointer).map { [UInt8]($0).hexadecimal }
        authorityKeyIdentifier = X509_get0_authority_key_id(certificate.pointer).map { [UInt8]($0).hexadecimal }
        key = try PublicKeyStrength(of: certificate).name
        signature = String(cString: OBJ_nid2ln(X509_get_signature_nid(certificate.pointer)))
        fingerprint = try certificate.fingerprint().hexadecimal
        OpenSSLErrors.clear()
    }

    private static func keyUsage(of certificate: X509Certificate) -> [String] {
        let bits = X509_get_key_usage(certificate.pointer)
        guard bits != UInt32.max else { return [] }
        let names: [(Int32, String)] = [
            (KU_DIGITAL_SIGNATURE, "digitalSignature"), (KU_NON_REPUDIATION, "nonRepudiation"),
            (KU_KEY_ENCIPHERMENT, "keyEncipherment"), (KU_DATA_ENCIPHERMENT, "dataEncipherment"),
            (KU_KEY_AGREEMENT, "keyAgreement"), (KU_KEY_CERT_SIGN, "keyCertSign"), (KU_CRL_SIGN, "cRLSign"),
            (KU_ENCIPHER_ONLY, "encipherOnly"), (KU_DECIPHER_ONLY, "decipherOnly"),
        ]
        return names.filter { bits & UInt32($0.0) != 0 }.map(\.1)
    }

    private static func extendedKeyUsage(of certificate: X509Certificate) -> [String] {
        let value = X509_get_ext_d2i(certificate.pointer, NID_ext_key_usage, nil, nil)
        guard let usages = value.map({ OpaquePointer($0) }) else { return [] }
        defer { EXTENDED_KEY_USAGE_free(usages) }
        return (0..<cmq_sk_ASN1_OBJECT_num(usages)).map { index in
            let usage = cmq_sk_ASN1_OBJECT_value(usages, index)
            let identifier = OBJ_obj2nid(usage)
            // OBJ_obj2nid knows hundreds of names; these are the two that the rest of the field spells so.
            if identifier == NID_server_auth { return "serverAuth" }
            if identifier == NID_client_auth { return "clientAuth" }
            if identifier != NID_undef, let name = OBJ_nid2sn(identifier) { return String(cString: name) }
            var text = [CChar](repeating: 0, count: 128)
            let count = OBJ_obj2txt(&text, Int32(text.count), usage, 1)
            return String(
                decoding: text.prefix(Int(max(0, min(count, 127)))).map { UInt8(bitPattern: $0) },
                as: UTF8.self
            )
        }
    }
}

extension Date {
    package func fullDays(after start: Date) -> Int {
        Int((timeIntervalSince(start) / 86_400).rounded(.down))
    }
}
