internal import ArgumentParser
internal import CMQCommand

@main
struct KeygenCommand: CommandLineTool {
    static let configuration = CommandConfiguration(
        commandName: "cmq-keygen",
        abstract: "Make and inspect the keys that messages are encrypted to.",
        usage: """
            cmq-keygen [--directory <dir>] [--name <name>] [--force] [--json] [--rsa]
                       [--passphrase | --passphrase-file <file>]
            cmq-keygen <verb> [<options>] [<file>]
            """,
        discussion: """
            Without a verb it makes a key pair: receiver_private.key, which stays with the receiver, and \
            receiver_public.key, which senders use. It prints the public key on standard output and its \
            fingerprint on standard error.

            EXAMPLES
              cmq-keygen
              cmq-keygen --directory keys --name CA-RC --passphrase
              cmq-keygen --rsa
              cmq-keygen public < receiver_private.key > receiver_public.key
              cmq-keygen fingerprint receiver_public.key
              cmq-keygen protect receiver_private.key
            """,
        version: toolkitVersion,
        subcommands: [Generate.self, PublicKeyOf.self, Fingerprint.self, Protect.self, Unprotect.self],
        defaultSubcommand: Generate.self
    )

    static func main() async {
        await runAndExit()
    }
}
