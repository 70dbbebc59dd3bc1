internal import ArgumentParser
internal import CMQCertificates
internal import CMQCommand
internal import Foundation

struct RenewVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew",
        abstract: "Replace certificates by new ones of the same subject and names.",
        discussion: """
            The old certificate is kept as *.old and stays valid until it ends or is revoked. With --days-left \
            and no name, looks at every certificate in the folder, and does nothing where none ends soon.

            EXAMPLES
              cmq-certs renew server alice
              cmq-certs renew --days-left 30
            """
    )

    @OptionGroup var options: AuthorityOptions

    @Argument(help: ArgumentHelp("'server', and the names of clients.", valueName: "name"))
    var names: [String] = []

    @Option(
        name: .customLong("client"),
        help: ArgumentHelp("A client's name, for one that is called 'server'.", valueName: "name")
    )
    var clients: [String] = []

    @Option(help: ArgumentHelp("Renew only what ends within so many days.", valueName: "days"))
    var daysLeft: Int?

    @Option(help: "For how many days each new certificate is valid.")
    var days = CertificateAuthority.defaultLeafDays

    @Flag(help: "Make new keys too; the old ones are kept as *.old.")
    var newKey = false

    func validate() throws {
        if names.isEmpty, clients.isEmpty, daysLeft == nil {
            throw ValidationError("name what to renew, or give --days-left")
        }
        if let daysLeft, daysLeft < 0 { throw ValidationError("--days-left must not be negative") }
    }

    func run() throws {
        let failures = try reportingCertificateErrors {
            let due = try dueCertificates()
            if due.isEmpty { return due }
            let authority = try options.openAuthority()
            return due.filter { !isRenewed($0, by: authority) }
        }
        if !failures.isEmpty { throw ExitCode(ExitStatus.failure.rawValue) }
    }

    /// One certificate that cannot be renewed must not keep the others from it.
    private func isRenewed(_ leaf: LeafCertificate, by authority: CertificateAuthority) -> Bool {
        do {
            try renew(leaf, by: authority)
            return true
        } catch {
            let failure = CommandFailure(error)
            CertsCommand.diagnostics.error(failure.message, hint: failure.hint)
            return false
        }
    }

    private func dueCertificates() throws -> [LeafCertificate] {
        let directory = options.certificates
        let isEverything = names.isEmpty && clients.isEmpty
        var leaves: [LeafCertificate] = isEverything ? try directory.leafCertificates() : []
        for name in names { leaves.append(name == "server" ? .server : .client(try CommonName(name))) }
        for name in clients { leaves.append(.client(try CommonName(name))) }
        guard let daysLeft else { return leaves }
        warnAboutAuthority(daysLeft)
        let revoked = Set(try IssueLedger.load(from: directory).certificates.filter { $0.revoked != nil }.map(\.serial))
        return try leaves.filter { leaf in
            let path = leaf.files(in: directory).certificatePath
            let certificate = try CertificateInspection.read(at: path)
            guard certificate.daysLeft < daysLeft else { return false }
            // A revoked certificate among all the others is no mistake of whoever renews them.
            guard isEverything, revoked.contains(certificate.serial) else { return true }
            CertsCommand.diagnostics.note("\(path) is revoked and was left alone")
            return false
        }
    }

    private func warnAboutAuthority(_ daysLeft: Int) {
        let path = options.certificates.authority.certificatePath
        // A missing authority is reported where it is needed.
        guard let authority = try? CertificateInspection.read(at: path), authority.daysLeft < daysLeft else { return }
        CertsCommand.diagnostics.warning("\(path) ends on \(authority.notAfter.day), and all certificates with it")
    }

    private func renew(_ leaf: LeafCertificate, by authority: CertificateAuthority) throws(CertificateError) {
        let issued = try authority.renew(leaf, days: days, newKey: newKey)
        let files = leaf.files(in: authority.directory)
        CertsCommand.diagnostics.note(
            "renewed \(files.certificatePath)\(newKey ? " and \(files.keyPath)" : ""), "
                + "valid until \(issued.notAfter.day)"
        )
    }
}
