import ArgumentParser
package import CMQClientCommand

/// What to receive, how much of it, and where it goes.
struct ReceivingOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The queue. [env: CMQ_QUEUE]", valueName: "name"))
    var queue: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Append to FILE, each message once, on disk before it is acknowledged; - is standard output.",
            valueName: "file"
        )
    )
    var output: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Run a shell command for each message, with the plaintext on its standard input and CMQ_MESSAGE_ID set. "
                + "A message whose command fails comes again when its lease has run out.",
            valueName: "command"
        )
    )
    var exec: String?

    @Option(
        name: .long,
        help:
            "What to hand on: full (the whole message as JSON, the default), content (what the sender wrapped), raw (the bytes)."
    )
    var field: ReceiveRequest.Field?

    @Option(name: .long, help: ArgumentHelp("End after N messages.", valueName: "n"))
    var count: Int?

    @Flag(name: .long, help: "End when nothing is ready in the queue.")
    var untilEmpty = false

    @Option(name: .long, help: ArgumentHelp("Give up after this time, with exit status 75.", valueName: "seconds"))
    var timeout: Double?

    @Flag(name: .long, help: "Show messages and leave them in the queue.")
    var noAck = false

    @Flag(name: .long, help: "Leave the public key at the broker as it is.")
    var noRegister = false

    @Flag(name: .long, help: "Make neither exchange nor queue nor binding.")
    var noDeclare = false

    @Option(name: .long, help: ArgumentHelp("The most messages on their way to us.", valueName: "n"))
    var prefetch = 1_000

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Wait this long for a broker that is away (default: not at the start, without end after a loss).",
            valueName: "seconds"
        )
    )
    var wait: Int?

    func check() throws {
        if output != nil, exec != nil { throw ValidationError("--output and --exec both take the messages; use one") }
        if let output, output != "-", noAck {
            throw ValidationError("--output with --no-ack would fill the file again each time")
        }
        if let count, count < 0 { throw ValidationError("--count takes 0 or more") }
        if let timeout, !(timeout > 0 && timeout < 1e9) { throw ValidationError("--timeout takes seconds above 0") }
        guard 1...1_000_000 ~= prefetch else { throw ValidationError("--prefetch takes 1 to 1000000") }
    }
}

extension ReceiveRequest.Field: ExpressibleByArgument {}
