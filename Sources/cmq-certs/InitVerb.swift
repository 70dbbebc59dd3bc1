internal import ArgumentParser
internal import CMQCertificates

struct InitVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make the authority.",
        discussion: """
            EXAMPLES
              cmq-certs init
              cmq-certs init --encrypt-ca-key
            """
    )

    @OptionGroup var options: AuthorityOptions

    @Option(help: "For how many days the authority is valid.")
    var days = CertificateAuthority.defaultDays

    @Flag(
        name: .customLong("encrypt-ca-key"),
        help: "Encrypt the authority's key with a passphrase; --passphrase-file implies it."
    )
    var encryptsKey = false

    @Flag(help: "Replace an authority; whatever it signed is refused from then on.")
    var force = false

    func run() throws {
        try reportingCertificateErrors {
            _ = try options.createAuthority(days: days, encrypted: encryptsKey, replacing: force)
        }
    }
}
