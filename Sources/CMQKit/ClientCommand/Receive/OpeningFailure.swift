internal import CMQCrypto

/// Why a message cannot be decrypted.
struct OpeningFailure: Error {
    /// The reason that the broker is told, and keeps with the dead letter.
    var code: CryptoError.Code
    var message: String
    var hint: String?

    init(code: CryptoError.Code, message: String) {
        self.code = code
        self.message = message
    }

    init(_ error: CryptoError) {
        self.init(code: error.code, message: error.message)
        hint = error.hint
    }
}
