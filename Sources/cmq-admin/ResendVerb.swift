import ArgumentParser
import CMQClient
import CMQClientCommand
import CMQCommand
import CMQWire

struct ResendVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resend",
        abstract: "Have messages delivered again that were not acknowledged.",
        discussion: """
            A message that a consumer holds goes back to its queue now instead of when its lease ends; a dead \
            letter goes back to the queue that lost it. What was acknowledged is gone.

            EXAMPLES
              cmq-admin resend 5f0c2a9e-6f0e-4c55-9d36-0f6a8f5e9f11
              cmq-admin messages --state dead --json | jq -r .message_id | xargs cmq-admin resend
            """
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    @Flag(name: .long, help: "Print a JSON object for each message that is sent again.")
    var json = false

    @Argument(help: ArgumentHelp("The identities of messages.", valueName: "message-id"))
    var identities: [String]

    private struct Row: Encodable {
        let messageID: String
        let isRequested = true

        private enum CodingKeys: String, CodingKey {
            case messageID = "message_id"
            case isRequested = "requested"
        }
    }

    func run() async throws {
        let messages = try identities.map { text in
            guard let message = MessageID(text) else {
                throw CommandFailure(.usage, "'\(text)' cannot be the identity of a message", hint: "it has no blanks")
            }
            return message
        }
        let broker = try await LiveBroker.connect(connection)
        var failures = 0
        for message in messages {
            do throws(CommandFailure) {
                try await broker.ask { (client) async throws(BrokerClientError) in try await client.resend(message) }
            } catch {
                guard error.status == .failure else { throw error }
                failures += 1
                AdminCommand.diagnostics.error(error.message)
                continue
            }
            if json {
                try OutputLines.print(json: Row(messageID: message.description))
            } else {
                try OutputLines.print(["\(message) will be delivered again"])
            }
        }
        await broker.client.close()
        guard failures == 0 else {
            throw CommandFailure(
                .failure,
                "\(failures) of \(messages.count) messages could not be sent again",
                hint: "'cmq-admin messages' shows what became of them"
            )
        }
    }
}
