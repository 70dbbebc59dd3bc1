import Foundation
import TestSupport
import Testing

/// The laboratories and research centres, with clients of several generations side by side: two laboratories and one
/// centre run earlier clients, the others the toolkit's commands.
@Suite struct LabsTests {
    private static let labs: [(name: String, content: String, to: [String])] = [
        ("FL-LAB", "FL-LAB_DAT_20251008_001", ["CA-RC", "SF-RC"]),
        ("PA-LAB", "PA-LAB_RPT_20251008_125", ["CA-RC", "NY-RC", "SF-RC"]),
        ("MA-LAB", "MA-LAB_DAT_20251008_045", ["NY-RC", "SF-RC"]),
        ("IL-LAB", "IL-LAB_RPT_20251008_175", ["CA-RC", "SF-RC"]),
    ]
    private static let centres = ["CA-RC", "NY-RC", "SF-RC"]
    /// Who runs an earlier client, and of which generation. The centre of 1.4 gets its messages from a laboratory of
    /// its own generation and from cmq-send; the laboratory of 1.5 sends to the toolkit's centres.
    private static let earlier: [String: Generation] = ["FL-LAB": .v15, "MA-LAB": .v14, "NY-RC": .v14]

    @Test func `mixed clients bring every message to its receivers and to nobody else`() async throws {
        try await ToolkitFixture.with(clients: Self.labs.map(\.name) + Self.centres) { toolkit in
            for (name, _, to) in Self.labs {
                try toolkit.prepareReference([name], Self.earlier[name] ?? .v14, receivers: to)
            }
            for name in Self.centres {
                try toolkit.prepareReference([name], .v14, receivers: Self.centres)
                #expect(try await run("cmq-keygen", in: toolkit.folder(name)).status == 0)
            }
            try await receiveNatively(toolkit)
            let receiver = try Reference.start("receiver", ["1.4", "--count", "2"], in: toolkit.folder("NY-RC"))
            #expect(await receiver.waitForOutput(containing: "ready"), "\(receiver.soFar.errors)")
            for (name, content, _) in Self.labs { try await send(content, from: name, toolkit) }
            #expect(await receiver.finish().status == 0)
            try await receiveNatively(toolkit)
            for name in Self.centres {
                let wanted = Self.labs.filter { $0.to.contains(name) }.map(\.content)
                #expect(try contents(of: name, toolkit) == wanted, "\(name)")
            }
        }
    }

    private func send(_ content: String, from lab: String, _ toolkit: ToolkitFixture) async throws {
        let sent: CommandResult
        if let generation = Self.earlier[lab] {
            let folder = toolkit.folder(lab)
            sent = try await Reference.run("sender", [generation.rawValue], in: folder, input: content + "\n")
        } else {
            sent = try await run("cmq-send", ["--quiet"], input: "\"\(content)\"\n", in: toolkit.folder(lab))
        }
        #expect(sent.status == 0, "\(lab): \(sent.errors)")
    }

    private func receiveNatively(_ toolkit: ToolkitFixture) async throws {
        for name in Self.centres where Self.earlier[name] == nil {
            let received = try await run("cmq-recv", ["--until-empty"], in: toolkit.folder(name))
            #expect(received.status == 0, "\(name): \(received.errors)")
        }
    }

    /// What a centre's file has, in the order of its lines.
    private func contents(of centre: String, _ toolkit: ToolkitFixture) throws -> [String] {
        let queue = ConfigurationSamples.comparable(centre) + "_queue"
        let name = Self.earlier[centre] == nil ? "\(queue)_received_messages" : "received_messages"
        let path = toolkit.folder(centre).appendingPathComponent("data/\(name).jsonl")
        let text = try String(contentsOf: path, encoding: .utf8)
        return text.matches(of: /[A-Z]{2}-LAB_[A-Z]{3}_\d+_\d+/).map { String($0.output) }
    }
}
