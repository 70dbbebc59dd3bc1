internal import COpenSSL
public import Foundation

/// Decides whether a peer's certificate is to be trusted, and gives one reason where it is not.
///
/// One verifier serves any number of threads at once: it never changes after `init`.
public final class ChainVerifier: Sendable {
    /// Chains here have no intermediate certificates; with other authorities, few.
    private static let intermediatesMax = 8

    private let trustStore: TrustStore

    /// Trusts the authorities in a PEM file.
    ///
    /// - Throws: ``CertificateError`` where the file cannot be read or holds no certificate.
    public init(caPEM path: String) throws(CertificateError) {
        trustStore = try TrustStore(X509Certificate.readAll(at: path))
    }

    /// Verifies a chain completely: signatures, times, key sizes, purpose and revocation.
    ///
    /// - Parameters:
    ///   - leafDER: The peer's own certificate.
    ///   - intermediatesDER: What else the peer sent, in any order.
    ///   - purpose: The peer's side of the connection; `nil` for either.
    ///   - crl: Refuses what is listed, and what was issued by an authority that has no list.
    public func verify(
        leafDER: [UInt8],
        intermediatesDER: [[UInt8]] = [],
        purpose: CertificatePurpose?,
        now: Date = Date(),
        crl: RevocationList? = nil
    ) -> Result<VerifiedChain, CertificateError> {
        Result { () throws(CertificateError) in
            OpenSSLErrors.clear()
            guard intermediatesDER.count <= Self.intermediatesMax else {
                throw CertificateError(.refused, "the peer sent more than \(Self.intermediatesMax) certificates")
            }
            let leaf = try X509Certificate(der: leafDER)
            var others: [X509Certificate] = []
            for der in intermediatesDER { others.append(try X509Certificate(der: der)) }
            return try verify(leaf, others, purpose: purpose, now: now, crl: crl)
        }
    }

    func verify(
        _ leaf: X509Certificate,
        _ others: [X509Certificate],
        purpose: CertificatePurpose?,
        now: Date,
        crl: RevocationList?
    ) throws(CertificateError) -> VerifiedChain {
        try crl?.refuseIfStale(now: now)
        let chain = try trustStore.chain(from: leaf, others, purpose: purpose, now: now)
        var end = Date.distantFuture
        for certificate in chain {
            let strength = try PublicKeyStrength(of: certificate)
            guard strength.isAcceptable else {
                throw CertificateError(.weakKey, "the key is too weak (\(strength.name))")
            }
            end = min(end, try certificate.notAfter())
        }
        if let crl { try Self.refuseRevoked(chain, crl) }
        return VerifiedChain(
            subject: try leaf.subject.text(),
            serial: leaf.serial,
            notAfter: end,
            authority: try chain[chain.count - 1].subject.text()
        )
    }

    private static func refuseRevoked(
        _ chain: [X509Certificate],
        _ crl: RevocationList
    ) throws(CertificateError) {
        for (index, certificate) in chain.enumerated().dropLast(chain.count > 1 ? 1 : 0) {
            let issuer = chain[min(index + 1, chain.count - 1)]
            let isRevoked = crl.isRevoked(serial: certificate.serial, authorityKeyDigest: try issuer.keyDigest())
            if isRevoked == true {
                throw CertificateError(
                    .revoked,
                    "the certificate with the serial \(certificate.serial.hexadecimal) is revoked"
                )
            }
            // Lists of authorities above the issuing one are rare; only the leaf's is demanded.
            if isRevoked == nil, index == 0 {
                throw CertificateError(
                    .revocationUnknown,
                    "there is no revocation list of the authority \(try issuer.subject.text())"
                )
            }
        }
    }
}

/// What ``ChainVerifier`` found out about a certificate that it accepts.
public struct VerifiedChain: Hashable, Sendable {
    /// The leaf's subject as RFC 4514 text.
    public let subject: String
    /// The leaf's serial number as a big-endian magnitude without leading zeros.
    public let serial: [UInt8]
    /// When the first certificate of the chain ends.
    public let notAfter: Date
    /// The subject of the trusted authority as RFC 4514 text.
    public let authority: String
}
