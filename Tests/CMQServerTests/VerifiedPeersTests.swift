import CMQCertificates
import CMQConfiguration
import Foundation
import NIOSSL
import TestSupport
import Testing

@testable import CMQServer

/// What was verified once is not trusted for ever.
@Suite struct VerifiedPeersTests {
    /// Alice's certificate before a broker that was given its files.
    private struct Peer {
        let tls: ServerTLS
        let certificates: [NIOSSLCertificate]

        init(_ change: (inout TLSSettings, TestPKI) throws -> Void = { _, _ in }) throws {
            let directory = try TemporaryDirectory()
            let pki = try TestPKI(in: directory, clients: ["alice", "mallory"])
            var settings = BrokerConfiguration().tls
            settings.certificatePath = pki.serverCertificatePath
            settings.keyPath = pki.serverKeyPath
            settings.caPath = pki.caPath
            try change(&settings, pki)
            tls = try ServerTLS(settings)
            certificates = try NIOSSLCertificate.fromPEMFile(pki.clientCertificatePath("alice"))
        }

        func name(day number: Double) throws -> String {
            try tls.identify(certificates, now: Date() + number * 86_400).commonName
        }
    }

    @Test func aClientIsRefusedOnceItsCertificateHasEnded() throws {
        let alice = try Peer()
        for day in [0.0, 0, 1] { #expect(try alice.name(day: day) == "alice") }
        for day in [4_000.0, -4_000] { #expect(throws: CertificateError.self) { try alice.name(day: day) } }
        #expect(try alice.name(day: 1) == "alice")
    }

    @Test func aClientIsRefusedOnceTheRevocationListIsOverdue() throws {
        let alice = try Peer { settings, pki in
            try pki.revoke("mallory")
            try pki.writeRevocationList(days: 1)
            settings.crlPath = pki.revocationListPath
            settings.staleCRL = .refuse
        }
        for _ in 0..<2 { #expect(try alice.name(day: 0) == "alice") }
        #expect(throws: CertificateError.self) { try alice.name(day: 2) }
    }

    /// Whoever has a certificate may send others along with it, different ones each time.
    @Test func aChainThatIsLongIsNotKept() throws {
        let alice = try Peer()
        let leaf = try #require(alice.certificates.first).toDERBytes()
        let client = try ClientCertificate.parse(der: leaf)
        let (peers, now) = (VerifiedPeers(), Date())
        let rest = VerifiedPeers.chainBytesMax - leaf.count
        for (count, isKept) in [(rest, true), (rest + 1, false)] {
            let chain = [leaf, [UInt8](repeating: 0, count: count)]
            peers.add(client, of: chain, verifiedAt: now, until: now + 60)
            #expect((peers.client(of: chain, at: now) != nil) == isKept)
        }
        #expect(VerifiedPeers.chainBytesMax <= 16 << 10)
    }
}
