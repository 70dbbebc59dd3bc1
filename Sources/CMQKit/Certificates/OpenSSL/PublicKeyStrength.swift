internal import COpenSSL

/// The kind and size of a certificate's public key, and whether that is enough.
struct PublicKeyStrength {
    /// `EC P-384`, `RSA 2048`, `Ed25519`.
    let name: String
    let isAcceptable: Bool

    init(of certificate: X509Certificate) throws(CertificateError) {
        guard let key = X509_get0_pubkey(certificate.pointer) else {
            OpenSSLErrors.clear()
            throw CertificateError(.malformed, "the public key of the certificate is malformed or of an unknown kind")
        }
        let bits = EVP_PKEY_get_bits(key)
        switch EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_EC:
            name = "EC \(Self.curve(of: key) ?? "\(bits) bits")"
            isAcceptable = bits >= 256
        case EVP_PKEY_RSA, EVP_PKEY_RSA_PSS:
            name = "RSA \(bits)"
            isAcceptable = bits >= 2048
        case EVP_PKEY_ED25519:
            name = "Ed25519"
            isAcceptable = true
        case EVP_PKEY_ED448:
            name = "Ed448"
            isAcceptable = true
        default:
            // DSA and whatever else TLS 1.3 has no signature scheme for.
            name = EVP_PKEY_get0_type_name(key).map { String(cString: $0) } ?? "unknown"
            isAcceptable = false
        }
    }

    private static func curve(of key: OpaquePointer) -> String? {
        var group = [CChar](repeating: 0, count: 80)
        var count = 0
        guard EVP_PKEY_get_group_name(key, &group, group.count, &count) == 1 else {
            OpenSSLErrors.clear()
            return nil
        }
        let name = String(decoding: group[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let nid = OBJ_txt2nid(name)
        guard nid != NID_undef, let common = EC_curve_nid2nist(nid) else { return name }
        return String(cString: common)
    }
}
