import CMQCrypto
import CMQSecrets
import Foundation
import TestSupport
import Testing

/// `cmq-keygen --rsa`, read by openssl, and keys of openssl read here.
@Suite struct RSAKeygenTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func mode(_ name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: directory.file(name))[.posixPermissions] as? Int
    }

    @Test func `it makes PKCS#8 and SubjectPublicKeyInfo that openssl reads`() async throws {
        let made = try await run("cmq-keygen", ["--rsa", "--json"], in: directory.url)
        #expect(made.status == 0)
        #expect(try mode("receiver_private.pem") == 0o600)
        #expect(try mode("receiver_public.pem") == 0o644)
        #expect(try directory.read("receiver_private.pem").hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
        let publicPEM = try directory.read("receiver_public.pem")
        let derived = try await run("openssl", ["pkey", "-in", directory.file("receiver_private.pem"), "-pubout"])
        #expect(derived.output == publicPEM)
        let text = try await run("openssl", ["pkey", "-in", directory.file("receiver_private.pem"), "-noout", "-text"])
        #expect(text.output.contains("Private-Key: (2048 bit"))
        let report = try #require(try JSONSerialization.jsonObject(with: made.standardOutput) as? [String: Any])
        #expect(report["public_key"] as? String == publicPEM)
        let digest = try await run(
            "sh",
            ["-c", "openssl pkey -pubin -in receiver_public.pem -outform DER | sha256sum"],
            in: directory.url
        )
        let fingerprint = try #require(report["fingerprint"] as? String).filter { $0 != " " }
        #expect(digest.output.hasPrefix(fingerprint))
        for name in ["receiver_public.pem", "receiver_private.pem"] {
            let shown = try await run("cmq-keygen", ["fingerprint", name], in: directory.url)
            #expect(shown.output.filter { !$0.isWhitespace } == fingerprint)
        }
    }

    @Test func `it prints the public key and replaces nothing without being told`() async throws {
        let first = try await run("cmq-keygen", ["--rsa"], in: directory.url)
        #expect(first.output == (try directory.read("receiver_public.pem")))
        let second = try await run("cmq-keygen", ["--rsa"], in: directory.url)
        #expect(second.status == 73)
        #expect(first.output == (try directory.read("receiver_public.pem")))
        let forced = try await run("cmq-keygen", ["--rsa", "--force"], in: directory.url)
        #expect(forced.status == 0)
        #expect(first.output != (try directory.read("receiver_public.pem")))
    }

    @Test func `a passphrase is refused and nothing is written`() async throws {
        let result = try await run("cmq-keygen", ["--rsa", "--passphrase"], in: directory.url)
        #expect(result.status == 64)
        #expect(!directory.exists("receiver_private.pem"))
    }

    @Test(arguments: [["genrsa", "-traditional"], ["genrsa"], ["genpkey", "-algorithm", "RSA"]])
    func `keys of openssl are read`(command: [String]) async throws {
        let path = directory.file("private.pem")
        let bits = command[0] == "genrsa" ? ["2048"] : []
        #expect(try await run("openssl", command + ["-out", path] + bits).status == 0)
        try await run("openssl", ["pkey", "-in", path, "-pubout", "-out", directory.file("public.pem")])
        let key = try RSAKeyFile.readPrivateKey(at: path)
        #expect(key.publicKey.pem == (try directory.read("public.pem")))
        #expect(try RSAKeyFile.readPublicKey(at: directory.file("public.pem")) == key.publicKey)
    }

    @Test func `other files are refused by name`() async throws {
        try await run("openssl", ["genrsa", "-out", directory.file("short.pem"), "1024"])
        try await run("openssl", ["ecparam", "-name", "secp384r1", "-genkey", "-out", directory.file("ec.pem")])
        try await run(
            "openssl",
            ["genpkey", "-algorithm", "RSA", "-aes256", "-pass", "pass:x", "-out", directory.file("encrypted.pem")]
        )
        try directory.write("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", to: "broken.pem")
        for name in ["short.pem", "ec.pem", "encrypted.pem", "broken.pem"] {
            let error = #expect(throws: CryptoError.self) { try RSAKeyFile.readPrivateKey(at: directory.file(name)) }
            #expect(error?.code == .malformedKey)
            #expect(error?.message.contains(name) == true)
        }
        let missing = #expect(throws: CryptoError.self) { try RSAKeyFile.readPublicKey(at: directory.file("none")) }
        #expect(missing?.fileError?.isMissing == true)
    }
}
