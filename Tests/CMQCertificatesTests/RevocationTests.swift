import CMQCertificates
import Foundation
import TestSupport
import Testing

@Suite("Revocation")
struct RevocationTests {
    let temporary: TemporaryDirectory
    let pki: TestPKI

    init() throws {
        temporary = try TemporaryDirectory()
        pki = try TestPKI(in: temporary)
    }

    @Test("a revoked client is refused by openssl and by us, another is not")
    func revoke() async throws {
        let list = try pki.revoke("alice", reason: .keyCompromise)
        let alice = try pki.clientCertificatePath("alice")
        let bob = try pki.clientCertificatePath("bob")
        let refused = try await OpenSSLReader.verify(alice, ca: pki.caPath, crl: list, purpose: "sslclient")
        #expect(refused.status != 0)
        #expect(refused.errors.contains("certificate revoked"))
        let accepted = try await OpenSSLReader.verify(bob, ca: pki.caPath, crl: list, purpose: "sslclient")
        #expect(accepted.status == 0, "\(accepted.errors)")

        let read = try RevocationList.load(path: list, authority: pki.caPath)
        #expect(read.count == 1)
        let aliceSerial = try ClientCertificate.parse(der: der(alice)).serial
        #expect(read.contains(serial: aliceSerial))
        #expect(read.contains(serial: [0, 0] + aliceSerial))
        #expect(try !read.contains(serial: ClientCertificate.parse(der: der(bob)).serial))
    }

    @Test("the list's fields")
    func fields() async throws {
        let now = Date()
        _ = try pki.directory.revoke("alice", reason: .superseded)
        _ = try pki.directory.revoke("bob")
        try pki.writeRevocationList(days: 7, now: now)
        try pki.writeRevocationList(days: 7, now: now)
        let text = try await OpenSSLReader.textOfList(pki.revocationListPath)
        #expect(text.contains("Version 2 (0x1)"))
        #expect(text.contains("Signature Algorithm: ecdsa-with-SHA384"))
        #expect(text.contains("Issuer: CN = CipherMQ-CA"))
        #expect(text.contains("X509v3 CRL Number: \n                2\n"))
        #expect(text.contains("X509v3 Authority Key Identifier"))
        #expect(text.components(separatedBy: "Serial Number:").count == 3)
        #expect(text.components(separatedBy: "CRL Reason Code").count == 2, "an unspecified reason is left out")
        #expect(text.contains("Superseded"))
        let list = try RevocationList.load(path: pki.revocationListPath, authority: pki.caPath, now: now)
        #expect(abs(list.nextUpdate.timeIntervalSince(now) - 7 * 86_400) <= 1)
        #expect(list.thisUpdate < now)
        #expect(try permissions(pki.revocationListPath) == 0o644)
    }

    @Test("an empty list is a list")
    func empty() throws {
        let list = try RevocationList.load(path: pki.writeRevocationList(), authority: pki.caPath)
        #expect(list.count == 0)
        #expect(!list.contains(serial: []))
    }

    @Test("DER is read as well as PEM")
    func derEncoding() throws {
        let path = temporary.file("list.der")
        try Data(der(pki.revoke("alice"))).write(to: URL(fileURLWithPath: path))
        #expect(try RevocationList.load(path: path, authority: pki.caPath).count == 1)
    }

    @Test("a list in which a byte was changed is refused")
    func tampered() throws {
        let path = temporary.file("list.der")
        let authentic = try der(pki.revoke("alice"))
        let serial = try ClientCertificate.parse(der: der(pki.clientCertificatePath("alice"))).serial
        let position = try #require(authentic.indices.first { authentic[$0...].starts(with: serial) })
        var changed = authentic
        changed[position + 5] ^= 1
        try Data(changed).write(to: URL(fileURLWithPath: path))
        #expect(loadError(path) == .signatureMismatch)
    }

    @Test("lists of other authorities are refused")
    func foreign() throws {
        _ = try pki.otherAuthority()
        _ = try pki.sameNamedAuthority()
        for (folder, expected) in [
            ("other-certs", CertificateError.Code.unknownAuthority), ("same-named-certs", .signatureMismatch),
        ] {
            let directory = CertificateDirectory(temporary.file(folder))
            try CertificateAuthority.load(from: directory).writeRevocationList()
            #expect(loadError(directory.revocationListPath) == expected)
        }
    }

