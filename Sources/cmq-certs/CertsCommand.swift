internal import ArgumentParser
internal import CMQCommand

@main
struct CertsCommand: CommandLineTool {
    static let configuration = CommandConfiguration(
        commandName: "cmq-certs",
        abstract: "Make and look after the certificates of a broker and its clients.",
        usage: """
            cmq-certs NAME ...
            cmq-certs <verb> [<options>]
            """,
        discussion: """
            With names only, makes what is missing of an authority, a server certificate for \
            localhost and one client certificate for each name. A client whose name is that of a \
            verb needs 'cmq-certs client NAME'.

            EXAMPLES
              cmq-certs alice bob
              cmq-certs server --name broker.example --ip 192.0.2.7
              cmq-certs client carol
              cmq-certs renew --days-left 30
              cmq-certs revoke bob --reason key-compromise && cmq-certs crl
              cmq-certs list --json
            """,
        version: toolkitVersion,
        subcommands: [
            InitVerb.self, ServerVerb.self, ClientVerb.self, InspectVerb.self, VerifyVerb.self,
            RenewVerb.self, ListVerb.self, RevokeVerb.self, RevocationListVerb.self, ProvisionVerb.self,
        ],
        defaultSubcommand: ProvisionVerb.self
    )

    static func main() async {
        await runAndExit()
    }
}
