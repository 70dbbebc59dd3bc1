import CMQCertificates
import Foundation
import TestSupport
import Testing

@Suite("The ledger of what was issued")
struct LedgerTests {
    let temporary: TemporaryDirectory
    let pki: TestPKI

    init() throws {
        temporary = try TemporaryDirectory()
        pki = try TestPKI(in: temporary)
    }

    @Test("has every certificate as it is on disk")
    func content() throws {
        let entries = try IssueLedger.load(from: pki.directory).certificates
        #expect(entries.map(\.path) == ["ca.crt", "server.crt", "clients/alice/client.crt", "clients/bob/client.crt"])
        #expect(entries.map(\.kind) == [.authority, .server, .client, .client])
        for entry in entries {
            let certificate = try CertificateInspection.read(at: "\(pki.directory.path)/\(entry.path)")
            #expect(entry.serial == certificate.serial)
            #expect(entry.subject == certificate.commonName)
            #expect(entry.names == certificate.names)
            #expect(entry.notBefore == certificate.notBefore)
            #expect(entry.notAfter == certificate.notAfter)
        }
    }

    @Test("survives revocation and lists, and numbers the lists")
    func survives() throws {
        let before = try IssueLedger.load(from: pki.directory).certificates
        try pki.revoke("alice", reason: .privilegeWithdrawn)
        try pki.writeRevocationList()
        let after = try IssueLedger.load(from: pki.directory)
        #expect(after.revocationListNumber == 2)
        #expect(after.certificates.map(\.serial) == before.map(\.serial))
        #expect(after.certificates.map { $0.revoked?.reason } == [nil, nil, .privilegeWithdrawn, nil])
    }

    @Test("states what each certificate is good for")
    func status() throws {
        _ = try pki.expired()
        _ = try pki.notYetValid()
        _ = try pki.authority().renew(.client(CommonName("bob")))
        try pki.revoke("alice")
        let statuses = try pki.directory.listCertificates().map { "\($0.entry.subject) \($0.status.rawValue)" }
        #expect(
            statuses == [
                "CipherMQ-CA valid", "localhost valid", "alice revoked", "bob replaced", "expired expired",
                "not-yet-valid not-yet-valid", "bob valid",
            ]
        )
        _ = try CertificateAuthority.create(in: pki.directory, replacing: true)
        let orphans = try pki.directory.listCertificates().filter { $0.status == .orphaned }.map(\.entry.subject)
        #expect(orphans == ["CipherMQ-CA", "localhost", "bob", "not-yet-valid", "bob"])
    }

    @Test("a new authority's list does not name the old one's certificates")
    func newAuthority() throws {
        try pki.revoke("alice")
        _ = try CertificateAuthority.create(in: pki.directory, replacing: true)
        let list = try RevocationList.load(path: pki.writeRevocationList(), authority: pki.caPath)
        #expect(list.count == 0)
    }

    @Test("lists what earlier tools left behind")
    func earlier() throws {
        try FileManager.default.removeItem(atPath: pki.directory.ledgerPath)
        let listed = try pki.directory.listCertificates()
        #expect(listed.map(\.entry.subject) == ["CipherMQ-CA", "localhost", "alice", "bob"])
        #expect(listed.allSatisfy { $0.status == .valid })
    }

    @Test(
        "one that is not readable stops everything and stays as it is",
        arguments: ["", "{", "[]", #"{"version":2,"crl_number":0,"certificates":[]}"#]
    )
    func malformed(_ text: String) throws {
        try temporary.write(text, to: "certs/issued.json")
        let authority = try pki.authority()
        #expect(errorCode { () throws(CertificateError) in try authority.issueClient("carol") } == .malformed)
        #expect(try temporary.read("certs/issued.json") == text)
        #expect(!temporary.exists("certs/clients/carol"))
    }

    @Test("many at once lose no entry")
    func concurrent() async throws {
        let pki = pki
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<24 {
                group.addTask { try pki.issueClient("client\(number)") }
            }
            try await group.waitForAll()
        }
        #expect(try IssueLedger.load(from: pki.directory).certificates.count == 4 + 24)
    }
}
