internal import COpenSSL
internal import Foundation

/// The authorities that are trusted, and OpenSSL's search for a chain to one of them.
///
/// Unchecked because of OpenSSL's pointers. What they point at is complete when `init` returns and
/// is not changed by this class; OpenSSL itself takes the store's lock for every look into it and
/// each certificate's lock before it fills its cache of parsed extensions, and counts references
/// atomically (openssl-threads(7): an X509_STORE may be shared). All that a verification changes is
/// in the X509_STORE_CTX that it makes for itself.
final class TrustStore: @unchecked Sendable {
    private let store: OpaquePointer
    private let authorities: [X509Certificate]

    init(_ authorities: [X509Certificate]) throws(CertificateError) {
        OpenSSLErrors.clear()
        guard let store = X509_STORE_new() else { throw OpenSSLErrors.failure("allocate a trust store") }
        self.store = store
        self.authorities = authorities
        for authority in authorities {
            // The store takes a reference of its own.
            guard X509_STORE_add_cert(store, authority.pointer) == 1 else {
                throw OpenSSLErrors.failure("trust an authority")
            }
        }
    }

    deinit {
        X509_STORE_free(store)
    }

    /// The chain from `leaf` to an authority, both included.
    func chain(
        from leaf: X509Certificate,
        _ others: [X509Certificate],
        purpose: CertificatePurpose?,
        now: Date
    ) throws(CertificateError) -> [X509Certificate] {
        guard let context = X509_STORE_CTX_new(), let untrusted = cmq_sk_X509_new() else {
            throw OpenSSLErrors.failure("allocate a verification")
        }
        defer {
            X509_STORE_CTX_free(context)
            cmq_sk_X509_free(untrusted)
        }
        for other in others { _ = cmq_sk_X509_push(untrusted, other.pointer) }
        guard X509_STORE_CTX_init(context, store, leaf.pointer, untrusted) == 1 else {
            throw OpenSSLErrors.failure("begin a verification")
        }
        let parameters = X509_STORE_CTX_get0_param(context)
        X509_VERIFY_PARAM_set_time(parameters, time_t(now.timeIntervalSince1970))
        // 112 bits: RSA from 2,048 on, and no SHA-1 in the chain.
        X509_VERIFY_PARAM_set_auth_level(parameters, 2)
        if let purpose {
            let number = purpose == .client ? X509_PURPOSE_SSL_CLIENT : X509_PURPOSE_SSL_SERVER
            guard X509_STORE_CTX_set_purpose(context, number) == 1 else {
                throw OpenSSLErrors.failure("set the purpose of a verification")
            }
        }
        if X509_verify_cert(context) == 1 { return Self.chain(of: context) }
        let failure = X509_STORE_CTX_get_error(context)
        let failed = X509_STORE_CTX_get_current_cert(context).flatMap { pointer in
            X509_up_ref(pointer) == 1 ? X509Certificate(adopting: pointer) : nil
        }
        let depth = X509_STORE_CTX_get_error_depth(context)
        OpenSSLErrors.clear()
        throw try reason(failure, of: failed ?? leaf, depth: depth, purpose: purpose)
    }

    private static func chain(of context: OpaquePointer) -> [X509Certificate] {
        let stack = X509_STORE_CTX_get0_chain(context)
        return (0..<cmq_sk_X509_num(stack)).compactMap { index in
            guard let pointer = cmq_sk_X509_value(stack, index), X509_up_ref(pointer) == 1 else { return nil }
            return X509Certificate(adopting: pointer)
        }
    }

    private func reason(
        _ failure: Int32,
        of certificate: X509Certificate,
        depth: Int32,
        purpose: CertificatePurpose?
    ) throws(CertificateError) -> CertificateError {
        let whose =
            depth == 0 ? "the certificate" : "the certificate of the authority \(try certificate.subject.text())"
        switch failure {
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
            X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_CERT_SIGNATURE_FAILURE, X509_V_ERR_CERT_UNTRUSTED:
            let issuer = certificate.issuer
            if authorities.contains(where: { $0.subject.isSame(as: issuer) }) {
                return CertificateError(
                    .signatureMismatch,
                    "the signature does not match the authority \(try issuer.text()), which has another key"
                )
            }
            return CertificateError(.unknownAuthority, "signed by another authority, \(try issuer.text())")
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return CertificateError(.expired, "\(whose) expired on \(try certificate.notAfter().rfc3339)")
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return CertificateError(
                .notYetValid,
                "\(whose) is valid from \(try certificate.notBefore().rfc3339) on only"
            )
        case X509_V_ERR_INVALID_PURPOSE:
            let side = purpose == .server ? "servers" : "clients"
            return CertificateError(.wrongPurpose, "\(whose) is not for \(side)")
        case X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL:
            return CertificateError(.weakKey, "the key of \(whose) is too weak")
        default:
            let text = X509_verify_cert_error_string(Int(failure)).map { String(cString: $0) } ?? "\(failure)"
            return CertificateError(.refused, "\(whose) is not acceptable: \(text)")
        }
    }
}
