internal import COpenSSL
internal import Foundation

/// What a version 2 revocation list is going to say (RFC 5280, section 5).
struct RevocationListTemplate {
    var number: Int
    var thisUpdate: Date
    var nextUpdate: Date
    var revoked: [IssueLedger.Entry]

    /// The list in PEM, with ECDSA and SHA-384.
    func signed(issuer: X509Certificate, issuerKey: PrivateKey) throws(CertificateError) -> String {
        OpenSSLErrors.clear()
        guard let list = X509_CRL_new() else { throw OpenSSLErrors.failure("allocate a revocation list") }
        defer { X509_CRL_free(list) }
        guard
            X509_CRL_set_version(list, 1) == 1,
            X509_CRL_set_issuer_name(list, issuer.subject.pointer) == 1,
            try thisUpdate.withASN1Time({ X509_CRL_set1_lastUpdate(list, $0) }) == 1,
            try nextUpdate.withASN1Time({ X509_CRL_set1_nextUpdate(list, $0) }) == 1
        else { throw OpenSSLErrors.failure("begin a revocation list") }
        for entry in revoked { try add(entry, to: list) }
        X509_CRL_sort(list)
        try addExtensions(to: list, issuer: issuer)
        guard X509_CRL_sign(list, issuerKey.pointer, EVP_sha384()) > 0 else {
            throw OpenSSLErrors.failure("sign a revocation list")
        }
        let bio = try MemoryBIO()
        guard PEM_write_bio_X509_CRL(bio.pointer, list) == 1 else {
            throw OpenSSLErrors.failure("write a revocation list")
        }
        return bio.text
    }

    private func add(_ entry: IssueLedger.Entry, to list: OpaquePointer) throws(CertificateError) {
        guard let revocation = entry.revoked else { return }
        var number: OpaquePointer?
        defer { BN_free(number) }
        guard BN_hex2bn(&number, entry.serial) == entry.serial.utf8.count, !entry.serial.isEmpty else {
            throw CertificateError(
                .malformed,
                "the ledger's serial \(CommonName.quoted(entry.serial)) is not a hexadecimal number"
            )
        }
        guard let serial = BN_to_ASN1_INTEGER(number, nil) else { throw OpenSSLErrors.failure("represent a serial") }
        defer { ASN1_INTEGER_free(serial) }
        guard let revoked = X509_REVOKED_new() else { throw OpenSSLErrors.failure("allocate a list entry") }
        guard
            X509_REVOKED_set_serialNumber(revoked, serial) == 1,
            try revocation.at.withASN1Time({
                X509_REVOKED_set_revocationDate(revoked, UnsafeMutablePointer(mutating: $0))
            })
                == 1,
            Self.add(revocation.reason, to: revoked),
            X509_CRL_add0_revoked(list, revoked) == 1
        else {
            X509_REVOKED_free(revoked)
            throw OpenSSLErrors.failure("make a list entry")
        }
    }

    private static func add(_ reason: RevocationReason, to revoked: OpaquePointer) -> Bool {
        // RFC 5280 wants the extension to be absent rather than to say nothing.
        if reason == .unspecified { return true }
        guard let value = ASN1_ENUMERATED_new() else { return false }
        defer { ASN1_ENUMERATED_free(value) }
        return ASN1_ENUMERATED_set(value, reason.code) == 1
            && X509_REVOKED_add1_ext_i2d(revoked, NID_crl_reason, value, 0, 0) == 1
    }

    private func addExtensions(to list: OpaquePointer, issuer: X509Certificate) throws(CertificateError) {
        guard let value = ASN1_INTEGER_new() else { throw OpenSSLErrors.failure("number a revocation list") }
        defer { ASN1_INTEGER_free(value) }
        guard
            ASN1_INTEGER_set(value, number) == 1,
            X509_CRL_add1_ext_i2d(list, NID_crl_number, value, 0, 0) == 1
        else { throw OpenSSLErrors.failure("number a revocation list") }
        guard issuer.hasSubjectKeyIdentifier else { return }
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer.pointer, nil, nil, list, 0)
        guard let identifier = X509V3_EXT_conf_nid(nil, &context, NID_authority_key_identifier, "keyid:always") else {
            throw OpenSSLErrors.failure("point at the authority's key")
        }
        defer { X509_EXTENSION_free(identifier) }
        guard X509_CRL_add_ext(list, identifier, -1) == 1 else {
            throw OpenSSLErrors.failure("point at the authority's key")
        }
    }
}
