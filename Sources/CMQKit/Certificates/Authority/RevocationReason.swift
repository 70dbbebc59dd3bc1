/// Why a certificate is revoked (RFC 5280, section 5.3.1), of those that fit a leaf certificate.
package enum RevocationReason: String, CaseIterable, Codable, Hashable, Sendable {
    case unspecified
    case keyCompromise = "key-compromise"
    case affiliationChanged = "affiliation-changed"
    case superseded
    case cessationOfOperation = "cessation-of-operation"
    case privilegeWithdrawn = "privilege-withdrawn"

    /// The value of CRLReason.
    var code: Int {
        switch self {
        case .unspecified: 0
        case .keyCompromise: 1
        case .affiliationChanged: 3
        case .superseded: 4
        case .cessationOfOperation: 5
        case .privilegeWithdrawn: 9
        }
    }
}
