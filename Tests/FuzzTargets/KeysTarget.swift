internal import CMQCrypto
internal import CMQSecrets

/// Key files of every kind: base64, under a passphrase, RSA in PEM.
enum KeysTarget {
    /// Of the protected keys in the corpus.
    static let passphrase = "fuzz"
    private static let file = AnonymousFile()
    private static let again = AnonymousFile()

    static func run(_ bytes: [UInt8]) throws {
        file.write(bytes)
        if let key = try? KeyFile.readPublicKey(at: file.path) {
            again.write(Array(key.base64.utf8))
            try require((try? KeyFile.readPublicKey(at: again.path)) == key, "a public key is written otherwise")
        }
        switch try? KeyFile.readPrivateKey(at: file.path) {
        case .plain(let key)?:
            let text = Base64.encode(key.rawRepresentation)
            try require(text.withUnsafeBytes { Array($0) } == trimmed(bytes), "a private key reads otherwise")
        case .protected(let key)?:
            try require(Array(key.text.utf8) == trimmed(bytes), "a protected key reads otherwise")
            try unlock(key)
        case nil: break
        }
        // Reading into locked memory takes most of the time, so other files are not read once more for nothing.
        guard (try? RSAKeyFile.isPEM(at: file.path)) == true else { return }
        if let key = try? RSAKeyFile.readPrivateKey(at: file.path) {
            again.write(Array(key.publicKey.pem.utf8))
            let publicKey = try? RSAKeyFile.readPublicKey(at: again.path)
            try require(publicKey?.pem == key.publicKey.pem, "an RSA key has another public key")
        }
        _ = try? RSAKeyFile.readPublicKey(at: file.path)
    }

    /// Only with the least cost: any other one is slow on purpose.
    private static func unlock(_ key: ProtectedPrivateKey) throws {
        guard key.text.contains(":m=8,t=1:") else { return }
        guard let unlocked = try? key.unlock(passphrase: SecretBytes(copying: passphrase.utf8)) else { return }
        let isOurs = unlocked.rawRepresentation.withUnsafeBytes { Array($0) } == [UInt8](1...32)
        try require(isOurs, "a key was unlocked that nobody protected")
    }

    private static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        while let last = bytes.last, [0x20, 0x09, 0x0A, 0x0D].contains(last) { bytes.removeLast() }
        return bytes
    }
}
