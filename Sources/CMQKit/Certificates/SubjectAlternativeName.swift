internal import COpenSSL

/// A name of a certificate's holder beside the common name (RFC 5280, section 4.2.1.6).
package enum SubjectAlternativeName: Hashable, Sendable {
    /// A host name, possibly with `*` as its first label.
    case dns(String)
    /// An IPv4 or IPv6 address in its 4 or 16 bytes.
    case address([UInt8])
    /// A URI in ASCII.
    case uri(String)

    /// A host name as the DNS allows it (underscores included, as internal names have them).
    ///
    /// - Throws: ``CertificateError`` with the code `invalidArgument`.
    package static func dns(checking name: String) throws(CertificateError) -> SubjectAlternativeName {
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        var isValid = name.utf8.count <= 253
        for (index, label) in labels.enumerated() {
            if index == 0, labels.count > 1, label.elementsEqual("*".utf8) { continue }
            isValid =
                isValid && (1...63).contains(label.count)
                && label.allSatisfy(isLabelByte)
                && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
        }
        guard isValid else {
            throw CertificateError(.invalidArgument, "\(CommonName.quoted(name)) is not a host name")
        }
        return .dns(name)
    }

    /// An address in its usual notation.
    ///
    /// - Throws: ``CertificateError`` with the code `invalidArgument`.
    package static func address(parsing text: String) throws(CertificateError) -> SubjectAlternativeName {
        defer { OpenSSLErrors.clear() }
        guard let octets = a2i_IPADDRESS(text) else {
            throw CertificateError(.invalidArgument, "\(CommonName.quoted(text)) is not an IP address")
        }
        defer { ASN1_OCTET_STRING_free(octets) }
        return .address([UInt8](octets))
    }

    /// The URI that stands for a client: `urn:ciphermq:client:` and the name, percent-encoded.
    ///
    /// A URI, because a client's name need not be a host name, and a certificate of a client that
    /// carried one could be mistaken for that host's.
    package static func client(_ name: CommonName) -> SubjectAlternativeName {
        var uri = "urn:ciphermq:client:"
        for byte in name.text.utf8 {
            if isUnreserved(byte) {
                uri.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                uri += "%" + [byte].hexadecimal.uppercased()
            }
        }
        return .uri(uri)
    }

    private static func isLabelByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }

    /// RFC 3986, section 2.3.
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        isLabelByte(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "~")
    }
}

extension SubjectAlternativeName: CustomStringConvertible {
    /// As OpenSSL's configuration files spell it: `DNS:localhost`, `IP:127.0.0.1`, `URI:…`.
    package var description: String {
        switch self {
        case .dns(let name): "DNS:\(name)"
        case .uri(let uri): "URI:\(uri)"
        case .address(let bytes): "IP:\(Self.text(of: bytes))"
        }
    }

    static func text(of address: [UInt8]) -> String {
        if address.count == 4 { return address.map(String.init).joined(separator: ".") }
        guard address.count == 16 else { return address.hexadecimal }
        let groups = (0..<8).map { UInt16(address[2 * $0]) << 8 | UInt16(address[2 * $0 + 1]) }
        // RFC 5952: the first of the longest runs of two or more zeros is left out.
        var longest = 0..<0
        var start: Int?
        for (index, group) in (groups + [1]).enumerated() {
            if group == 0 {
                start = start ?? index
            } else if let first = start {
                if index - first > max(1, longest.count) { longest = first..<index }
                start = nil
            }
        }
        let text = groups.map { String($0, radix: 16) }
        if longest.isEmpty { return text.joined(separator: ":") }
        return text[..<longest.lowerBound].joined(separator: ":") + "::"
            + text[longest.upperBound...].joined(separator: ":")
    }
}

extension [SubjectAlternativeName] {
    /// Adds the names to a certificate in the making.
    func add(to certificate: OpaquePointer) throws(CertificateError) {
        guard let names = cmq_sk_GENERAL_NAME_new() else { throw OpenSSLErrors.failure("allocate names") }
        defer { GENERAL_NAMES_free(names) }
        for name in self {
            guard let entry = name.makeGeneralName() else { throw OpenSSLErrors.failure("represent a name") }
            guard cmq_sk_GENERAL_NAME_push(names, entry) > 0 else {
                GENERAL_NAME_free(entry)
                throw OpenSSLErrors.failure("collect names")
            }
        }
        guard X509_add1_ext_i2d(certificate, NID_subject_alt_name, UnsafeMutableRawPointer(names), 0, 0) == 1 else {
            throw OpenSSLErrors.failure("add names")
        }
    }

    /// The names of a certificate; kinds that this kit does not use are left out.
    init(of certificate: X509Certificate) {
        self = []
        let extensionValue = X509_get_ext_d2i(certificate.pointer, NID_subject_alt_name, nil, nil)
        guard let names = extensionValue.map({ OpaquePointer($0) }) else { return }
        defer { GENERAL_NAMES_free(names) }
        for index in 0..<cmq_sk_GENERAL_NAME_num(names) {
            var kind: Int32 = 0
            let value = GENERAL_NAME_get0_value(cmq_sk_GENERAL_NAME_value(names, index), &kind)
            guard [GEN_DNS, GEN_IPADD, GEN_URI].contains(kind) else { continue }
            let bytes = [UInt8](value?.assumingMemoryBound(to: ASN1_STRING.self))
            switch kind {
            case GEN_DNS: append(.dns(String(decoding: bytes, as: UTF8.self)))
            case GEN_URI: append(.uri(String(decoding: bytes, as: UTF8.self)))
            default: append(.address(bytes))
            }
        }
    }
}

extension SubjectAlternativeName {
    fileprivate func makeGeneralName() -> UnsafeMutablePointer<GENERAL_NAME>? {
        let (kind, type, bytes): (Int32, Int32, [UInt8]) =
            switch self {
            case .dns(let name): (GEN_DNS, V_ASN1_IA5STRING, [UInt8](name.utf8))
            case .uri(let uri): (GEN_URI, V_ASN1_IA5STRING, [UInt8](uri.utf8))
            case .address(let address): (GEN_IPADD, V_ASN1_OCTET_STRING, address)
            }
        guard let name = GENERAL_NAME_new(), let value = ASN1_STRING_type_new(type) else { return nil }
        guard ASN1_STRING_set(value, bytes, Int32(bytes.count)) == 1 else {
            ASN1_STRING_free(value)
            GENERAL_NAME_free(name)
            return nil
        }
        GENERAL_NAME_set0_value(name, kind, value)
        return name
    }
}
