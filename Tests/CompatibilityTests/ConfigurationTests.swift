import Foundation
import TestSupport
import Testing

/// Configuration files of each generation as they are: what they mean, what they warn of, and the files that
/// `cmq-recv` writes when it takes the place of a generation's receiver.
@Suite struct ConfigurationTests {
    @Test(arguments: Generation.allCases)
    func `config.toml of each generation is read as it is`(generation: Generation) async throws {
        let directory = try TemporaryDirectory()
        let made = try await Reference.run("make_certificates", ["etc/certs"], in: directory.url)
        #expect(made.status == 0)
        try directory.write(ConfigurationSamples.broker(generation), to: "etc/config.toml")
        // The password and the key in it are warned of unless nobody else can read them.
        #expect(chmod(directory.file("etc/config.toml"), 0o600) == 0)
        // Paths are relative to the file, wherever the broker is started.
        let checked = try await run("cmq-broker", ["--config", "etc/config.toml", "--check-config"], in: directory.url)
        #expect(checked.status == 0, "\(checked.errors)")
        #expect(!checked.errors.contains("warning"), "\(checked.errors)")
    }

    @Test func `the broker of 1.3 starts on its configuration with its certificates beside it`() async throws {
        let directory = try TemporaryDirectory()
        let made = try await Reference.run("make_certificates", ["certs"], in: directory.url)
        #expect(made.status == 0)
        try directory.write(ConfigurationSamples.broker(.v13), to: "config.toml")
        let broker = try RunningCommand("cmq-broker", ["--port", "0", "--port-file", "port"], in: directory.url)
        try await checkFor(.seconds(30)) { directory.exists("port") || broker.hasEnded }
        #expect(directory.exists("port"), "\(broker.soFar.errors)")
        // The file that the configuration names is the catalog.
        #expect(directory.exists("public_keys.db"))
        broker.signal(SIGTERM)
        #expect(await broker.finish().status == 0)
    }

    @Test(arguments: [
        (Generation.v13, []), (.v14, ["'logging' has no effect here"]), (.v141, ["'logging' has no effect here"]),
        (
            .v15,
            [
                "'logging', 'sender.num_messages', 'sender.batch_delay_ms', 'sender.message' have no effect here"
            ]
        ),
    ])
    func `config.json of each generation is read, and what means nothing here is told once`(
        generation: Generation,
        warnings: [String]
    ) async throws {
        try await Site.with(generation) { site in
            try await site.makeKeys()
            let received = try await site.cmqReceive(["--until-empty"])
            #expect(received.status == 0, "\(received.errors)")
            let told = received.errors.split(separator: "\n").filter { $0.contains("warning") }
            #expect(told.map(String.init) == warnings.map { "cmq-recv: warning: config.json: \($0)" })
            let sent = try await site.cmqSend(["1", "2"])
            #expect(sent.status == 0, "\(sent.errors)")
            #expect(sent.errors.components(separatedBy: "no effect here").count - 1 == warnings.count)
        }
    }

    @Test(arguments: [Generation.v13, .v14, .v141, .v15])
    func `paths are relative to the file, or to the working directory where they are only there`(
        generation: Generation
    ) async throws {
        try await Site.with(generation) { site in
            try await site.makeKeys()
            // Started in the folder above: everything lies beside the file.
            let beside = try await run(
                "cmq-recv",
                ["--config", "bob/config.json", "--private-key", "bob/receiver_private.key", "--until-empty"],
                in: site.directory.url
            )
            #expect(beside.status == 0, "\(beside.errors)")
            #expect(site.exists("bob", site.generation.outputFile))
            // The file lies elsewhere, as a shared one does: the paths mean the working directory.
            try FileManager.default.createDirectory(
                at: site.directory.url.appendingPathComponent("shared"),
                withIntermediateDirectories: true
            )
            try site.directory.write(try site.text("bob", "config.json"), to: "shared/config.json")
            let elsewhere = try await site.cmqReceive(["--config", "../shared/config.json", "--until-empty"])
            #expect(elsewhere.status == 0, "\(elsewhere.errors)")
            #expect(!site.directory.exists("shared/data"))
        }
    }

    @Test(arguments: [Generation.v13, .v14, .v141, .v15])
    func `cmq-recv goes on with the file of the receiver whose place it takes`(generation: Generation) async throws {
        try await Site.with(generation) { site in
            try await site.makeKeys()
            let receiver = try await site.startReceiver(count: 1)
            _ = try await site.send(["one"])
            #expect(await receiver.finish().status == 0)
            _ = try await site.send(["two"])
            let received = try await site.cmqReceive(["--until-empty"])
            #expect(received.status == 0, "\(received.errors)")
            #expect(received.output == "")
            #expect(received.errors.contains("writing to \(generation.outputFile)"))
            #expect(try site.receivedTexts() == ["one", "two"])
            // Both wrote the same members with the same kinds of values.
            let lines = try site.text("bob", generation.outputFile).split(separator: "\n")
            let records = try lines.map { line in
                try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
            }
            #expect(
                records.map { $0.keys.sorted() } == Array(repeating: ["message", "message_id", "timestamp"], count: 2)
            )
            // And the earlier one goes on in turn.
            let again = try await site.startReceiver(count: 1)
            _ = try await site.send(["three"])
            #expect(await again.finish().status == 0)
            #expect(try site.receivedTexts() == ["one", "two", "three"])
        }
    }

    @Test func `several bindings of one receiver have a file for each queue`() async throws {
        try await Site.with(.v141) { site in
            try await site.makeKeys()
            let text = try site.text("bob", "config.json").replacingOccurrences(
                of: "\"bindings\": [",
                with: "\"bindings\": [{\"queue_name\": \"other\", \"exchange_name\": \"x\", \"routing_key\": \"o\"}, "
            ).replacingOccurrences(of: "\"receiver_client_ids\": [\"bob\"]", with: "\"receiver_client_ids\": []")
            try site.write(text, "bob", "config.json")
            #expect(try await site.cmqReceive(["--until-empty"]).status == 0)
            _ = try await site.send(["one"])
            let sent = try await site.cmqSend(["\"two\""], ["--routing-key", "o"])
            #expect(sent.status == 0, "\(sent.errors)")
            let refused = try await site.cmqReceive(["--count", "1"])
            #expect(refused.status == 64)
            #expect(try await site.cmqReceive(["--until-empty"]).status == 0)
            #expect(try site.receivedTexts() == ["one"])
            #expect(try site.text("bob", "data/other_received_messages.jsonl").contains("two"))
        }
    }

    @Test func `a file that cmq wrote for itself leaves standard output alone`() async throws {
        try await ToolkitFixture.with { toolkit in
            try toolkit.directory.write(#"{"exchange_name": "x", "routing_key": "k"}"#, to: "config.json")
            _ = try await run("cmq-keygen", in: toolkit.directory.url)
            #expect(try await toolkit.run("cmq-recv", as: "bob", ["--until-empty"]).status == 0)
            #expect(try await toolkit.run("cmq-send", as: "alice", ["--to", "bob"], input: "1\n").status == 0)
            let received = try await toolkit.run("cmq-recv", as: "bob", ["--until-empty", "--field", "content"])
            #expect(received.output == "1\n")
            #expect(!toolkit.directory.exists("data"))
        }
    }
}
