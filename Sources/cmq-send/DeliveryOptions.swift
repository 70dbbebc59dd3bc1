internal import ArgumentParser

/// How messages get to the broker.
struct DeliveryOptions: ParsableArguments {
    @Flag(name: .long, help: "Print a JSON object for each message that the broker has.")
    var receipts = false

    @Option(name: .long, help: ArgumentHelp("Keep lines in DIR until they are acknowledged.", valueName: "dir"))
    var spool: String?

    @Flag(name: .long, help: "End at the first bad line.")
    var failFast = false

    @Flag(name: .long, help: "Make the exchange, and the receiver's queue and binding, first.")
    var declare = false

    @Option(name: .long, help: ArgumentHelp("The most messages without an answer (default: 1000).", valueName: "n"))
    var window: Int?

    @Option(
        name: .long,
        help: ArgumentHelp("The most messages that are written together (default: 256).", valueName: "n")
    )
    var batch: Int?

    @Option(name: .long, help: ArgumentHelp("Wait this long for an answer (default: 10).", valueName: "seconds"))
    var timeout: Int?

    @Option(
        name: .long,
        help: ArgumentHelp("How often to try again, each time after a longer wait (default: 3).", valueName: "n")
    )
    var retries: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Wait this long for a broker that is away, however many attempts it takes.",
            valueName: "seconds"
        )
    )
    var wait: Int?

    @Flag(name: [.long, .short], help: "Show no progress.")
    var quiet = false

    func check() throws {
        try check("--window", window, 1...1_000_000)
        try check("--batch", batch, 1...1_000_000)
        try check("--timeout", timeout, 1...86_400)
        try check("--retries", retries, 0...1_000)
        try check("--wait", wait, 0...31_536_000)
    }

    private func check(_ name: String, _ value: Int?, _ range: ClosedRange<Int>) throws {
        guard let value, !range.contains(value) else { return }
        throw ValidationError("\(name) takes \(range.lowerBound) to \(range.upperBound)")
    }
}
