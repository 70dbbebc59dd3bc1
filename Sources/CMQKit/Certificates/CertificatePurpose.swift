/// The side of a connection that a certificate is for.
public enum CertificatePurpose: String, CaseIterable, Hashable, Codable, Sendable {
    /// The one that connects.
    case client
    /// The one that listens.
    case server
}
