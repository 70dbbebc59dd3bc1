internal import ArgumentParser
internal import CMQKit
internal import Foundation

/// Puts load on a broker through CMQKit, as a program that embeds it would.
@main struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cmq-bench",
        abstract: "Publish through CMQKit, receive what was published, and write one line of JSON.",
        discussion: """
            Latencies count from when a message was due at --rate, so that a stall is seen in every message that \
            it kept back. Without --rate messages go as fast as the window lets them, and no latency is shown.
            """
    )

    @Option(help: "The broker's port on this machine.") var port: Int
    @Option(help: "A directory as cmq-certs makes it, with the clients alice and bob.") var certs = "certs"
    @Option(help: "Messages to publish.") var messages = 100_000
    @Option(help: "Bytes of each message's plaintext.") var body = 512
    @Option(help: "Messages that may be unconfirmed.") var window = 1_000
    @Option(help: "Messages a second; 0: as fast as it goes.") var rate = 0
    @Flag(help: "Seal and open while the time runs, and not beforehand.") var seal = false
    @Flag(help: "Publish only, and receive nothing.") var publishOnly = false

    func validate() throws {
        guard messages > 0, body > 0, window > 0, rate >= 0 else {
            throw ValidationError("--messages, --body and --window must be positive, and --rate not negative")
        }
    }

    func run() async throws {
        let keys = KeyPair()
        let route = BenchRoute(queue: "bench-\(UUID().uuidString.prefix(8).lowercased())", count: messages)
        let alice = try await connect("alice")
        let bob = try await connect("bob")
        try await bob.declareQueue(route.queue)
        try await bob.declareExchange(route.queue)
        try await bob.bind(queue: route.queue, to: route.queue, routingKey: "bob")

        let load = try Envelopes(count: messages, body: body, receiver: keys.publicKey, beforehand: !seal, route: route)
        let schedule = Schedule(rate: rate)
        async let received =
            publishOnly
            ? nil
            : Receiver(client: bob, keys: seal ? keys : nil, route: route)
                .run(schedule)
        let published = try await Sender(client: alice, route: route).run(load, schedule)
        let report = Report(self, published: published, received: try await received, schedule: schedule)
        print(try report.line())
        await alice.close()
        await bob.close()
    }

    private func connect(_ name: String) async throws -> BrokerClient {
        var configuration = BrokerClientConfiguration(
            host: "localhost",
            port: port,
            certificateAuthorityFile: "\(certs)/ca.crt",
            certificateFile: "\(certs)/clients/\(name)/client.crt",
            privateKeyFile: "\(certs)/clients/\(name)/client.key"
        )
        configuration.publishWindow = window
        return try await BrokerClient.connect(configuration)
    }
}
