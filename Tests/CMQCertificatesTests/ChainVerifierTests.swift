import CMQCertificates
import Foundation
import TestSupport
import Testing

@Suite("Verification of a chain")
struct ChainVerifierTests {
    let temporary: TemporaryDirectory
    let pki: TestPKI
    let verifier: ChainVerifier

    init() throws {
        temporary = try TemporaryDirectory()
        pki = try TestPKI(in: temporary)
        verifier = try ChainVerifier(caPEM: pki.caPath)
    }

    @Test("the right certificates are accepted")
    func accepted() throws {
        let list = try RevocationList.load(path: pki.writeRevocationList(), authority: pki.caPath)
        let alice = try der(pki.clientCertificatePath("alice"))
        let chain = try verifier.verify(leafDER: alice, purpose: .client, crl: list).get()
        #expect(chain.subject == "CN=alice")
        #expect(chain.authority == "CN=CipherMQ-CA")
        #expect(try chain.serial == ClientCertificate.parse(der: alice).serial)
        #expect(try chain.notAfter == ClientCertificate.parse(der: alice).notAfter)
        let server = try der(pki.serverCertificatePath)
        _ = try verifier.verify(leafDER: server, intermediatesDER: [der(pki.caPath)], purpose: .server, crl: list).get()
    }

    @Test("an expired one")
    func expired() throws {
        try expect(pki.expired().certificatePath, .expired, "the certificate expired on ")
    }

    @Test("one that begins later")
    func notYetValid() throws {
        try expect(pki.notYetValid().certificatePath, .notYetValid, "the certificate is valid from ")
    }

    @Test("one of another authority, with and without that authority's certificate")
    func otherAuthority() throws {
        let enemy = try pki.otherAuthority().certificatePath
        try expect(enemy, .unknownAuthority, "signed by another authority, CN=Other-CA")
        let authority = try der(temporary.file("other-certs/ca.crt"))
        try expect(enemy, with: [authority], .unknownAuthority, "signed by another authority, CN=Other-CA")
    }

    @Test("one of an authority of the same name, with and without that authority's certificate")
    func sameNamedAuthority() throws {
        let enemy = try pki.sameNamedAuthority().certificatePath
        let reason = "the signature does not match the authority CN=CipherMQ-CA"
        try expect(enemy, .signatureMismatch, reason)
        let authority = try der(temporary.file("same-named-certs/ca.crt"))
        try expect(enemy, with: [authority], .signatureMismatch, reason)
    }

    @Test("one without key identifiers, of an authority of the same name")
    func sameNamedWithoutIdentifiers() async throws {
        let other = try TemporaryDirectory()
        let bare = try await OpenSSLReader.issueBare(subject: "/CN=alice", by: TestPKI(in: other), in: other)
        try expect(
            bare,
            .signatureMismatch,
            "the signature does not match the authority CN=CipherMQ-CA"
        )
    }

    @Test("a revoked one")
    func revoked() throws {
        let list = try RevocationList.load(path: pki.revoke("alice"), authority: pki.caPath)
        try expect(pki.clientCertificatePath("alice"), crl: list, .revoked, "the certificate with the serial ")
        try _ = verifier.verify(leafDER: der(pki.clientCertificatePath("bob")), purpose: .client, crl: list).get()
    }

    @Test("certificates for the other side")
    func wrongPurpose() throws {
        try expect(pki.serverCertificateAsClient().certificatePath, .wrongPurpose, "the certificate is not for clients")
        let result = verifier.verify(leafDER: try der(pki.clientCertificatePath("alice")), purpose: .server)
        let error = #expect(throws: CertificateError.self) { try result.get() }
        #expect(error?.code == .wrongPurpose)
        #expect(error?.message == "the certificate is not for servers")
    }

    @Test("a certificate whose signature was changed")
    func changedSignature() throws {
        var bytes = try der(pki.clientCertificatePath("alice"))
        bytes[bytes.count - 1] ^= 1
        let result = verifier.verify(leafDER: bytes, purpose: .client)
        #expect(errorCode { () throws(CertificateError) in try result.get() } == .signatureMismatch)
    }

