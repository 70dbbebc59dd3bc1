internal import CMQSecrets
internal import COpenSSL
internal import Foundation

/// One revocation list of OpenSSL, freed with its last reference.
final class SignedRevocationList {
    private let pointer: OpaquePointer

    private init(adopting pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        X509_CRL_free(pointer)
    }

    /// All lists of a PEM file, or the one of a DER file; at least one.
    static func readAll(from bytes: UnsafeRawBufferPointer) throws(CertificateError) -> [SignedRevocationList] {
        OpenSSLErrors.clear()
        if bytes.first == 0x30 {
            var position = bytes.bindMemory(to: UInt8.self).baseAddress
            guard let list = d2i_X509_CRL(nil, &position, bytes.count) else {
                OpenSSLErrors.clear()
                throw CertificateError(.malformed, "it is not a revocation list")
            }
            return [SignedRevocationList(adopting: list)]
        }
        return try MemoryBIO.reading(bytes) { (bio) throws(CertificateError) in
            var lists: [SignedRevocationList] = []
            while let next = PEM_read_bio_X509_CRL(bio, nil, { _, _, _, _ in -1 }, nil) {
                lists.append(SignedRevocationList(adopting: next))
            }
            let endOfFile = cmq_ERR_GET_REASON(ERR_peek_last_error()) == UInt(PEM_R_NO_START_LINE)
            OpenSSLErrors.clear()
            guard endOfFile else { throw CertificateError(.malformed, "a revocation list in it is malformed") }
            guard !lists.isEmpty else { throw CertificateError(.malformed, "there is no PEM revocation list in it") }
            return lists
        }
    }

    /// The authority that signed this list.
    func signer(among authorities: [X509Certificate]) throws(CertificateError) -> X509Certificate {
        defer { OpenSSLErrors.clear() }
        let issuer = DistinguishedName(pointer: X509_CRL_get_issuer(pointer))
        let namesakes = authorities.filter { $0.subject.isSame(as: issuer) }
        for authority in namesakes where Self.maySignLists(authority) {
            if X509_CRL_verify(pointer, X509_get0_pubkey(authority.pointer)) == 1 { return authority }
        }
        throw namesakes.isEmpty
            ? CertificateError(
                .unknownAuthority,
                "the revocation list was made by another authority, \(try issuer.text())"
            )
            : CertificateError(
                .signatureMismatch,
                "the signature of the revocation list does not match the authority \(try issuer.text())"
            )
    }

    private static func maySignLists(_ authority: X509Certificate) -> Bool {
        // Without the extension, as in the authorities of earlier tools, every bit of the answer is set.
        authority.isAuthority && X509_get_key_usage(authority.pointer) & UInt32(KU_CRL_SIGN) != 0
    }

    /// A critical extension changes what the list means: a delta, or a part of the certificates only.
    func refuseUnknownCriticalExtensions() throws(CertificateError) {
        guard X509_CRL_get_ext_by_critical(pointer, 1, -1) < 0 else {
            throw CertificateError(.refused, "the revocation list is a partial one, or has another critical extension")
        }
    }

    func times() throws(CertificateError) -> (thisUpdate: Date, nextUpdate: Date) {
        guard let next = X509_CRL_get0_nextUpdate(pointer) else {
            throw CertificateError(.malformed, "the revocation list does not say how long it may be used")
        }
        return (try Date(X509_CRL_get0_lastUpdate(pointer)), try Date(next))
    }

    /// See ``Swift/Array/serialMagnitude``.
    func serials() -> Set<[UInt8]> {
        let entries = X509_CRL_get_REVOKED(pointer)
        let count = cmq_sk_X509_REVOKED_num(entries)
        var serials = Set<[UInt8]>(minimumCapacity: Int(count))
        for index in 0..<count {
            let entry = cmq_sk_X509_REVOKED_value(entries, index)
            serials.insert([UInt8](X509_REVOKED_get0_serialNumber(entry)).serialMagnitude)
        }
        return serials
    }
}
