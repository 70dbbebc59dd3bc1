internal import COpenSSL
public import Foundation

/// What a broker needs to know of a client's certificate. Reading it says nothing about trust; see
/// ``ChainVerifier``.
public struct ClientCertificate: Hashable, Sendable {
    /// The one common name, which is the client's identity: 1 to 64 characters, no control character.
    public let commonName: String
    /// The serial number as a big-endian magnitude without leading zeros.
    public let serial: [UInt8]
    /// The first second of validity.
    public let notBefore: Date
    /// The last second of validity.
    public let notAfter: Date
    /// The issuer's name as RFC 4514 text.
    public let issuer: String

    /// Reads one DER certificate.
    ///
    /// A certificate with extended key usages, none of which is clientAuth, is refused; one without
    /// the extension is accepted, because earlier tools wrote none.
    ///
    /// - Throws: ``CertificateError`` with the code `malformed`, `invalidIdentity` or `wrongPurpose`.
    public static func parse(der: [UInt8]) throws(CertificateError) -> ClientCertificate {
        OpenSSLErrors.clear()
        return try ClientCertificate(X509Certificate(der: der))
    }

    init(_ certificate: X509Certificate) throws(CertificateError) {
        commonName = try Self.identity(certificate.subject.commonNames())
        serial = certificate.serial
        notBefore = try certificate.notBefore()
        notAfter = try certificate.notAfter()
        issuer = try certificate.issuer.text()
        // Without the extension every bit of the answer is set.
        guard X509_get_extended_key_usage(certificate.pointer) & UInt32(XKU_SSL_CLIENT) != 0 else {
            throw CertificateError(.wrongPurpose, "the certificate is not for clients")
        }
    }

    private static func identity(_ names: [[UInt8]]) throws(CertificateError) -> String {
        guard let name = names.first, names.count == 1 else {
            throw CertificateError(
                .invalidIdentity,
                names.isEmpty ? "the certificate has no common name" : "the certificate has several common names"
            )
        }
        let text = String(decoding: name, as: UTF8.self)
        guard !text.isEmpty, text.unicodeScalars.count <= CommonName.charactersMax else {
            throw CertificateError(
                .invalidIdentity,
                "the certificate's common name does not have 1 to \(CommonName.charactersMax) characters"
            )
        }
        guard !text.unicodeScalars.contains(where: CommonName.isDeceptive) else {
            throw CertificateError(.invalidIdentity, "the certificate's common name contains a control character")
        }
        return text
    }
}
