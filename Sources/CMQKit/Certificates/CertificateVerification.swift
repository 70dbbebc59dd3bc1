public import Foundation

/// Verifies certificates in files, as a broker or a client would on the connection.
public enum CertificateVerification {
    /// Verifies the first certificate of a file; the others in it serve as intermediates.
    ///
    /// - Parameters:
    ///   - path: PEM, or one certificate in DER.
    ///   - authority: The PEM file of the trusted authorities.
    ///   - crl: The file of their revocation lists; without it nothing is taken as revoked.
    ///   - purpose: The side of the connection; `nil` for either.
    /// - Throws: ``CertificateError`` whose message is the reason, and whose code tells a refusal from a
    ///   file that cannot be read.
    public static func verify(
        _ path: String,
        authority: String,
        crl: String? = nil,
        purpose: CertificatePurpose? = nil,
        now: Date = Date()
    ) throws(CertificateError) -> VerifiedChain {
        let verifier = try ChainVerifier(caPEM: authority)
        let list: RevocationList? =
            if let crl { try RevocationList.load(path: crl, authority: authority, now: now) } else { nil }
        let certificates = try X509Certificate.readAll(at: path)
        let chain = try verifier.verify(
            certificates[0],
            Array(certificates.dropFirst()),
            purpose: purpose,
            now: now,
            crl: list
        )
        // A broker wants more of a client than RFC 5280 does: exactly one name.
        if purpose == .client { _ = try ClientCertificate(certificates[0]) }
        return chain
    }
}
