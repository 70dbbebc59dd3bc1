import ArgumentParser
import CMQClient
import CMQClientCommand
import CMQCommand

struct TopVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Watch the broker: rates and queues, every second.",
        discussion: """
            On a terminal it takes the whole screen until q or Ctrl-C. Elsewhere it prints one JSON report per \
            interval.

            EXAMPLES
              cmq-admin top --identity DC-HQ
              cmq-admin top --interval 5 --count 12 > minute.jsonl
            """
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    @Option(name: .long, help: ArgumentHelp("Seconds between two reports.", valueName: "seconds"))
    var interval = 1.0

    @Option(name: .long, help: ArgumentHelp("End after so many reports.", valueName: "n"))
    var count: Int?

    @Flag(name: .long, help: "Print JSON reports on a terminal too.")
    var json = false

    func validate() throws {
        guard 0.1...86_400 ~= interval else { throw ValidationError("--interval takes 0.1 to 86400") }
        if let count, count < 1 { throw ValidationError("--count takes 1 or more") }
    }

    func run() async throws {
        var settings = try LiveBroker.settings(connection)
        settings.replyTimeout = .seconds(5)
        settings.connectTimeout = .seconds(5)
        // Whoever may not ask, or asks nobody, learns it before the screen changes.
        let broker = try await LiveBroker.connect(settings)
        let first = try await broker.statistics()
        let watch = BrokerWatch(settings: settings, broker: broker, interval: .seconds(interval))
        if let screen = json ? nil : TopScreen.open() {
            try await watch.draw(on: screen, first: first, count: count)
        } else {
            try await watch.print(first: first, count: count)
        }
    }
}
