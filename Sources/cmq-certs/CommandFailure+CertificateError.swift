internal import CMQCertificates
internal import CMQCommand
internal import CMQSecrets
internal import Foundation

extension CommandFailure {
    init(_ error: CertificateError) {
        if let file = error.fileError {
            let isInput = ["read", "list", "open the directory"].contains(file.operation)
            self = isInput ? .reading(file) : .creating(file)
            return
        }
        switch error.code {
        case .invalidArgument:
            self.init(.usage, error.message)
        case .passphraseRequired, .wrongPassphrase:
            self.init(.dataError, error.message, hint: "use --passphrase-file FILE with the right passphrase")
        case .notFound:
            self.init(.noInput, error.message, hint: "'cmq-certs list' shows what was issued")
        case .library:
            self.init(.software, error.message)
        default:
            self.init(.dataError, error.message)
        }
    }
}

extension CertificateError {
    /// Whether a certificate is refused, rather than a file unreadable.
    var isRefusal: Bool {
        switch code {
        case .unknownAuthority, .signatureMismatch, .expired, .notYetValid, .revoked, .revocationUnknown,
            .staleRevocationList, .wrongPurpose, .weakKey, .invalidIdentity, .refused:
            true
        case .file, .malformed, .invalidArgument, .passphraseRequired, .wrongPassphrase, .notFound, .library:
            false
        }
    }
}

/// Runs a verb and gives the kit's errors their exit status.
func reportingCertificateErrors<Value>(_ verb: () throws -> Value) throws -> Value {
    do {
        return try verb()
    } catch let error as CertificateError {
        throw CommandFailure(error)
    }
}

extension Date {
    /// For notes and tables: whole days are what people plan with.
    var day: String {
        formatted(.iso8601.year().month().day())
    }
}
