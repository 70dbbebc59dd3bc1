import ArgumentParser
import CMQBrokerCore
import CMQClient
import CMQClientCommand
import CMQCommand
import Foundation

struct PurgeVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge",
        abstract: "Delete the messages that wait in a queue, for good.",
        discussion: """
            What a consumer holds is not deleted. The audit trail shows the messages as purged.

            EXAMPLES
              cmq-admin purge CA-RC.dead --identity DC-HQ
              cmq-admin purge CA-RC.dead --identity DC-HQ --yes
            """
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    @Flag(name: .long, help: "Do not ask; needed where there is no terminal to answer on.")
    var yes = false

    @Flag(name: .long, help: "Print a JSON object.")
    var json = false

    @Argument(help: "The queue.")
    var queue: String

    private struct Row: Encodable {
        let queue: String
        let purged: Int
    }

    func run() async throws {
        guard yes || (isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1) else {
            throw CommandFailure(
                .usage,
                "purge deletes messages for good and there is no terminal to confirm it on",
                hint: "use --yes if that is wanted"
            )
        }
        let broker = try await LiveBroker.connect(connection)
        if !yes { try await confirm(broker) }
        let count = try await broker.ask { (client) async throws(BrokerClientError) in try await client.purge(queue) }
        await broker.client.close()
        if json { return try OutputLines.print(json: Row(queue: queue, purged: count)) }
        try OutputLines.print(["\(count) \(count == 1 ? "message" : "messages") deleted from '\(queue)'"])
    }

    private func confirm(_ broker: LiveBroker) async throws(CommandFailure) {
        guard let waiting = try await broker.report().broker.queues.first(where: { $0.name == queue })?.ready else {
            throw CommandFailure(.failure, "the broker has no queue '\(queue)'", hint: "'cmq-admin queues' shows all")
        }
        let question = "Delete \(waiting) \(waiting == 1 ? "message" : "messages") from '\(queue)' for good? [y/N] "
        FileHandle.standardError.write(Data(Diagnostics.printable(question).utf8))
        guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
            throw CommandFailure(.failure, "nothing was deleted")
        }
    }
}
