import CMQConfiguration
import Foundation
import NIOSSL
import TestSupport
import Testing

/// Who may not come in, and what the log says about it.
@Suite struct EnemyTests {
    private func expectRefused(
        _ identity: TestPKI.Identity?,
        by broker: TestBroker,
        because reason: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        // With TLS 1.3 the client learns of the refusal only after its own handshake.
        let answers = try? await broker.client(identity).ask("heartbeat")
        #expect((answers ?? []) == [], sourceLocation: sourceLocation)
        await broker.log.wait(for: reason)
        let lines = broker.log.lines.filter { $0.contains("TLS handshake failed") && $0.contains(reason) }
        #expect(lines.count == 1, "\(broker.log.lines)", sourceLocation: sourceLocation)
    }

    @Test func refusesEveryEnemyWithOneClearLine() async throws {
        try await TestBroker.with { broker in
            await expectRefused(nil, by: broker, because: "the client sent no certificate")
            await expectRefused(try broker.pki.expired(), by: broker, because: "expired")
            await expectRefused(try broker.pki.notYetValid(), by: broker, because: "is valid from")
            await expectRefused(try broker.pki.otherAuthority(), by: broker, because: "another authority")
            await expectRefused(try broker.pki.sameNamedAuthority(), by: broker, because: "signature does not match")
            await expectRefused(broker.pki.serverCertificateAsClient(), by: broker, because: "not for clients")
            #expect(try await broker.client("alice").ask("heartbeat") == ["Heartbeat"])
        }
    }

    @Test func refusesRevokedCertificates() async throws {
        try await TestBroker.with { settings, pki in
            try pki.revoke("mallory")
            try pki.writeRevocationList()
            settings.tls.crlPath = pki.revocationListPath
        } _: { broker in
            await expectRefused(try broker.pki.client("mallory"), by: broker, because: "revoked")
            #expect(try await broker.client("alice").ask("heartbeat") == ["Heartbeat"])
        }
    }

    @Test func warnsOfAnOverdueRevocationListThatItUses() async throws {
        try await TestBroker.with { settings, pki in
            try pki.revoke("mallory")
            try pki.writeRevocationList(days: 1, now: Date() - 2 * 86_400)
            settings.tls.crlPath = pki.revocationListPath
            settings.tls.staleCRL = .warn
        } _: { broker in
            #expect(broker.log.lines.contains { $0.contains("revocation list is overdue") })
            let alice = try await broker.client("alice")
            #expect(try await alice.ask("heartbeat") == ["Heartbeat"])
        }
    }

    @Test func endsSessionsThatAreRevokedOnReload() async throws {
        try await TestBroker.with { settings, pki in
            try pki.writeRevocationList()
            settings.tls.crlPath = pki.revocationListPath
        } _: { broker in
            let mallory = try await broker.client("mallory")
            let alice = try await broker.client("alice")
            #expect(try await mallory.ask("heartbeat") == ["Heartbeat"])
            #expect(try await alice.ask("heartbeat") == ["Heartbeat"])
            try broker.pki.revoke("mallory")
            try broker.pki.writeRevocationList()
            try broker.reload()
            #expect(await mallory.rest() == [])
            #expect(try await alice.ask("heartbeat") == ["Heartbeat"])
            await expectRefused(try broker.pki.client("mallory"), by: broker, because: "TLS handshake failed")
        }
    }

    @Test func keepsTheOldCertificatesWhenTheNewAreWrong() async throws {
        try await TestBroker.with { broker in
            let missing = broker.directory.file("missing.crt")
            #expect(throws: (any Error).self) {
                try broker.reload { $0.tls.certificatePath = missing }
            }
            let alice = try await broker.client("alice")
            #expect(try await alice.ask("heartbeat") == ["Heartbeat"])
        }
    }

    @Test func speaksTLS12OnlyWhenConfigured() async throws {
        try await TestBroker.with { broker in
            let old = try? await broker.client(try broker.pki.client("alice"), maximumVersion: .tlsv12).ask("heartbeat")
            #expect((old ?? []) == [])
        }
        try await TestBroker.with { settings, _ in
            settings.tls.minimumVersion = .tls12
        } _: { broker in
            let old = try await broker.client(try broker.pki.client("alice"), maximumVersion: .tlsv12)
            #expect(try await old.ask("heartbeat") == ["Heartbeat"])
        }
    }
}
