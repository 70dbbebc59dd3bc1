import CMQConfiguration
import Foundation
import TestSupport
import Testing

/// A reload decides at once, and about everybody who is here.
@Suite struct RevocationTests {
    private func withRevocationList(_ body: (TestBroker) async throws -> Void) async throws {
        try await TestBroker.with { settings, pki in
            try pki.writeRevocationList()
            settings.tls.crlPath = pki.revocationListPath
            // One thread reads all connections, so that what came before on one is done before what comes on another.
            settings.server.eventLoopThreads = 1
        } _: {
            try await body($0)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func aHandshakeThatIsUnderWayAtAReloadIsJudgedByWhatTheReloadBrought() async throws {
        try await withRevocationList { broker in
            let mallory = try await HeldHandshake.begin(with: broker, as: "mallory")
            let alice = try await HeldHandshake.begin(with: broker, as: "alice")
            try broker.pki.revoke("mallory")
            try broker.reload()
            #expect(await mallory.finish(asking: "heartbeat") == nil)
            #expect(await alice.finish(asking: "heartbeat") == "Heartbeat\n")
            let failures = broker.log.lines.filter { $0.contains("TLS handshake failed") }
            #expect(failures.count == 1 && failures[0].contains("is revoked"), "\(failures)")
            #expect(!broker.log.lines.contains { $0.contains("Client connected") && $0.contains("mallory") })
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func nothingIsDoneThatARevokedClientSendsAfterTheVerdict() async throws {
        try await withRevocationList { broker in
            let bob = try await broker.consumer("bob", queue: "q")
            let mallory = try await broker.client("mallory")
            #expect(try await mallory.ask("publish x q {\"message_id\":\"before\"}") == ["ACK before"])
            // It does not read the broker's goodbye, so that the connection stays until the broker's patience ends.
            try await mallory.stopReading()
            try broker.pki.revoke("mallory")
            try broker.reload()
            await broker.log.wait(for: "Session ended: its certificate is not accepted any more")
            try? await mallory.send("publish x q {\"message_id\":\"after\"}\n")
            for _ in 0..<2 { #expect(try await bob.ask("heartbeat") == ["Heartbeat"]) }
            #expect(try await bob.ask("fetch q") == ["Message: before {\"message_id\":\"before\"}"])
            #expect(try await bob.ask("ack before", "fetch q") == ["ACK_CONFIRMED before", "No messages"])
            await broker.stop()
            for text in ["Session ended", "Client disconnected"] {
                let lines = broker.log.lines.filter { $0.contains(text) }
                #expect(lines.count == (text == "Session ended" ? 1 : 2), "\(lines)")
            }
        }
    }

    /// The client's authority is signed by the one that the broker trusts, and only the client has its certificate.
    @Test(.timeLimit(.minutes(1)))
    func aClientThatBringsItsOwnAuthoritysCertificateStaysAtAReload() async throws {
        try await TestBroker.with(clients: ["carol"]) { broker in
            let authorities = try await makeChain(of: "carol", for: broker)
            try broker.reload { $0.tls.caPath = authorities }
            let carol = try await broker.client("carol")
            #expect(try await carol.ask("heartbeat") == ["Heartbeat"])
            for _ in 0..<2 {
                try broker.reload { $0.tls.caPath = authorities }
                #expect(try await carol.ask("heartbeat") == ["Heartbeat"])
            }
            #expect(!broker.log.lines.contains { $0.contains("Session ended") })
        }
    }

    /// Makes the files of a client with an intermediate authority.
    ///
    /// - Returns: the file of the authorities to trust.
    private func makeChain(of name: String, for broker: TestBroker) async throws -> String {
        let directory = broker.directory
        func openssl(_ arguments: [String]) async throws {
            let result = try await run("openssl", arguments, in: directory.url)
            try #require(result.status == 0, "openssl \(arguments): \(result.errors)")
        }
        try directory.write(
            """
            [authority]
            basicConstraints = critical, CA:TRUE
            keyUsage = critical, keyCertSign, cRLSign
            subjectKeyIdentifier = hash
            authorityKeyIdentifier = keyid
            [client]
            basicConstraints = critical, CA:FALSE
            keyUsage = critical, digitalSignature
            extendedKeyUsage = clientAuth
            subjectKeyIdentifier = hash
            authorityKeyIdentifier = keyid

            """,
            to: "extensions"
        )
        func sign(_ subject: String, by issuer: String?, as kind: String, serial: Int) async throws {
            let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "\(subject).key"]
            try await openssl(["req", "-new", "-subj", "/CN=\(subject)"] + key + ["-out", "\(subject).csr"])
            let signer = issuer.map { ["-CA", "\($0).crt", "-CAkey", "\($0).key"] } ?? ["-signkey", "\(subject).key"]
            let extensions = ["-extfile", "extensions", "-extensions", kind]
            let request = ["x509", "-req", "-in", "\(subject).csr", "-days", "30", "-set_serial", "\(serial)"]
            try await openssl(request + signer + extensions + ["-out", "\(subject).crt"])
        }
        try await sign("root", by: nil, as: "authority", serial: 1)
        try await sign("intermediate", by: "root", as: "authority", serial: 2)
        try await sign(name, by: "intermediate", as: "client", serial: 3)
        let chain = try directory.read("\(name).crt") + directory.read("intermediate.crt")
        try Data(chain.utf8).write(to: URL(fileURLWithPath: broker.pki.clientCertificatePath(name)))
        try Data(directory.read("\(name).key").utf8).write(to: URL(fileURLWithPath: broker.pki.clientKeyPath(name)))
        let trusted = try String(contentsOfFile: broker.pki.caPath, encoding: .utf8) + directory.read("root.crt")
        try directory.write(trusted, to: "authorities.crt")
        return directory.file("authorities.crt")
    }
}
