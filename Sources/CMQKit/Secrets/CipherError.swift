/// Why an authenticated cipher did not do its work.
package enum CipherError: Error, Hashable, CustomStringConvertible {
    /// Key, nonce, tag or output buffer have a length that the algorithm does not take.
    case wrongLength
    /// Ciphertext, tag, nonce, associated data and key do not belong together; nothing was decrypted.
    case authenticationFailed
    /// The cryptographic library refused the call named here, which sound input cannot cause.
    case library(String)

    package var description: String {
        switch self {
        case .wrongLength: "key, nonce, tag or buffer of a wrong length"
        case .authenticationFailed: "authentication failed"
        case .library(let call): "the cryptographic library failed in \(call)"
        }
    }
}
