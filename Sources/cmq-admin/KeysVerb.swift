import ArgumentParser

struct KeysVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Show the public keys that clients have registered, and who registered which before.",
        discussion: """
            Compare a fingerprint with the one that 'cmq-keygen fingerprint' shows its owner: a key that differs \
            belongs to somebody else.

            EXAMPLES
              cmq-admin keys
              cmq-admin keys history CA-RC
            """,
        subcommands: [KeysListVerb.self, KeysHistoryVerb.self],
        defaultSubcommand: KeysListVerb.self
    )
}
