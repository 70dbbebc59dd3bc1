import ArgumentParser
import CMQClient
import CMQClientCommand

struct RedriveVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redrive",
        abstract: "Put the dead letters of a queue back into it.",
        discussion: """
            The count of their deliveries begins again. Dead letters that a consumer holds stay where they are.

            EXAMPLES
              cmq-admin redrive CA-RC --identity DC-HQ
            """
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    @Flag(name: .long, help: "Print a JSON object.")
    var json = false

    @Argument(help: "The queue that lost them, or its dead-letter queue.")
    var queue: String

    private struct Row: Encodable {
        let queue: String
        let redriven: Int
    }

    func run() async throws {
        let broker = try await LiveBroker.connect(connection)
        let count = try await broker.ask { (client) async throws(BrokerClientError) in try await client.redrive(queue) }
        await broker.client.close()
        if json { return try OutputLines.print(json: Row(queue: queue, redriven: count)) }
        try OutputLines.print(["\(count) \(count == 1 ? "dead letter of" : "dead letters of") '\(queue)' put back"])
    }
}
