import CMQCatalog
import CMQSecrets
import Foundation
import TestSupport
import Testing

@Suite struct PublicKeyTests {
    private func registration(_ client: String, _ fill: UInt8, time: Int64 = noon) -> PublicKeyRegistration {
        PublicKeyRegistration(
            clientID: client,
            key: [UInt8](repeating: fill, count: 32),
            fingerprint: "print-\(fill)",
            registeredBy: client,
            time: time
        )
    }

    @Test(arguments: CatalogEngine.allCases, KeyAlgorithm.allCases)
    func `an independent program decrypts what is stored`(
        engine: CatalogEngine,
        algorithm: KeyAlgorithm
    ) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.open(algorithm: algorithm)
        #expect(try catalog.registerPublicKey(registration("CA-RC", 7)) == .added)
        let rows = try await fixture.query(
            "SELECT nonce, public_key_ciphertext, tag, algorithm FROM public_keys WHERE client_id = 'CA-RC'"
        )
        let script = """
            import base64, sys
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
            nonce, ciphertext, tag = [base64.b64decode(part, validate=True) for part in sys.argv[1:4]]
            cipher = {"aes-256-gcm": AESGCM, "chacha20-poly1305": ChaCha20Poly1305}[sys.argv[4]]
            print(len(nonce), len(tag), cipher(bytes(range(32))).decrypt(nonce, ciphertext + tag, None).hex())
            """
        let result = try await run("python3", ["-c", script] + rows.flatMap { $0.compactMap { $0 } })
        #expect(result.output == "12 16 \(String(repeating: "07", count: 32))\n", "\(result.errors)")
        // The other setting reads the row all the same.
        try catalog.close()
        let other = try fixture.open(algorithm: algorithm == .aes256GCM ? .chaCha20Poly1305 : .aes256GCM)
        #expect(try other.publicKey(of: "CA-RC") == [UInt8](repeating: 7, count: 32))
    }

    @Test(arguments: CatalogEngine.allCases)
    func `a registration is added, unchanged or replaces, and the history says so`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.open()
        #expect(try catalog.registerPublicKey(registration("CA-RC", 1)) == .added)
        let stored = try await fixture.query("SELECT * FROM public_keys")
        #expect(try catalog.registerPublicKey(registration("CA-RC", 1, time: noon + 1)) == .unchanged)
        #expect(try await fixture.query("SELECT * FROM public_keys") == stored)
        #expect(try catalog.registerPublicKey(registration("CA-RC", 2, time: noon + 2)) == .replaced)
        #expect(try catalog.registerPublicKey(registration("NY-RC", 3, time: noon + 3)) == .added)
        #expect(try catalog.publicKey(of: "CA-RC") == [UInt8](repeating: 2, count: 32))
        let reader = try fixture.reader()
        #expect(try reader.keyHistory(of: "CA-RC").map(\.fingerprint) == ["print-1", "print-2"])
        #expect(try reader.keyHistory(of: nil).map(\.registeredBy) == ["CA-RC", "CA-RC", "NY-RC"])
    }

    @Test(arguments: CatalogEngine.allCases)
    func `the history is bounded for each client`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.open(keyHistoryLimit: 3)
        try catalog.registerPublicKey(registration("NY-RC", 99))
        for fill in UInt8(1)...9 { try catalog.registerPublicKey(registration("CA-RC", fill)) }
        let reader = try fixture.reader()
        #expect(try reader.keyHistory(of: "CA-RC").map(\.fingerprint) == ["print-7", "print-8", "print-9"])
        #expect(try reader.keyHistory(of: "NY-RC").count == 1)
    }

    @Test(arguments: CatalogEngine.allCases)
    func `without aes_key the list has what is known about the keys, with it the keys`(
        engine: CatalogEngine
    ) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.open()
        try catalog.registerPublicKey(registration("CA-RC", 1))
        try catalog.registerPublicKey(registration("CA-RC", 2, time: noon + 5))
        let row = try #require(try fixture.reader().keys().first)
        #expect(row.clientID == "CA-RC")
        #expect(row.algorithm == .aes256GCM)
        #expect(row.fingerprint == "print-2")
        #expect(row.registeredTime == CatalogTime(microseconds: noon + 5))
        #expect(row.publicKey == nil)
        let opened = try fixture.reader(key: catalogKey).keys()
        #expect(opened.first?.publicKey == [UInt8](repeating: 2, count: 32))
        let json = String(decoding: try JSONEncoder().encode(opened), as: UTF8.self)
        #expect(json.contains(#""public_key":"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=""#))
    }

    @Test(arguments: CatalogEngine.allCases)
    func `a wrong aes_key is found when the catalog opens`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        try fixture.open().registerPublicKey(registration("CA-RC", 1))
        let wrong = [UInt8](repeating: 9, count: 32)
        let error = #expect(throws: CatalogError.self) { try fixture.open(key: wrong) }
        #expect(error?.code == .keyMismatch)
        #expect(error?.remedy?.contains("aes_key") == true)
        #expect(try fixture.open().publicKey(of: "CA-RC") != nil)
    }

    @Test(arguments: CatalogEngine.allCases, [0, 16, 31, 33])
    func `an aes_key of another length is refused before anything is made`(
        engine: CatalogEngine,
        count: Int
    ) async throws {
        let fixture = try await engine.fixture()
        let error = #expect(throws: CatalogError.self) { try fixture.open(key: [UInt8](repeating: 1, count: count)) }
        #expect(error?.code == .keyMismatch)
        #expect(try await fixture.tables().isEmpty)
    }

    @Test(arguments: CatalogEngine.allCases, ["public_key_ciphertext", "nonce", "tag"])
    func `one damaged row is reported for its client and healed by a registration`(
        engine: CatalogEngine,
        column: String
    ) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.open()
        try catalog.registerPublicKey(registration("CA-RC", 1))
        try catalog.registerPublicKey(registration("NY-RC", 2))
        try await fixture.query(
            "UPDATE public_keys SET \(column) = 'AAAA' || substr(\(column), 5) WHERE client_id = 'CA-RC'"
        )
        try catalog.close()
        let reopened = try fixture.open()
        let error = #expect(throws: CatalogError.self) { try reopened.publicKey(of: "CA-RC") }
        #expect(error?.code == .corrupt)
        #expect(try reopened.publicKey(of: "NY-RC") != nil)
        #expect(try reopened.registerPublicKey(registration("CA-RC", 1)) == .replaced)
        #expect(try reopened.publicKey(of: "CA-RC") == [UInt8](repeating: 1, count: 32))
    }

    @Test(arguments: CatalogEngine.allCases)
    func `a row that an earlier version overwrote is still read`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.open(algorithm: .chaCha20Poly1305)
        try catalog.registerPublicKey(registration("CA-RC", 1))
        let sealed = try AuthenticatedCipher(
            algorithm: .aes256GCM,
            key: SecretBytes(copying: catalogKey)
        )
        .seal([UInt8](repeating: 5, count: 32), nonce: [UInt8](repeating: 1, count: 12))
        // It knows four columns, and leaves our `algorithm` as it was.
        try await fixture.query(
            """
            UPDATE public_keys SET public_key_ciphertext = '\(Base64.encode(sealed.ciphertext))',
                nonce = '\(Base64.encode([UInt8](repeating: 1, count: 12)))', tag = '\(Base64.encode(sealed.tag))'
            """
        )
        #expect(try catalog.publicKey(of: "CA-RC") == [UInt8](repeating: 5, count: 32))
    }

    @Test(arguments: CatalogEngine.allCases)
    func `the keys of all clients are read at once, without those that do not decrypt`(
        engine: CatalogEngine
    ) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.open()
        #expect(try catalog.publicKeys(limit: 10).isEmpty)
        for (fill, client) in ["CA-RC", "NY-RC", "SF-RC"].enumerated() {
            try catalog.registerPublicKey(registration(client, UInt8(fill)))
        }
        try await fixture.query("UPDATE public_keys SET tag = nonce WHERE client_id = 'NY-RC'")
        let keys = try catalog.publicKeys(limit: 10)
        #expect(keys == ["CA-RC": [UInt8](repeating: 0, count: 32), "SF-RC": [UInt8](repeating: 2, count: 32)])
        #expect(try catalog.publicKeys(limit: 1).map(\.key) == ["CA-RC"])
    }
}
