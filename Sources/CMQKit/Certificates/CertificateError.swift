public import CMQSecrets

/// Why a certificate, a key or a revocation list could not be made, read or accepted.
public struct CertificateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failure; a program decides by these, never by the message.
    public enum Code: String, CaseIterable, Sendable {
        /// A file could not be read or made; ``CertificateError/fileError`` has the details.
        case file
        /// The bytes are not what they should be.
        case malformed
        /// A name, an address or a number of days that no certificate may carry.
        case invalidArgument
        /// The key is encrypted and no passphrase was given.
        case passphraseRequired
        /// The passphrase does not open the key.
        case wrongPassphrase
        /// There is no such certificate.
        case notFound
        /// Signed by an authority that is not in the authority file.
        case unknownAuthority
        /// The issuer has the name of a known authority, but its key did not sign.
        case signatureMismatch
        /// The time of validity is over.
        case expired
        /// The time of validity has not begun.
        case notYetValid
        /// Listed as revoked.
        case revoked
        /// There is no revocation list of the authority that issued the certificate.
        case revocationUnknown
        /// The revocation list should have been replaced by a newer one.
        case staleRevocationList
        /// Made for the other side of a connection.
        case wrongPurpose
        /// The key is shorter than this kit accepts.
        case weakKey
        /// The subject does not name exactly one usable identity.
        case invalidIdentity
        /// Refused by the rules of RFC 5280 for another reason.
        case refused
        /// OpenSSL failed where it should not.
        case library
    }

    /// What kind of failure it is.
    public var code: Code
    /// What failed and why, in one clause without a capital and without a full stop.
    public var message: String
    /// The failed file operation, where ``code-swift.property`` is ``Code-swift.enum/file``.
    public var fileError: FileError?

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package init(_ error: FileError) {
        code = .file
        message = error.description
        fileError = error
    }

    public var description: String { message }

    /// Runs a file operation and turns its error into this module's.
    static func wrapping<Value>(
        _ operation: () throws(FileError) -> Value
    ) throws(CertificateError) -> Value {
        do {
            return try operation()
        } catch {
            throw CertificateError(error)
        }
    }
}
