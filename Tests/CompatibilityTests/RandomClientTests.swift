import Foundation
import TestSupport
import Testing

/// Several connections that pipeline, split and interleave commands as chance will have it, and check every reply.
@Suite struct RandomClientTests {
    /// `CMQ_RANDOM_CLIENT_SECONDS` makes it longer; `CMQ_RANDOM_CLIENT_SEED` repeats a run.
    private static let environment = ProcessInfo.processInfo.environment

    @Test func `a random client sees every reply in its order and every message once`() async throws {
        let seconds = Self.environment["CMQ_RANDOM_CLIENT_SECONDS"] ?? "6"
        let seed = Self.environment["CMQ_RANDOM_CLIENT_SEED"].map { ["--seed", $0] } ?? []
        // Nothing comes again on purpose: a message may wait long for its turn to be acknowledged.
        try await Site.with(.v14, settings: ["delivery": "lease = \"1h\""]) { site in
            let result = try await play(site, seconds, seed)
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.contains("replies in their order"))
        }
    }

    @Test func `the random client notices a broker that takes what it reads at once for one command`() async throws {
        try await Site.with(.v14, on: .theirs) { site in
            let result = try await play(site, "6", ["--seed", "1"])
            #expect(result.status == 1)
            #expect(result.errors.hasPrefix("seed 1: "))
        }
    }

    private func play(_ site: Site, _ seconds: String, _ flags: [String]) async throws -> CommandResult {
        try await Reference.run(
            "random_client",
            ["--port", "\(site.port)", "--certificates", "certs", "--seconds", seconds] + flags,
            in: site.directory.url
        )
    }
}
