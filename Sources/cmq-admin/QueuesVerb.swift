import ArgumentParser
import CMQBrokerCore
import CMQClient
import CMQClientCommand
import CMQCommand

struct QueuesVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queues",
        abstract: "Show the broker's queues: what waits, what is with consumers, and for how long.",
        discussion: """
            EXAMPLES
              cmq-admin queues --identity DC-HQ
              cmq-admin queues CA-RC --json | jq .ready
            """
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: ArgumentHelp("Only these queues.", valueName: "queue"))
    var names: [String] = []

    func run() async throws {
        let broker = try await LiveBroker.connect(connection)
        var queues = try await broker.report().broker.queues.sorted { $0.name < $1.name }
        await broker.client.close()
        let missing = names.filter { name in !queues.contains { $0.name == name } }
        if !names.isEmpty { queues.removeAll { !names.contains($0.name) } }
        if output.json {
            var lines = OutputLines()
            for queue in queues { try lines.add(json: queue) }
            try lines.flush()
        } else {
            try OutputLines.print(QueueTable.lines(queues, width: TerminalSize.ofStandardOutput?.columns))
        }
        if let name = missing.first {
            throw CommandFailure(.failure, "the broker has no queue '\(name)'", hint: "'cmq-admin queues' shows all")
        }
    }
}
