internal import ArgumentParser
internal import CMQClient
internal import CMQClientCommand
internal import CMQCommand
internal import CMQCrypto

@main
struct SendCommand: CommandLineTool {
    static let configuration = CommandConfiguration(
        commandName: "cmq-send",
        abstract: "Encrypt lines and send them, each as one message.",
        discussion: """
            Reads JSON values, one a line, from standard input or from files. Each is wrapped with a message_id, the \
            sender_id and the time, encrypted for every receiver with its own key, and published. It ends with 0 only \
            when the broker has all of them on disk.

            Settings come from flags, then from the environment, then from config.json. Without any of them a message \
            goes to the exchange 'cmq' with its receiver as the routing key, which is what cmq-recv binds.

            KEYS
            A receiver's public key comes from the broker and is kept in keys/NAME_public.key. When it differs from \
            the one that was kept, nothing is sent (exit 77) until --accept-new-keys says that it is right.

            With --suite rsa-aes-128-gcm, for receivers of CipherMQ 1.0, keys are RSA and come from files only.

            SPOOL
            With --spool, every line is encrypted and on disk before it is sent, and goes when it is acknowledged; the \
            next run sends what is left first. While a receiver's key has never been seen, its lines wait there \
            in the clear, readable by the owner of the folder only.

            EXAMPLES
              echo '{"temperature":21.5}' | cmq-send --to CA-RC
              cmq-send results.jsonl --receipts --to CA-RC NY-RC
              tail -f app.log | cmq-send --raw --to OPS --spool /var/spool/cmq
              echo '{"to":"CA-RC","content":[1,2]}' | cmq-send --addressed
            """,
        version: toolkitVersion
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(title: "Routing") var routing: RoutingOptions
    @OptionGroup(title: "Messages") var messages: MessageOptions
    @OptionGroup(title: "Delivery") var delivery: DeliveryOptions

    @Argument(help: "Files with lines; - is standard input, which is the default.")
    var files: [String] = []

    func validate() throws {
        try messages.check()
        try delivery.check()
    }

    func run() async throws {
        let diagnostics = Self.diagnostics
        let settings = try ClientSettings.resolve(connection, routing: routing) { diagnostics.warning($0) }
        let run = try SendRun(try request(settings), diagnostics: diagnostics)
        let signals = StopSignals(onRequest: run.stop)
        let status = try await run.run()
        withExtendedLifetime(signals) {}
        guard status == .success else { throw ExitCode(status.rawValue) }
    }

    private func request(_ settings: ClientSettings) throws(CommandFailure) -> SendRequest {
        let receivers = messages.receivers.isEmpty ? settings.receivers : messages.receivers
        guard messages.addressed || !receivers.isEmpty else {
            throw CommandFailure(.usage, "nobody is named to send to", hint: "use --to NAME, or --addressed lines")
        }
        var settings = settings
        settings.connection.replyTimeout = .seconds(delivery.timeout ?? settings.file?.sender.ackTimeoutSeconds ?? 10)
        settings.connection.connectTimeout = .seconds(
            delivery.timeout ?? settings.file?.sender.connectTimeoutSeconds ?? 10
        )
        var request = SendRequest(settings: settings, receivers: messages.addressed ? [] : receivers)
        request.inputs = files
        request.isAddressed = messages.addressed
        request.isRaw = messages.raw
        request.suite = messages.suite
        request.sessionKeyLimits = SessionKeyLimits(messages: messages.rekeyMessages)
        request.keys = KnownKeys(directory: messages.keys)
        request.rsaKeys = RSAKeys(file: messages.rsaKey, directory: messages.keys)
        request.acceptsNewKeys = messages.acceptNewKeys
        request.failsFast = delivery.failFast
        request.printsReceipts = delivery.receipts
        request.declares = delivery.declare
        request.limits.window = delivery.window ?? settings.file?.sender.window ?? request.limits.window
        request.limits.batch = delivery.batch ?? settings.file?.sender.batch ?? request.limits.batch
        request.limits.retries = delivery.retries ?? settings.file?.sender.retries ?? request.limits.retries
        request.wait = delivery.wait.map { .seconds($0) }
        request.spoolDirectory = delivery.spool
        request.showsProgress = !delivery.quiet && Terminal.allowsProgress()
        return request
    }

    static func main() async {
        await runAndExit()
    }
}
