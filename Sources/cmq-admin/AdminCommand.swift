import ArgumentParser
import CMQCommand
import CMQWire

@main
struct AdminCommand: CommandLineTool {
    static let configuration = CommandConfiguration(
        commandName: "cmq-admin",
        abstract: "See what a broker does and what became of every message, and put things right.",
        discussion: """
            Live figures come from the broker, over mutual TLS as an identity in its [security] admins; history \
            comes from its catalog, which is only read, also while the broker runs; the journal is read without \
            its lock.

            Without flags it looks for the broker at localhost:5672, and for its files where a cmq-broker in the \
            same working directory keeps them.

            EXAMPLES
              cmq-admin status --identity DC-HQ
              cmq-admin audit --overdue 15m || echo 'something is stuck'
              cmq-admin messages --state dead --json | jq -r .message_id
              cmq-admin redrive CA-RC --identity DC-HQ
              cmq-admin journal verify --config /etc/cmq/config.toml
            """,
        version: toolkitVersion,
        subcommands: [
            StatusVerb.self, TopVerb.self, QueuesVerb.self, MessagesVerb.self, AuditVerb.self, KeysVerb.self,
            ResendVerb.self, RedriveVerb.self, PurgeVerb.self, DatabaseVerb.self, JournalVerb.self,
        ]
    )

    static func main() async {
        await runAndExit()
    }
}
