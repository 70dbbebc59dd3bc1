internal import ArgumentParser
internal import CMQClient
internal import CMQClientCommand
internal import CMQCommand
internal import CMQCrypto

@main
struct ReceiveCommand: CommandLineTool {
    static let configuration = CommandConfiguration(
        commandName: "cmq-recv",
        abstract: "Receive messages and decrypt them.",
        discussion: """
            Registers its public key, makes its queue and binding, and prints each message as one line of JSON. A \
            message is acknowledged when whoever reads standard output has taken it, when it is on disk (--output), or \
            when the command succeeded (--exec); until then it is in the queue and comes again.

            Settings come from flags, then from the environment, then from config.json. Without any of them the queue \
            has the name of our identity, bound to the exchange 'cmq' with that name.

            A message that cannot be decrypted is reported with a reason (no_key, bad_tag, malformed, unknown_suite) \
            and put aside as a dead letter: it can never be decrypted with this key. With the right key, \
            'cmq-admin redrive' brings it back. The exit status is 1 then.

            EXAMPLES
              cmq-recv
              cmq-recv --output received.jsonl
              cmq-recv --until-empty --field content | jq .
              cmq-recv --count 1 --timeout 10
              cmq-recv --exec 'psql -c "copy results from stdin"' --field content
            """,
        version: toolkitVersion
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(title: "Routing") var routing: RoutingOptions
    @OptionGroup(title: "Receiving") var receiving: ReceivingOptions
    @OptionGroup(title: "Key") var key: PrivateKeyOptions

    func validate() throws {
        try receiving.check()
    }

    func run() async throws {
        let diagnostics = Self.diagnostics
        let settings = try ClientSettings.resolve(connection, routing: routing, queue: receiving.queue) {
            diagnostics.warning($0)
        }
        let run = try ReceiveRun(try request(settings), diagnostics: diagnostics)
        let signals = StopSignals(onRequest: run.interrupt)
        let status = try await run.run()
        withExtendedLifetime(signals) {}
        guard status == .success else { throw ExitCode(status.rawValue) }
    }

    private func request(_ settings: ClientSettings) throws(CommandFailure) -> ReceiveRequest {
        let subscriptions = try settings.subscriptions(of: try settings.identity())
        let keys = try PrivateKeySource(file: key.privateKey, passphraseFile: key.passphraseFile)
            .read(diagnostics: Self.diagnostics)
        var request = ReceiveRequest(settings: settings, subscriptions: subscriptions, keys: keys)
        if let path = receiving.output { request.target = .file(path) }
        if let command = receiving.exec { request.target = .command(command) }
        request.field = receiving.field
        request.count = receiving.count
        request.untilEmpty = receiving.untilEmpty
        request.timeout = receiving.timeout.map { .milliseconds(Int($0 * 1_000)) }
        request.acknowledges = !receiving.noAck
        request.registersKey = !receiving.noRegister
        request.declares = !receiving.noDeclare
        request.prefetch = receiving.prefetch
        request.wait = receiving.wait.map { .seconds($0) }
        return request
    }

    static func main() async {
        await runAndExit()
    }
}