    @Test("garbage, nothing and an absent file are told apart from a list")
    func malformed() throws {
        try temporary.write("", to: "empty")
        try temporary.write("no list\n", to: "text")
        try temporary.write("-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n", to: "cut")
        for name in ["empty", "text", "cut"] { #expect(loadError(temporary.file(name)) == .malformed) }
        #expect(loadError(pki.caPath) == .malformed)
        #expect(loadError(temporary.file("absent")) == .file)
    }

    @Test("a stale list is refused, unless it was asked for")
    func stale() throws {
        let made = Date() - 40 * 86_400
        let path = try pki.writeRevocationList(days: 30, now: made)
        #expect(loadError(path) == .staleRevocationList)
        let list = try RevocationList.load(path: path, authority: pki.caPath, staleness: .accept)
        #expect(list.isStale())
        #expect(!list.isStale(now: made + 29 * 86_400))

        let verifier = try ChainVerifier(caPEM: pki.caPath)
        let alice = try der(pki.clientCertificatePath("alice"))
        _ = try verifier.verify(leafDER: alice, purpose: .client, crl: list).get()
        let strict = try RevocationList.load(path: path, authority: pki.caPath, now: made + 86_400)
        let result = verifier.verify(leafDER: alice, purpose: .client, crl: strict)
        #expect(errorCode { () throws(CertificateError) in try result.get() } == .staleRevocationList)
    }

    @Test("a list from the future is refused")
    func early() throws {
        #expect(loadError(try pki.writeRevocationList(now: Date() + 86_400)) == .notYetValid)
    }

    @Test("a partial list is refused")
    func partial() async throws {
        let database = temporary.file("index.txt")
        try temporary.write("", to: "index.txt")
        try temporary.write(
            """
            [ca]
            default_ca=d
            [d]
            database=\(database)
            default_md=sha384
            default_crl_days=30
            crl_extensions=x
            [x]
            issuingDistributionPoint=critical,@idp
            [idp]
            onlyuser=TRUE
            """,
            to: "partial.cnf"
        )
        try await OpenSSLReader.succeed([
            "ca", "-config", temporary.file("partial.cnf"), "-gencrl", "-cert", pki.caPath, "-keyfile",
            pki.caKeyPath, "-out", temporary.file("partial.crl"),
        ])
        #expect(loadError(temporary.file("partial.crl")) == .refused)
    }

    @Test("with lists of two authorities in one file, each speaks for its own certificates only")
    func twoAuthorities() throws {
        let verifier = try ChainVerifier(caPEM: pki.caPath)
        let foreign = try pki.otherAuthority()
        let other = CertificateDirectory(temporary.file("other-certs"))
        try CertificateAuthority.load(from: other).writeRevocationList()
        let bundle = try [pki.caPath, other.authority.certificatePath].map {
            try String(contentsOfFile: $0, encoding: .utf8)
        }
        try temporary.write(bundle.joined(), to: "bundle.crt")
        let both = try ChainVerifier(caPEM: temporary.file("bundle.crt"))
        let ours = try pki.revoke("alice")
        let leaf = try der(foreign.certificatePath)

        let one = try RevocationList.load(path: ours, authority: temporary.file("bundle.crt"))
        let unknown = both.verify(leafDER: leaf, purpose: .client, crl: one)
        #expect(errorCode { () throws(CertificateError) in try unknown.get() } == .revocationUnknown)

        let lists = try [ours, other.revocationListPath].map { try String(contentsOfFile: $0, encoding: .utf8) }
        try temporary.write(lists.joined(), to: "bundle.crl")
        let two = try RevocationList.load(path: temporary.file("bundle.crl"), authority: temporary.file("bundle.crt"))
        _ = try both.verify(leafDER: leaf, purpose: .client, crl: two).get()
        let alice = both.verify(leafDER: try der(pki.clientCertificatePath("alice")), purpose: .client, crl: two)
        #expect(errorCode { () throws(CertificateError) in try alice.get() } == .revoked)
        let untrusted = verifier.verify(leafDER: leaf, purpose: .client, crl: two)
        #expect(errorCode { () throws(CertificateError) in try untrusted.get() } == .unknownAuthority)
    }

    @Test("a name means its replaced certificates too; a serial and a file mean one")
    func selection() throws {
        let directory = pki.directory
        let first = try CertificateInspection.read(at: pki.clientCertificatePath("alice")).serial
        let second = try pki.authority().renew(.client(CommonName("alice"))).serial
        let third = try pki.authority().renew(.client(CommonName("alice"))).serial
        let old = try directory.revoke("\(pki.clientCertificatePath("alice")).old")
        #expect(old.revoked.map(\.serial) == [second])
        #expect(try directory.revoke(first.uppercased()).revoked.map(\.serial) == [first])
        let all = try directory.revoke("alice")
        #expect(all.revoked.map(\.serial) == [third])
        #expect(all.revokedBefore.map(\.serial) == [first, second])
    }

    @Test("a certificate of an earlier tool is revoked by its name or file, and is in the ledger from then on")
    func earlier() async throws {
        let bare = try await OpenSSLReader.issueBare(subject: "/CN=carol", by: pki, in: temporary)
        let folder = temporary.file("certs/clients/carol")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        try FileManager.default.copyItem(atPath: bare, toPath: "\(folder)/client.crt")
        #expect(try pki.directory.revoke("carol").revoked.map(\.subject) == ["carol"])
        #expect(try pki.directory.revoke(bare).revokedBefore.count == 1)
        let list = try RevocationList.load(path: pki.writeRevocationList(), authority: pki.caPath)
        #expect(try list.contains(serial: ClientCertificate.parse(der: der(bare)).serial))
    }

    @Test("what is not ours is not revoked")
    func notOurs() throws {
        let foreign = try pki.otherAuthority().certificatePath
        let directory = pki.directory
        let caPath = pki.caPath
        #expect(errorCode { () throws(CertificateError) in try directory.revoke(foreign) } == .invalidArgument)
        #expect(errorCode { () throws(CertificateError) in try directory.revoke(caPath) } == .invalidArgument)
        #expect(errorCode { () throws(CertificateError) in try directory.revoke("nobody") } == .notFound)
        #expect(errorCode { () throws(CertificateError) in try directory.revoke("CipherMQ-CA") } == .notFound)
    }

    private func loadError(_ path: String) -> CertificateError.Code? {
        let caPath = pki.caPath
        return errorCode { () throws(CertificateError) in try RevocationList.load(path: path, authority: caPath) }
    }
}
