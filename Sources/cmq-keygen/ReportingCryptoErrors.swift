internal import CMQCommand
internal import CMQCrypto
internal import CMQSecrets

/// Runs a verb and gives the failures of keys and key files their exit status.
func reportingCryptoErrors(_ verb: () throws -> Void) throws {
    do {
        try verb()
    } catch let error as CryptoError {
        throw failure(for: error)
    }
}

private func failure(for error: CryptoError) -> CommandFailure {
    if let file = error.fileError {
        return file.operation == "read" ? .reading(file, hint: error.hint) : .creating(file)
    }
    let status: ExitStatus =
        switch error.code {
        case .invalidName: .usage
        case .outOfMemory: .temporaryFailure
        case .library: .software
        default: .dataError
        }
    return CommandFailure(status, error.message, hint: error.hint)
}
