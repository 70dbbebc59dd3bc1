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

            From a config.json of a CipherMQ 1.3 to 1.5 client, messages go to its data/received_messages.jsonl or \
            data/QUEUE_received_messages.jsonl, as its own receiver wrote them, unless --output or --exec says \
            otherwise.

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
        let status = try await ReceiveRuns.run(try requests(settings), diagnostics: diagnostics)
        guard status == .success else { throw ExitCode(status.rawValue) }
    }

    /// One request; for the files of an earlier client one for each of them.
    private func requests(_ settings: ClientSettings) throws(CommandFailure) -> [ReceiveRequest] {
        let subscriptions = try settings.subscriptions(of: try settings.identity())
        let keys = try PrivateKeySource(file: key.privateKey, passphraseFile: key.passphraseFile)
            .read(diagnostics: Self.diagnostics)
        var request = ReceiveRequest(settings: settings, subscriptions: subscriptions, keys: keys)
        if let path = receiving.output, path != "-" { request.target = .file(path) }
        if let command = receiving.exec { request.target = .command(command) }
        request.field = receiving.field ?? .full
        request.count = receiving.count
        request.untilEmpty = receiving.untilEmpty
        request.timeout = receiving.timeout.map { .milliseconds(Int($0 * 1_000)) }
        request.acknowledges = !receiving.noAck
        request.registersKey = !receiving.noRegister
        request.declares = !receiving.noDeclare
        request.prefetch = receiving.prefetch
        request.wait = receiving.wait.map { .seconds($0) }
        guard receiving.output == nil, receiving.exec == nil, !receiving.noAck,
            let earlier = EarlierOutput(settings, subscriptions)
        else { return [request] }
        return try requests(request, earlier)
    }

    private func requests(
        _ request: ReceiveRequest,
        _ earlier: EarlierOutput
    ) throws(CommandFailure) -> [ReceiveRequest] {
        let paths = Set(earlier.files.map(\.path))
        guard paths.count == 1 || request.count == nil else {
            throw CommandFailure(.usage, "--count goes with one queue here", hint: "choose one with --queue")
        }
        try earlier.prepare()
        Self.diagnostics.note(
            "writing to \(paths.sorted().joined(separator: ", ")) as the earlier receivers did; --output - prints instead"
        )
        return paths.sorted().map { path in
            var part = request
            part.target = .file(path)
            // They kept the sender's text as it was.
            part.field = receiving.field ?? .raw
            let queues = earlier.files.filter { $0.path == path }.map(\.queue)
            part.subscriptions = request.subscriptions.filter { queues.contains($0.queue) }
            return part
        }
    }

    static func main() async {
        await runAndExit()
    }
}
