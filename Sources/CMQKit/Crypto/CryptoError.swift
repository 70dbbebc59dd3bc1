public import CMQSecrets

/// Why a key or a message could not be used. The texts never show keys or plaintext.
public struct CryptoError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it was; the raw values are stable and may be compared by programs.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The session key was not sealed to our key.
        case noKey = "no_key"
        /// The ciphertext fails authentication.
        case badTag = "bad_tag"
        /// An envelope or one of its members does not have the form it must have.
        case malformed = "malformed"
        /// The envelope belongs to a generation that cannot be opened with this key.
        case unknownSuite = "unknown_suite"
        /// The envelope names another receiver.
        case notForMe = "not_for_me"
        /// A message is longer than the cipher takes.
        case tooLong = "too_long"
        /// A public key of low order: anybody could compute what is sealed to it.
        case weakPublicKey = "weak_public_key"
        /// A key does not have the form it must have.
        case malformedKey = "malformed_key"
        /// The name for a key is no plain file name.
        case invalidName = "invalid_name"
        /// The passphrase does not open the key, or the file was changed.
        case wrongPassphrase = "wrong_passphrase"
        /// The key derivation needs more memory than there is.
        case outOfMemory = "out_of_memory"
        /// A file could not be read or written; see ``CryptoError/fileError``.
        case file = "file"
        /// A cryptographic library failed where sound input cannot make it fail.
        case library = "library"
    }

    /// What kind of failure it was.
    public var code: Code
    /// What failed, in one line without a capital and without a full stop.
    public var message: String
    /// The remedy, where one is known.
    public var hint: String?
    /// The failed file operation, when ``code`` is ``Code/file``.
    public var fileError: FileError?

    init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    init(_ error: FileError, hint: String? = nil) {
        self.init(.file, error.description, hint: hint)
        fileError = error
    }

    init(_ error: CipherError) {
        switch error {
        case .authenticationFailed: self.init(.badTag, "the message fails authentication")
        case .wrongLength: self.init(.tooLong, "a message may have at most \(Int32.max) bytes")
        case .library: self.init(.library, error.description)
        }
    }

    public var description: String { message }
}
