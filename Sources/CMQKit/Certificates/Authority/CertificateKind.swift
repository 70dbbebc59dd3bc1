/// What an authority makes: itself, and certificates for the two sides of a connection.
package enum CertificateKind: String, Hashable, Codable, Sendable {
    case authority
    case server
    case client
}
