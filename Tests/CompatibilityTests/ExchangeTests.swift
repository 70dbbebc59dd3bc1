import Foundation
import TestSupport
import Testing

/// Messages between clients of every generation and the toolkit's commands, in both directions, on our broker and
/// on the stand-in for theirs. Reference clients made every envelope and opened every one: they share no code with
/// the toolkit.
@Suite struct ExchangeTests {
    private static let texts = ["one", "zwei – größer", "{3}"]

    private static var jsonLines: [String] { texts.map { "\"\($0)\"" } }

    @Test(arguments: Generation.allCases, Site.BrokerKind.allCases)
    func `earlier clients exchange messages over either broker`(
        generation: Generation,
        kind: Site.BrokerKind
    ) async throws {
        try await Site.with(generation, on: kind) { site in
            try await site.makeKeys()
            let receiver = try await site.startReceiver(count: 3)
            let sent = try await site.send(Self.texts)
            #expect(sent.count == 3)
            let result = await receiver.finish()
            #expect(result.status == 0, "\(result.errors)")
            #expect(try site.receivedTexts() == Self.texts)
        }
    }

    @Test(arguments: Generation.allCases, Site.BrokerKind.allCases)
    func `cmq-recv opens what an earlier sender sent`(generation: Generation, kind: Site.BrokerKind) async throws {
        try await Site.with(generation, on: kind) { site in
            try await site.makeKeys()
            // Registers the key and binds the queue, as a receiver that was there before did.
            let first = try await site.cmqReceive(["--until-empty"])
            #expect(first.status == 0, "\(first.errors)")
            let waiting = try await site.send(Self.texts)
            #expect(waiting.count == 3)
            // What waited, and what comes while it is connected.
            let receiver = try site.startCMQReceive(["--count", "5", "--timeout", "60"])
            try await checkFor(.seconds(30)) { try Self.received(site, receiver).count >= 3 || receiver.hasEnded }
            #expect(try await site.send(["four", "five"]).count == 2)
            let result = await receiver.finish()
            #expect(result.status == 0, "\(result.errors)")
            let texts = try Self.received(site, receiver)
            #expect(texts == Self.texts + ["four", "five"])
        }
    }

    @Test(arguments: Generation.allCases, Site.BrokerKind.allCases)
    func `an earlier receiver opens what cmq-send sent`(generation: Generation, kind: Site.BrokerKind) async throws {
        try await Site.with(generation, on: kind) { site in
            let rsa = generation == .v10 ? ["--rsa"] : []
            let keys = try await run("cmq-keygen", rsa, in: site.folder("bob"))
            #expect(keys.status == 0)
            if generation == .v10 { try site.shareRSAKey() }
            let receiver = try await site.startReceiver(count: 3)
            let sent = try await site.cmqSend(Self.jsonLines, ["--receipts"])
            #expect(sent.status == 0, "\(sent.errors)")
            #expect(sent.lines.count == 3)
            let result = await receiver.finish()
            #expect(result.status == 0, "\(result.errors)")
            #expect(try site.receivedTexts() == Self.texts)
        }
    }

    @Test(arguments: Generation.allCases, Site.BrokerKind.allCases)
    func `cmq-recv opens what cmq-send sent in the form of a generation`(
        generation: Generation,
        kind: Site.BrokerKind
    ) async throws {
        try await Site.with(generation, on: kind) { site in
            try await site.makeKeys()
            #expect(try await site.cmqReceive(["--until-empty"]).status == 0)
            let sent = try await site.cmqSend(Self.jsonLines)
            #expect(sent.status == 0, "\(sent.errors)")
            let received = try await site.cmqReceive([
                "--count", "3", "--timeout", "60", "--output", "-", "--field", "content",
            ])
            #expect(received.status == 0, "\(received.errors)")
            #expect(received.lines.map(String.init) == Self.jsonLines)
        }
    }

    @Test(arguments: [Generation.v10, .v15])
    func `taking some of what waits at an earlier broker loses none of the rest`(generation: Generation) async throws {
        try await Site.with(generation, on: .theirs) { site in
            try await site.makeKeys()
            #expect(try await site.cmqReceive(["--until-empty"]).status == 0)
            #expect(try await site.send(Self.texts).count == 3)
            var texts: [String] = []
            for count in ["1", "2"] {
                let received = try await site.cmqReceive(
                    ["--count", count, "--timeout", "60", "--output", "-", "--field", "raw"]
                )
                #expect(received.status == 0, "\(received.errors)")
                texts += try received.lines.map { try Site.content(String($0)) }
            }
            #expect(texts == Self.texts)
        }
    }

    /// What `cmq-recv` has received: from the generation's file, or from standard output for 1.0, which has no
    /// configuration file.
    private static func received(_ site: Site, _ receiver: RunningCommand) throws -> [String] {
        if site.generation == .v10 {
            return try receiver.soFar.output.split(separator: "\n").map { line in
                let value = try JSONSerialization.jsonObject(with: Data(line.utf8), options: .fragmentsAllowed)
                return try #require(value as? String)
            }
        }
        return site.exists("bob", site.generation.outputFile) ? try site.receivedTexts() : []
    }
}
