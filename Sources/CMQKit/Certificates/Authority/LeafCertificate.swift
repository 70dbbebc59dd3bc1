/// One of the certificates in a ``CertificateDirectory`` that are not the authority's.
package enum LeafCertificate: Hashable, Sendable {
    case server
    case client(CommonName)

    package var kind: CertificateKind {
        switch self {
        case .server: .server
        case .client: .client
        }
    }

    package func files(in directory: CertificateDirectory) -> KeyPairFiles {
        switch self {
        case .server: directory.server
        case .client(let name): directory.client(name)
        }
    }
}
