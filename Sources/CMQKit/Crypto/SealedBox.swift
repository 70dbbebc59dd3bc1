internal import CMQSecrets
internal import CSodium

/// Session keys sealed to a receiver's key (libsodium's `crypto_box_seal`): a fresh X25519 key for each,
/// XSalsa20-Poly1305 under a key that HSalsa20 derives.
enum SealedBox {
    /// What a box is longer than its content, in bytes: the ephemeral public key and the tag.
    static let overheadBytes = 48

    /// - Throws: ``CryptoError`` with ``CryptoError/Code/weakPublicKey`` when the shared secret is zero.
    static func seal(_ secret: SecretBytes, to receiver: PublicKey) throws(CryptoError) -> [UInt8] {
        precondition(Sodium.isReady)
        var box = [UInt8](repeating: 0, count: secret.count + overheadBytes)
        let status = secret.withUnsafePointer { bytes in
            crypto_box_seal(
                &box,
                bytes,
                UInt64(secret.count),
                receiver.rawRepresentation
            )
        }
        guard status == 0 else { throw CryptoError(.weakPublicKey, "the receiver's public key is of low order") }
        return box
    }

    /// The content of `box`; `nil` when it was not sealed to `receiver`, or was changed.
    static func open(_ box: [UInt8], with receiver: KeyPair) -> SecretBytes? {
        precondition(Sodium.isReady)
        guard box.count >= overheadBytes else { return nil }
        return SecretBytes.make(count: box.count - overheadBytes) { content in
            receiver.privateKey.rawRepresentation.withUnsafePointer { privateKey in
                crypto_box_seal_open(
                    content,
                    box,
                    UInt64(box.count),
                    receiver.publicKey.rawRepresentation,
                    privateKey
                ) == 0
            }
        }
    }

    /// A box as generation 1.5 makes it: the raw X25519 shared secret is the key, the first 24 bytes of
    /// BLAKE2b-512 over both public keys the nonce. It skips the derivation of the key, so that one is made
    /// only for receivers that open nothing else.
    static func sealGeneration15(_ secret: SecretBytes, to receiver: PublicKey) throws(CryptoError) -> [UInt8] {
        let ephemeral = KeyPair()
        guard let shared = sharedSecret(ephemeral.privateKey, receiver.rawRepresentation) else {
            throw CryptoError(.weakPublicKey, "the receiver's public key is of low order")
        }
        let nonce = generation15Nonce(ephemeral.publicKey.rawRepresentation, receiver)
        var box = [UInt8](repeating: 0, count: secret.count + overheadBytes - PublicKey.bytesCount)
        shared.withUnsafePointer { shared in
            secret.withUnsafePointer { bytes in
                _ = crypto_secretbox_easy(&box, bytes, UInt64(secret.count), nonce, shared)
            }
        }
        return ephemeral.publicKey.rawRepresentation + box
    }

    /// The content of such a box; `nil` when it was not sealed to `receiver`, or was changed.
    static func openGeneration15(_ box: [UInt8], with receiver: KeyPair) -> SecretBytes? {
        guard box.count >= overheadBytes else { return nil }
        let ephemeral = Array(box[..<PublicKey.bytesCount])
        let boxed = Array(box[PublicKey.bytesCount...])
        guard let shared = sharedSecret(receiver.privateKey, ephemeral) else { return nil }
        let nonce = generation15Nonce(ephemeral, receiver.publicKey)
        return SecretBytes.make(count: box.count - overheadBytes) { content in
            shared.withUnsafePointer { shared in
                crypto_secretbox_open_easy(content, boxed, UInt64(boxed.count), nonce, shared) == 0
            }
        }
    }

    /// X25519; `nil` when it is zero.
    private static func sharedSecret(_ privateKey: PrivateKey, _ publicKey: [UInt8]) -> SecretBytes? {
        precondition(Sodium.isReady)
        return SecretBytes.make(count: Int(crypto_scalarmult_BYTES)) { shared in
            privateKey.rawRepresentation.withUnsafePointer { crypto_scalarmult(shared, $0, publicKey) == 0 }
        }
    }

    /// 64 bytes, of which a nonce takes the first 24.
    private static func generation15Nonce(_ ephemeral: [UInt8], _ receiver: PublicKey) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 64)
        let keys = ephemeral + receiver.rawRepresentation
        crypto_generichash(&digest, digest.count, keys, UInt64(keys.count), nil, 0)
        return digest
    }
}
