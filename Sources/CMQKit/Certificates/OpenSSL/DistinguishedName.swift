internal import COpenSSL

/// Reading the X.501 name of a subject or an issuer, which belongs to the certificate it came from.
struct DistinguishedName {
    let pointer: OpaquePointer?

    /// The name as RFC 4514 text: `CN=CipherMQ-CA`.
    func text() throws(CertificateError) -> String {
        let bio = try MemoryBIO()
        guard let pointer, cmq_X509_NAME_print_rfc4514(bio.pointer, pointer) >= 0 else {
            throw CertificateError(.malformed, "a name in the certificate is malformed")
        }
        return bio.text
    }

    /// All common names in UTF-8, in their order.
    func commonNames() throws(CertificateError) -> [[UInt8]] {
        var names: [[UInt8]] = []
        var index: Int32 = -1
        while true {
            index = X509_NAME_get_index_by_NID(pointer, NID_commonName, index)
            guard index >= 0 else { return names }
            let value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(pointer, index))
            var utf8: UnsafeMutablePointer<UInt8>?
            let count = ASN1_STRING_to_UTF8(&utf8, value)
            guard count >= 0, let utf8 else {
                OpenSSLErrors.clear()
                throw CertificateError(.malformed, "a common name in the certificate is malformed")
            }
            names.append([UInt8](UnsafeBufferPointer(start: utf8, count: Int(count))))
            CRYPTO_free(utf8, nil, 0)
        }
    }

    /// The common name for people, or the whole name where there is none.
    func title() throws(CertificateError) -> String {
        if let name = try commonNames().first { return String(decoding: name, as: UTF8.self) }
        return try text()
    }

    func isSame(as other: DistinguishedName) -> Bool {
        X509_NAME_cmp(pointer, other.pointer) == 0
    }
}
