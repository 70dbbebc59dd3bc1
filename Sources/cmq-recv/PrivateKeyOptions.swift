internal import ArgumentParser

/// The key that messages are decrypted with.
struct PrivateKeyOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Our private key; else receiver_private.key, and receiver_private.pem for messages of 1.0, here, in keys "
                + "or in certs. [env: CMQ_PRIVATE_KEY]",
            valueName: "file"
        )
    )
    var privateKey: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The passphrase of the private key; else it is asked for.", valueName: "file")
    )
    var passphraseFile: String?
}
