internal import Foundation
internal import Glibc
internal import TestSupport

/// A run: everything is broken for a while, then nothing, then what is there is compared with what was said.
package struct Torture {
    /// What a run did.
    package struct Report: CustomStringConvertible {
        package var description: String
        /// Empty when every promise was kept.
        package var problems: [String]
        /// SIGKILLs of clients, brokers and databases.
        package var kills: Int
        /// Messages whose senders know that they are safe.
        package var done: Int
    }

    private static let problemsShown = 20

    private let settings: TortureSettings

    package init(_ settings: TortureSettings) {
        self.settings = settings
    }

    /// - Parameter keep: Where to copy the files of a run that failed.
    package func run(keepingIn keep: String? = nil) async throws -> Report {
        let world = try await TortureWorld(settings)
        var report: Report?
        try await world.toolkit.endingBroker {
            defer {
                world.crowd.signalAll(SIGKILL)
                world.proxy.close()
            }
            var judgement = Judgement()
            do {
                try await breakThings(world)
                judgement = try await Settlement(world).judge()
            } catch {
                // A broker that does not start any more, for instance: a finding, which belongs to its seed.
                world.history.problem("the run could not go on: \(error)")
            }
            report = makeReport(world, judgement)
        }
        guard let report else { throw TortureError(description: "no report") }
        if let keep, !report.problems.isEmpty {
            try FileManager.default.copyItem(atPath: world.toolkit.directory.url.path, toPath: keep)
        }
        return report
    }

    private func breakThings(_ world: TortureWorld) async throws {
        let receivers = world.receivers.map { name in
            Task {
                var receiver = ReceiverActor(world, name: name)
                try await receiver.run()
            }
        }
        defer { world.finish() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, name) in world.senders.enumerated() {
                group.addTask {
                    var sender = SenderActor(world, name: name, usesSpool: index.isMultiple(of: 2))
                    try await sender.run()
                }
            }
            group.addTask {
                var nemesis = Nemesis(world)
                try await nemesis.run()
                world.calmDown()
            }
            try await group.waitForAll()
        }
        try await Settlement(world).empty()
        world.finish()
        let ending = Task {
            // Again and again: one of them may have begun just now.
            while !Task.isCancelled {
                world.crowd.signalAll(SIGTERM)
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        for receiver in receivers { try await receiver.value }
        ending.cancel()
    }

    private func makeReport(_ world: TortureWorld, _ judgement: Judgement) -> Report {
        let counts = world.history.counts
        let problems = world.history.problems + judgement.problems
        let kills = ["kill client", "kill broker", "kill database"].reduce(0) { $0 + (counts[$1] ?? 0) }
        var text = counts.filter { $0.key != "problem" }.sorted { $0.key < $1.key }
            .map { "\($0.key): \($0.value)" }.joined(separator: "; ")
        text += "; cut by the proxy: \(world.proxy.cuts)"
        text += "\ndone \(judgement.done), not done \(judgement.notDone), unknown \(judgement.unknown), "
        text += "of which recovered \(judgement.recovered); problems \(problems.count)"
        if !problems.isEmpty {
            text += "\n" + problems.prefix(Self.problemsShown).map { "PROBLEM \($0)" }.joined(separator: "\n")
            text += "\n" + world.history.recentEvents.joined(separator: "\n")
        }
        text += "\nthe same again: \(settings.command)"
        return Report(description: text, problems: problems, kills: kills, done: judgement.done)
    }
}
