import CMQCertificates
import Foundation
import TestSupport
import Testing

@Suite("Issued certificates, read back with openssl")
struct IssueTests {
    let temporary: TemporaryDirectory
    let pki: TestPKI

    init() throws {
        temporary = try TemporaryDirectory()
        pki = try TestPKI(in: temporary, serverNames: ["broker.example", "localhost"])
    }

    @Test("the authority's profile")
    func authority() async throws {
        let text = try await OpenSSLReader.text(of: pki.caPath)
        #expect(text.contains("Subject: CN = CipherMQ-CA"))
        #expect(text.contains("Issuer: CN = CipherMQ-CA"))
        #expect(text.contains("Signature Algorithm: ecdsa-with-SHA384"))
        #expect(text.contains("NIST CURVE: P-384"))
        #expect(text.contains("X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:0"))
        #expect(text.contains("X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign"))
        #expect(text.contains("X509v3 Subject Key Identifier"))
        let inspection = try CertificateInspection.read(at: pki.caPath)
        #expect(inspection.notAfter.timeIntervalSince(inspection.notBefore) == 3650 * 86_400 + 300)
        #expect(try permissions(pki.caPath) == 0o644)
    }

    @Test("the server's profile")
    func server() async throws {
        let text = try await OpenSSLReader.text(of: pki.serverCertificatePath)
        #expect(text.contains("Subject: CN = broker.example"))
        #expect(
            text.contains("DNS:broker.example, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1")
        )
        #expect(text.contains("X509v3 Extended Key Usage: \n                TLS Web Server Authentication\n"))
        try expectLeaf(text)
        let pki = pki
        let client = try await OpenSSLReader.verify(
            pki.serverCertificatePath,
            ca: pki.caPath,
            purpose: "sslclient"
        )
        #expect(client.status != 0)
        let server = try await OpenSSLReader.verify(
            pki.serverCertificatePath,
            ca: pki.caPath,
            purpose: "sslserver"
        )
        #expect(server.status == 0, "\(server.errors)")
    }

    @Test("a client's profile")
    func client() async throws {
        let path = try pki.clientCertificatePath("alice")
        let text = try await OpenSSLReader.text(of: path)
        #expect(text.contains("Subject: CN = alice"))
        #expect(text.contains("URI:urn:ciphermq:client:alice"))
        #expect(text.contains("X509v3 Extended Key Usage: \n                TLS Web Client Authentication\n"))
        try expectLeaf(text)
        let result = try await OpenSSLReader.verify(path, ca: pki.caPath, purpose: "sslclient")
        #expect(result.status == 0, "\(result.errors)")
    }

    private func expectLeaf(_ text: String) throws {
        #expect(text.contains("Issuer: CN = CipherMQ-CA"))
        #expect(text.contains("Signature Algorithm: ecdsa-with-SHA384"))
        #expect(text.contains("NIST CURVE: P-384"))
        #expect(text.contains("X509v3 Basic Constraints: critical\n                CA:FALSE"))
        #expect(text.contains("X509v3 Key Usage: critical\n                Digital Signature\n"))
        let authority = try CertificateInspection.read(at: pki.caPath)
        let identifier = try #require(authority.subjectKeyIdentifier).uppercased()
        let withColons = stride(from: 0, to: identifier.count, by: 2).map { offset in
            let start = identifier.index(identifier.startIndex, offsetBy: offset)
            return String(identifier[start...].prefix(2))
        }.joined(separator: ":")
        #expect(text.contains("X509v3 Authority Key Identifier: \n                \(withColons)"))
        #expect(text.contains("X509v3 Subject Key Identifier"))
    }

    @Test("a name beyond ASCII is in the subject, percent-encoded in the URI, and the folder's name")
    func unicodeName() async throws {
        let identity = try pki.issueClient("Zoë Ωmega")
        #expect(identity.certificatePath.hasSuffix("clients/Zoë Ωmega/client.crt"))
        let inspection = try CertificateInspection.read(at: identity.certificatePath)
        #expect(inspection.commonName == "Zoë Ωmega")
        #expect(inspection.names == ["URI:urn:ciphermq:client:Zo%C3%AB%20%CE%A9mega"])
        let text = try await OpenSSLReader.succeed(
            ["x509", "-in", identity.certificatePath, "-noout", "-subject", "-nameopt", "RFC2253,-esc_msb"]
        )
        #expect(text == "subject=CN=Zoë Ωmega\n")
    }

    @Test("serials are positive, 20 bytes long and differ")
    func serials() throws {
        var serials = Set<String>()
        for number in 0..<20 {
            let path = try pki.issueClient("client\(number)").certificatePath
            let serial = try CertificateInspection.read(at: path).serial
            #expect(serial.count == 40)
            #expect(["4", "5", "6", "7"].contains(serial.first))
            serials.insert(serial)
        }
        #expect(serials.count == 20)
    }

    @Test("a leaf does not outlive its authority, and an authority that ended issues nothing")
    func authorityEnd() throws {
        let directory = CertificateDirectory(temporary.file("short"))
        let now = Date()
        let authority = try CertificateAuthority.create(in: directory, days: 10, now: now)
        let issued = try authority.issueClient("alice", days: 365, now: now)
        #expect(try issued.notAfter == CertificateInspection.read(at: directory.authority.certificatePath).notAfter)
        let later = now + 11 * 86_400
        let code = errorCode { () throws(CertificateError) in try authority.issueClient("bob", now: later) }
        #expect(code == .expired)
        #expect(!FileManager.default.fileExists(atPath: temporary.file("short/clients/bob")))
    }

    @Test("days outside of reason are refused", arguments: [0, -1, 36_526, Int.max])
    func days(_ days: Int) throws {
        let authority = try pki.authority()
        let code = errorCode { () throws(CertificateError) in try authority.issueClient("x", days: days) }
        #expect(code == .invalidArgument)
    }

    @Test("an authority of an earlier tool, without identifiers and key usage, issues and revokes")
    func earlierAuthority() async throws {
        let directory = CertificateDirectory(temporary.file("earlier"))
        try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: false)
        try temporary.write(
            """
            [req]
            distinguished_name=dn
            x509_extensions=ext
            [dn]
            [ext]
            basicConstraints=critical,CA:TRUE
            subjectKeyIdentifier=none
            """,
            to: "earlier.cnf"
        )
        let files = directory.authority
        try await OpenSSLReader.succeed([
            "req", "-x509", "-config", temporary.file("earlier.cnf"), "-nodes", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-384", "-subj", "/CN=CipherMQ-CA", "-days", "3650", "-keyout", files.keyPath,
            "-out", files.certificatePath,
        ])
        let authority = try CertificateAuthority.load(from: directory)
        let issued = try authority.issueClient("alice")
        let path = "\(directory.path)/\(issued.path)"
        #expect(try CertificateInspection.read(at: path).authorityKeyIdentifier == nil)
        _ = try CertificateVerification.verify(path, authority: files.certificatePath, purpose: .client)
        _ = try directory.revoke("alice")
        try authority.writeRevocationList()
        let code = errorCode { () throws(CertificateError) in
            try CertificateVerification.verify(
                path,
                authority: files.certificatePath,
                crl: directory.revocationListPath
            )
        }
        #expect(code == .revoked)
    }
}
