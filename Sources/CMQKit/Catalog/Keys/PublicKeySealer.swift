internal import CMQSecrets

/// A public key as it is stored: base64, as earlier versions have it.
struct SealedPublicKey {
    var ciphertext: String
    var nonce: String
    var tag: String
    /// `nil` in a row of an earlier version.
    var algorithm: KeyAlgorithm?
}

/// Encrypts public keys under `aes_key` and decrypts them.
struct PublicKeySealer: Sendable {
    private let aesKey: SecretBytes
    private let algorithm: KeyAlgorithm

    /// - Throws: ``CatalogError/Code/keyMismatch`` unless `aesKey` has 32 bytes.
    init(aesKey: SecretBytes, algorithm: KeyAlgorithm) throws(CatalogError) {
        guard aesKey.count == algorithm.cipher.keyBytes else {
            throw CatalogError(
                .keyMismatch,
                "aes_key has \(aesKey.count) bytes instead of \(algorithm.cipher.keyBytes)",
                remedy: "set [encryption] aes_key to the base64 text of 32 bytes"
            )
        }
        self.aesKey = aesKey
        self.algorithm = algorithm
    }

    func seal(_ key: [UInt8]) throws(CatalogError) -> SealedPublicKey {
        // Random nonces are safe here: 96 bits against a key registration now and then.
        let nonce = RandomBytes.make(count: algorithm.cipher.nonceBytes)
        do throws(CipherError) {
            let sealed = try AuthenticatedCipher(algorithm: algorithm.cipher, key: aesKey).seal(key, nonce: nonce)
            return SealedPublicKey(
                ciphertext: Base64.encode(sealed.ciphertext),
                nonce: Base64.encode(nonce),
                tag: Base64.encode(sealed.tag),
                algorithm: algorithm
            )
        } catch {
            throw CatalogError(.io, "cannot encrypt a public key: \(error)")
        }
    }

    /// The raw key; `nil` where `aes_key` does not open it.
    func open(_ sealed: SealedPublicKey) -> [UInt8]? {
        guard let ciphertext = Base64.decode(sealed.ciphertext), let nonce = Base64.decode(sealed.nonce),
            let tag = Base64.decode(sealed.tag)
        else { return nil }
        // An earlier version does not know the column: it leaves it empty in new rows, and leaves our
        // value in rows that it overwrites. Whichever cipher authenticates was the one.
        let likely = sealed.algorithm ?? .aes256GCM
        for candidate in [likely] + KeyAlgorithm.allCases.filter({ $0 != likely }) {
            let cipher = try? AuthenticatedCipher(algorithm: candidate.cipher, key: aesKey)
            if let key = try? cipher?.open(ciphertext, nonce: nonce, tag: tag) { return key }
        }
        return nil
    }
}
