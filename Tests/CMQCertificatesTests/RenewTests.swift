import CMQCertificates
import Foundation
import TestSupport
import Testing

@Suite("Renewal")
struct RenewTests {
    let temporary: TemporaryDirectory
    let pki: TestPKI

    init() throws {
        temporary = try TemporaryDirectory()
        pki = try TestPKI(in: temporary, serverNames: ["broker.example", "localhost"])
    }

    @Test("subject, names and key stay; the serial and the end change", arguments: [false, true])
    func server(newKey: Bool) async throws {
        let path = pki.serverCertificatePath
        let old = try CertificateInspection.read(at: path)
        let oldFile = try Data(contentsOf: URL(fileURLWithPath: path))
        let oldKey = try Data(contentsOf: URL(fileURLWithPath: pki.serverKeyPath))
        _ = try pki.authority().renew(.server, days: 700, newKey: newKey)
        let new = try CertificateInspection.read(at: path)
        #expect(new.subject == old.subject)
        #expect(new.names == old.names)
        #expect(new.keyUsage == old.keyUsage)
        #expect(new.extendedKeyUsage == old.extendedKeyUsage)
        #expect(new.serial != old.serial)
        #expect(new.notAfter > old.notAfter + 300 * 86_400)
        #expect((new.subjectKeyIdentifier == old.subjectKeyIdentifier) == !newKey)
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(path).old")) == oldFile)
        let newKeyFile = try Data(contentsOf: URL(fileURLWithPath: pki.serverKeyPath))
        #expect((newKeyFile == oldKey) == !newKey)
        if newKey {
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(pki.serverKeyPath).old")) == oldKey)
            #expect(try permissions(pki.serverKeyPath) == 0o600)
        }
        let result = try await OpenSSLReader.verify(path, ca: pki.caPath, purpose: "sslserver")
        #expect(result.status == 0, "\(result.errors)")
        let entries = try IssueLedger.load(from: pki.directory).certificates
        #expect(entries.first { $0.serial == old.serial }?.replacedBy == new.serial)
    }

    @Test("a certificate of an earlier tool, without extensions, keeps its subject")
    func earlier() async throws {
        let bare = try await OpenSSLReader.issueBare(subject: "/O=Lab/CN=carol", by: pki, in: temporary)
        let carol = try pki.issueClient("carol")
        for (from, to) in [
            (bare, carol.certificatePath), (bare.replacingOccurrences(of: ".crt", with: ".key"), carol.keyPath),
        ] {
            try FileManager.default.removeItem(atPath: to)
            try FileManager.default.copyItem(atPath: from, toPath: to)
        }
        _ = try pki.authority().renew(.client(CommonName("carol")))
        let renewed = try CertificateInspection.read(at: carol.certificatePath)
        #expect(renewed.subject == "CN=carol,O=Lab")
        #expect(renewed.extendedKeyUsage == ["clientAuth"])
    }

    @Test("a revoked certificate is not renewed")
    func revoked() throws {
        try pki.revoke("alice")
        let before = try Data(contentsOf: URL(fileURLWithPath: pki.clientCertificatePath("alice")))
        let authority = try pki.authority()
        let alice = try CommonName("alice")
        #expect(errorCode { () throws(CertificateError) in try authority.renew(.client(alice)) } == .revoked)
        #expect(try Data(contentsOf: URL(fileURLWithPath: pki.clientCertificatePath("alice"))) == before)
    }

    @Test("a certificate beside a key of another is not renewed for it")
    func foreignKey() throws {
        let alice = try pki.client("alice")
        try FileManager.default.removeItem(atPath: alice.keyPath)
        try FileManager.default.copyItem(atPath: pki.clientKeyPath("bob"), toPath: alice.keyPath)
        let authority = try pki.authority()
        let name = try CommonName("alice")
        #expect(errorCode { () throws(CertificateError) in try authority.renew(.client(name)) } == .malformed)
    }
}
