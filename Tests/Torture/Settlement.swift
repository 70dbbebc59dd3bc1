internal import Foundation
internal import Glibc
internal import TestSupport

/// The end of a run: everything comes to rest, and is counted.
struct Settlement {
    private static let patience = Duration.seconds(120)

    let world: TortureWorld

    init(_ world: TortureWorld) {
        self.world = world
    }

    /// Sends what is in the spools, and waits until the queues are empty.
    func empty() async throws {
        for (index, name) in world.senders.enumerated() {
            try await SenderActor(world, name: name, usesSpool: index.isMultiple(of: 2)).drain()
        }
        var last = ""
        do {
            try await checkFor(Self.patience, every: .milliseconds(200)) {
                let queues = try await world.toolkit.run("cmq-admin", as: ToolkitFixture.admin, ["queues", "--json"])
                last = queues.output + queues.errors
                return queues.status == 0
                    && queues.lines.allSatisfy { line in
                        line.contains("\"ready\":0,") && line.contains("\"unacknowledged\":0}")
                    }
            }
        } catch is ConditionTimeout {
            world.history.problem("the queues do not empty: \(last)")
        }
    }

    /// Compares senders, files, catalog and journal.
    func judge() async throws -> Judgement {
        var judgement = Judgement()
        for receiver in world.receivers {
            let path = world.toolkit.directory.file(world.outputFile(receiver))
            judgement.read((try? Data(contentsOf: URL(fileURLWithPath: path))) ?? Data(), of: receiver)
        }
        for life in world.history.lives { judgement.findReceipts(of: life) }
        for life in world.history.lives { judgement.judge(life) }
        judgement.judgeOrderOfRuns(of: Set(world.history.lives.filter(\.usesSpool).map(\.sender)))
        judgement.finish()
        try await judgeCatalog(judgement.identities)
        try await judgeJournal()
        return judgement
    }

    private func judgeCatalog(_ identities: Set<String>) async throws {
        do {
            try await checkFor(Self.patience, every: .milliseconds(200)) {
                let status = try await world.toolkit.run("cmq-admin", as: ToolkitFixture.admin, ["status", "--json"])
                return status.output.contains("\"lag_bytes\":0,")
            }
        } catch is ConditionTimeout {
            world.history.problem("the catalog does not catch up")
        }
        let messages = try await run(
            "cmq-admin",
            ["messages", "--json", "--config", world.toolkit.configurationPath],
            in: world.toolkit.directory.url
        )
        if messages.status != 0 { world.history.problem("cmq-admin messages: \(messages.errors)") }
        var known: Set<String> = []
        for line in messages.lines {
            let row = try JSONDecoder().decode(CatalogRow.self, from: Data(line.utf8))
            known.insert(row.messageID)
            if row.state != "acknowledged" { world.history.problem("in the catalog: \(line)") }
        }
        let missing = identities.subtracting(known)
        let unexpected = known.subtracting(identities)
        if !missing.isEmpty { world.history.problem("not in the catalog: \(missing.count), as \(missing.first ?? "")") }
        if !unexpected.isEmpty {
            world.history.problem("in the catalog only: \(unexpected.count), as \(unexpected.first ?? "")")
        }
    }

    private struct CatalogRow: Decodable {
        var messageID: String
        var state: String

        enum CodingKeys: String, CodingKey {
            case messageID = "message_id"
            case state
        }
    }

    private func judgeJournal() async throws {
        if let broker = await world.toolkit.stopBroker(), broker.status != 0 {
            world.history.problem("the broker ended with \(broker.status): \(broker.errors.suffix(2_000))")
        }
        let verified = try await run(
            "cmq-admin",
            ["journal", "verify", "--directory", world.toolkit.journalPath],
            in: world.toolkit.directory.url
        )
        if verified.status != 0 { world.history.problem("journal verify: \(verified.output)\(verified.errors)") }
    }
}
