public import CMQSecrets
internal import CSodium

/// A private key encrypted under a passphrase, as a line of text:
///
///     cmq-protected-key:v1:argon2id:m=262144,t=3:<salt>:<nonce>:<ciphertext>
///
/// Argon2id (RFC 9106, version 1.3, one lane) derives 32 bytes from the passphrase and the 16-byte salt;
/// under them XChaCha20-Poly1305 with the 24-byte nonce encrypts the 32 bytes of the key. Everything up to
/// and including the last colon is the associated data, so that no parameter can be changed. Binary
/// parts are standard base64 with padding.
public struct ProtectedPrivateKey: Sendable {
    /// The line without its end.
    public let text: String
    private let header: [UInt8]
    private let cost: PassphraseCost
    private let salt: [UInt8]
    private let nonce: [UInt8]
    private let ciphertext: [UInt8]

    static let marker = "cmq-protected-key:"
    private static let prefix = "cmq-protected-key:v1:argon2id:"

    /// Encrypts `privateKey`.
    ///
    /// - Parameters:
    ///   - privateKey: The key to encrypt.
    ///   - passphrase: Its bytes as they are, without a line end.
    ///   - cost: What a guess is to cost.
    /// - Throws: ``CryptoError`` with ``CryptoError/Code/outOfMemory``.
    public init(
        protecting privateKey: PrivateKey,
        passphrase: SecretBytes,
        cost: PassphraseCost = .moderate
    ) throws(CryptoError) {
        let salt = RandomBytes.make(count: Int(crypto_pwhash_SALTBYTES))
        let nonce = RandomBytes.make(count: Int(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES))
        let header = "\(Self.prefix)\(cost.text):\(Base64.encode(salt)):\(Base64.encode(nonce)):"
        let key = try Self.deriveKey(from: passphrase, salt: salt, cost: cost)
        let associatedData = Array(header.utf8)
        var ciphertext = [UInt8](repeating: 0, count: PrivateKey.bytesCount + Self.tagBytes)
        let status = privateKey.rawRepresentation.withUnsafePointer { plaintext in
            key.withUnsafePointer { key in
                crypto_aead_xchacha20poly1305_ietf_encrypt(
                    &ciphertext,
                    nil,
                    plaintext,
                    UInt64(PrivateKey.bytesCount),
                    associatedData,
                    UInt64(associatedData.count),
                    nil,
                    nonce,
                    key
                )
            }
        }
        guard status == 0 else { throw CryptoError(.library, "libsodium cannot encrypt the private key") }
        text = header + Base64.encode(ciphertext)
        self.header = associatedData
        self.cost = cost
        self.salt = salt
        self.nonce = nonce
        self.ciphertext = ciphertext
    }

    /// Reads the line; nothing is derived or decrypted yet.
    ///
    /// - Throws: ``CryptoError`` with ``CryptoError/Code/malformedKey`` for another form or version, and for
    ///   a cost that is out of bounds (8 KiB to 1 GiB, 1 to 16 passes).
    public init(text: String) throws(CryptoError) {
        let fields = text.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count == 7, text.hasPrefix(Self.marker) else {
            throw CryptoError(.malformedKey, "the protected private key is damaged")
        }
        guard text.hasPrefix(Self.prefix) else {
            throw CryptoError(
                .malformedKey,
                "the protected private key has the unknown form \(fields[1]) \(fields[2])",
                hint: "use a newer version of this program"
            )
        }
        guard let cost = PassphraseCost(fields[3]) else {
            throw CryptoError(.malformedKey, "the protected private key asks for a cost out of bounds")
        }
        guard let salt = Base64.decode(fields[4]), salt.count == Int(crypto_pwhash_SALTBYTES),
            let nonce = Base64.decode(fields[5]), nonce.count == Int(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES),
            let ciphertext = Base64.decode(fields[6]), ciphertext.count == PrivateKey.bytesCount + Self.tagBytes
        else { throw CryptoError(.malformedKey, "the protected private key is damaged") }
        self.text = text
        header = Array(text.utf8.dropLast(fields[6].utf8.count))
        self.cost = cost
        self.salt = salt
        self.nonce = nonce
        self.ciphertext = ciphertext
    }

    /// Decrypts the key; takes the time and memory of its cost.
    ///
    /// - Throws: ``CryptoError`` with ``CryptoError/Code/wrongPassphrase`` when the passphrase is another one
    ///   or the text was changed, and with ``CryptoError/Code/outOfMemory``.
    public func unlock(passphrase: SecretBytes) throws(CryptoError) -> PrivateKey {
        let key = try Self.deriveKey(from: passphrase, salt: salt, cost: cost)
        let plaintext = SecretBytes.make(count: PrivateKey.bytesCount) { plaintext in
            key.withUnsafePointer { key in
                crypto_aead_xchacha20poly1305_ietf_decrypt(
                    plaintext,
                    nil,
                    nil,
                    ciphertext,
                    UInt64(ciphertext.count),
                    header,
                    UInt64(header.count),
                    nonce,
                    key
                ) == 0
            }
        }
        guard let plaintext else {
            throw CryptoError(.wrongPassphrase, "the passphrase is wrong, or the protected private key was changed")
        }
        return try PrivateKey(rawRepresentation: plaintext)
    }

    private static let tagBytes = Int(crypto_aead_xchacha20poly1305_ietf_ABYTES)

    private static func deriveKey(
        from passphrase: SecretBytes,
        salt: [UInt8],
        cost: PassphraseCost
    ) throws(CryptoError) -> SecretBytes {
        precondition(Sodium.isReady)
        let count = Int(crypto_aead_xchacha20poly1305_ietf_KEYBYTES)
        let key = SecretBytes.make(count: count) { key in
            passphrase.withUnsafePointer { bytes in
                bytes.withMemoryRebound(to: CChar.self, capacity: passphrase.count) { characters in
                    crypto_pwhash(
                        key,
                        UInt64(count),
                        characters,
                        UInt64(passphrase.count),
                        salt,
                        UInt64(cost.passes),
                        cost.memoryKiB * 1024,
                        crypto_pwhash_ALG_ARGON2ID13
                    ) == 0
                }
            }
        }
        guard let key else {
            throw CryptoError(
                .outOfMemory,
                "deriving the key from the passphrase needs \(cost.memoryKiB / 1024) MiB of memory",
                hint: "free memory or raise the limit (ulimit -v), and try again"
            )
        }
        return key
    }
}
