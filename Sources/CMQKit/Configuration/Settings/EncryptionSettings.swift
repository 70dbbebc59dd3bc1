/// `[encryption]`: how public keys are kept at rest.
package struct EncryptionSettings: Sendable {
    package enum Algorithm: String, CaseIterable, Sendable {
        case aes256GCM = "aes-256-gcm"
        case chaCha20Poly1305 = "chacha20-poly1305"
    }

    package var algorithm = Algorithm.aes256GCM
    package var key = CatalogKey.generated(path: "cmq-data/catalog.key")
    package var keyFile: String?

    static let schema: [Setting] = [
        .choice(
            .encryption,
            "algorithm",
            \.encryption.algorithm,
            // What 1.3 to 1.5 called by this name was AES-256-GCM in the database.
            legacy: ["x25519_chacha20_poly1305": Algorithm.aes256GCM.rawValue],
            since: .cipherMQ("1.4"),
            "The cipher for keys at rest. The name that earlier versions wrote, `x25519_chacha20_poly1305`, means "
                + "`aes-256-gcm`, because that is what their databases hold."
        ),
        .secret(
            .encryption,
            "aes_key",
            since: .cipherMQ("1.3"),
            variables: ["CMQ_AES_KEY"],
            set: { (text, configuration) throws(SettingMistake) in
                configuration.encryption.key = .given(try CatalogKey.decode(text))
            },
            defaultText: "`catalog.key` in the data directory, made by the broker with mode 0600",
            "The key for keys at rest: 32 bytes in base64. Better in `aes_key_file` or the environment than here."
        ),
        .optionalPath(
            .encryption,
            "aes_key_file",
            \.encryption.keyFile,
            .reads,
            "A file with that key, which only the broker's user can read."
        ),
    ]
}
