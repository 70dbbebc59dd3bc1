import ArgumentParser
import CMQCommand

struct DatabaseGrantsVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grants",
        abstract: "Print the SQL that makes roles with no more rights than they need.",
        discussion: """
            The broker may read and write rows, the auditor may read them; neither may change tables. The tables \
            stay with the role that migrated them. Run what is printed as a superuser, or as that role where it may \
            create roles, and give the roles their passwords with \\password in psql.

            EXAMPLES
              cmq-admin db grants | psql cmq
              cmq-admin db grants --broker cmq_broker --auditor cmq_auditor --schema public
            """
    )

    @Option(name: .long, help: "The broker's role.")
    var broker = "cmq_broker"

    @Option(name: .long, help: "The auditor's role.")
    var auditor = "cmq_auditor"

    @Option(name: .long, help: "The schema with the tables.")
    var schema = "public"

    func validate() throws {
        for name in [broker, auditor, schema] {
            guard (1...63).contains(name.utf8.count), !name.unicodeScalars.contains(where: { $0.value < 32 }) else {
                throw ValidationError("a name in PostgreSQL has 1 to 63 bytes and no control characters")
            }
        }
        if broker == auditor { throw ValidationError("--broker and --auditor name the same role") }
    }

    func run() throws {
        try OutputLines.print(GrantScript(broker: broker, auditor: auditor, schema: schema).lines)
    }
}