    @Test(
        "weak keys",
        arguments: [
            ["rsa:1024"], ["ec", "-pkeyopt", "ec_paramgen_curve:secp224r1"],
            ["ec", "-pkeyopt", "ec_paramgen_curve:prime192v1"],
        ]
    )
    func weakKey(_ key: [String]) async throws {
        let path = try await OpenSSLReader.issueBare(subject: "/CN=alice", key: key, by: pki, in: temporary)
        try expect(path, .weakKey, "the key ")
    }

    @Test(
        "keys of other kinds, in certificates without any extension",
        arguments: [
            ["rsa:2048"], ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
            ["ed25519"],
        ]
    )
    func otherKeys(_ key: [String]) async throws {
        let path = try await OpenSSLReader.issueBare(subject: "/CN=alice", key: key, by: pki, in: temporary)
        for purpose in CertificatePurpose.allCases {
            _ = try verifier.verify(leafDER: der(path), purpose: purpose).get()
        }
        #expect(try ClientCertificate.parse(der: der(path)).commonName == "alice")
    }

    @Test("garbage, and more certificates than anybody needs")
    func garbage() throws {
        let alice = try der(pki.clientCertificatePath("alice"))
        for bytes in [[], [0x30], Array(alice.dropLast()), alice + [0]] {
            let result = verifier.verify(leafDER: bytes, purpose: .client)
            #expect(errorCode { () throws(CertificateError) in try result.get() } == .malformed)
        }
        let many = verifier.verify(
            leafDER: alice,
            intermediatesDER: Array(repeating: alice, count: 9),
            purpose: .client
        )
        #expect(errorCode { () throws(CertificateError) in try many.get() } == .refused)
    }

    @Test("the time decides")
    func time() throws {
        let alice = try der(pki.clientCertificatePath("alice"))
        let late = verifier.verify(leafDER: alice, purpose: .client, now: Date() + 366 * 86_400)
        #expect(errorCode { () throws(CertificateError) in try late.get() } == .expired)
        let early = verifier.verify(leafDER: alice, purpose: .client, now: Date() - 3600)
        let error = #expect(throws: CertificateError.self) { try early.get() }
        #expect(error?.code == .notYetValid)
    }

    @Test("many threads share one verifier")
    func threads() async throws {
        let list = try RevocationList.load(path: pki.revoke("alice"), authority: pki.caPath)
        let leaves = try ["alice", "bob"].map { try der(pki.clientCertificatePath($0)) }
        let fake = try der(pki.sameNamedAuthority().certificatePath)
        let verifier = verifier
        let counts = await withTaskGroup(
            of: [CertificateError.Code?].self,
            returning: [CertificateError.Code?: Int].self
        ) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<40).map { round in
                        let leaf = round % 4 == 0 ? fake : leaves[round % 2]
                        let result = verifier.verify(leafDER: leaf, purpose: .client, crl: list)
                        return errorCode { () throws(CertificateError) in try result.get() }
                    }
                }
            }
            var counts: [CertificateError.Code?: Int] = [:]
            for await codes in group {
                for code in codes { counts[code, default: 0] += 1 }
            }
            return counts
        }
        #expect(counts[.signatureMismatch] == 80)
        #expect(counts[.revoked] == 80)
        #expect(counts[nil] == 160)
    }

    private func expect(
        _ certificatePath: String,
        with intermediates: [[UInt8]] = [],
        crl: RevocationList? = nil,
        _ code: CertificateError.Code,
        _ reason: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let result = verifier.verify(
            leafDER: try der(certificatePath),
            intermediatesDER: intermediates,
            purpose: .client,
            crl: crl
        )
        let error = #expect(throws: CertificateError.self, sourceLocation: sourceLocation) { try result.get() }
        #expect(error?.code == code, sourceLocation: sourceLocation)
        #expect(error?.message.hasPrefix(reason) == true, "\(error?.message ?? "")", sourceLocation: sourceLocation)
    }
}
