internal import ArgumentParser
internal import CMQCertificates
internal import CMQCommand

/// What a server certificate is for, and its making.
struct ServerNameOptions: ParsableArguments {
    @Option(
        name: .customLong("name"),
        help: ArgumentHelp(
            "A host name of the server; may be repeated. Without --name and --ip: localhost, 127.0.0.1 and ::1.",
            valueName: "host"
        )
    )
    var names: [String] = []

    @Option(
        name: .customLong("ip"),
        help: ArgumentHelp("An address of the server; may be repeated.", valueName: "address")
    )
    var addresses: [String] = []

    func issue(by authority: CertificateAuthority, days: Int, replacing: Bool) throws {
        let isDefault = names.isEmpty && addresses.isEmpty
        let issued = try authority.issueServer(
            names: isDefault ? ["localhost"] : names,
            addresses: isDefault ? ["127.0.0.1", "::1"] : addresses,
            days: days,
            replacing: replacing
        )
        let files = authority.directory.server
        CertsCommand.diagnostics.note(
            "made \(files.certificatePath) and \(files.keyPath) for "
                + "\(issued.names.joined(separator: ", ")), valid until \(issued.notAfter.day)"
        )
    }
}
