import CMQCertificates
import CMQSecrets
import Foundation
import TestSupport
import Testing

@Suite("Keys and files")
struct KeyFileTests {
    let temporary: TemporaryDirectory
    let directory: CertificateDirectory

    init() throws {
        temporary = try TemporaryDirectory()
        directory = CertificateDirectory(temporary.file("certs"))
    }

    @Test("keys are PKCS#8 with mode 0600, whatever the umask would allow")
    func pkcs8() async throws {
        let authority = try CertificateAuthority.create(in: directory)
        _ = try authority.issueServer()
        _ = try authority.issueClient("alice")
        let alice = try directory.client(CommonName("alice"))
        for pair in [directory.authority, directory.server, alice] {
            let key = try String(contentsOfFile: pair.keyPath, encoding: .utf8)
            #expect(key.hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
            #expect(try permissions(pair.keyPath) == 0o600)
            #expect(try permissions(pair.certificatePath) == 0o644)
            let fromKey = try await OpenSSLReader.succeed(["pkey", "-in", pair.keyPath, "-pubout"])
            let fromCertificate = try await OpenSSLReader.succeed(
                ["x509", "-in", pair.certificatePath, "-noout", "-pubkey"]
            )
            #expect(fromKey == fromCertificate)
        }
        #expect(try permissions(temporary.file("certs/clients/alice")) == 0o700)
    }

    @Test("nothing is overwritten without force")
    func noOverwriting() throws {
        let authority = try CertificateAuthority.create(in: directory)
        _ = try authority.issueServer()
        _ = try authority.issueClient("alice")
        let before = try contents()
        #expect(throws: CertificateError.self) { try CertificateAuthority.create(in: directory) }
        #expect(throws: CertificateError.self) { try authority.issueServer() }
        let error = #expect(throws: CertificateError.self) { try authority.issueClient("alice") }
        #expect(error?.fileError?.isExisting == true)
        #expect(try contents() == before)
    }

    @Test("a key without its certificate is not overwritten either")
    func loneKey() throws {
        let authority = try CertificateAuthority.create(in: directory)
        _ = try authority.issueServer()
        try FileManager.default.removeItem(atPath: directory.server.certificatePath)
        let before = try contents()
        let error = #expect(throws: CertificateError.self) { try authority.issueServer() }
        #expect(error?.fileError?.isExisting == true)
        #expect(try contents() == before)
    }

    @Test("with force both are replaced and the old ones kept")
    func force() throws {
        let authority = try CertificateAuthority.create(in: directory)
        _ = try authority.issueServer()
        let before = try contents()
        _ = try authority.issueServer(replacing: true)
        let after = try contents()
        for name in ["server.crt", "server.key"] {
            #expect(after["\(name).old"] == before[name])
            #expect(after[name] != before[name])
        }
        #expect(try permissions(directory.server.keyPath) == 0o600)
        #expect(try permissions(directory.server.keyPath + ".old") == 0o600)
    }

    @Test("when the certificate cannot be written, the key is not there either, nor the ledger's entry")
    func noHalfPair() throws {
        let authority = try CertificateAuthority.create(in: directory)
        // Looks like nothing is there, and yet nothing can be created.
        try FileManager.default.createSymbolicLink(
            atPath: directory.server.certificatePath,
            withDestinationPath: temporary.file("nowhere/else")
        )
        #expect(throws: CertificateError.self) { try authority.issueServer() }
        #expect(!directory.server.hasKey)
        #expect(try IssueLedger.load(from: directory).certificates.map(\.kind) == [.authority])
    }

    @Test("when the certificate cannot be replaced, the old key comes back")
    func noHalfReplacement() throws {
        let authority = try CertificateAuthority.create(in: directory)
        _ = try authority.issueServer()
        let before = try contents()
        // A folder where the certificate would be written before it is renamed.
        let obstacle = "\(directory.server.certificatePath).\(getpid()).new"
        try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: false)
        #expect(throws: CertificateError.self) { try authority.issueServer(replacing: true) }
        try FileManager.default.removeItem(atPath: obstacle)
        let after = try contents()
        for name in ["server.crt", "server.key", "issued.json"] { #expect(after[name] == before[name]) }
    }

    @Test("an encrypted authority key opens with its passphrase only")
    func passphrase() async throws {
        let passphrase = SecretBytes(copying: Array("correct horse".utf8))
        _ = try CertificateAuthority.create(in: directory, passphrase: passphrase)
        let path = directory.authority.keyPath
        #expect(try String(contentsOfFile: path, encoding: .utf8).hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"))
        #expect(try permissions(path) == 0o600)
        let structure = try await OpenSSLReader.succeed(["asn1parse", "-in", path])
        for part in [":PBKDF2", ":hmacWithSHA256", ":aes-256-cbc", ":0927C0"] {
            #expect(structure.contains(part), "\(part) is missing")
        }
        try await OpenSSLReader.succeed(["pkey", "-in", path, "-noout", "-passin", "pass:correct horse"])

        #expect(
            errorCode { () throws(CertificateError) in
                try CertificateAuthority.load(from: directory)
            } == .passphraseRequired
        )
        #expect(
            errorCode { () throws(CertificateError) in
                try CertificateAuthority.load(from: directory, passphrase: SecretBytes(copying: Array("wrong".utf8)))
            } == .wrongPassphrase
        )
        let authority = try CertificateAuthority.load(from: directory, passphrase: passphrase)
        _ = try authority.issueClient("alice")
    }

    @Test("an authority's key that belongs to another certificate is refused")
    func foreignKey() throws {
        _ = try CertificateAuthority.create(in: directory)
        let other = CertificateDirectory(temporary.file("other"))
        _ = try CertificateAuthority.create(in: other)
        try FileManager.default.removeItem(atPath: directory.authority.keyPath)
        try FileManager.default.copyItem(atPath: other.authority.keyPath, toPath: directory.authority.keyPath)
        #expect(
            errorCode { () throws(CertificateError) in
                try CertificateAuthority.load(from: directory)
            } == .malformed
        )
    }

    private func contents() throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: directory.path) {
            contents[name] = FileManager.default.contents(atPath: "\(directory.path)/\(name)")
        }
        return contents
    }
}
