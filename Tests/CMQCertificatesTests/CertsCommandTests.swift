import CMQCertificates
import Foundation
import TestSupport
import Testing

@Suite("cmq-certs")
struct CertsCommandTests {
    let temporary: TemporaryDirectory

    init() throws {
        temporary = try TemporaryDirectory()
    }

    @Test("names alone make everything, once")
    func provision() async throws {
        let first = try await certs("alice", "bob")
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.output.isEmpty)
        let server = "cmq-certs: made certs/server.crt and certs/server.key for DNS:localhost, IP:127.0.0.1, IP:::1"
        #expect(first.errors.contains(server))
        for name in ["alice", "bob"] {
            #expect(temporary.exists("certs/clients/\(name)/client.key"))
        }
        let before = try temporary.read("certs/issued.json")
        let second = try await certs("alice", "bob")
        #expect(second.status == 0, "\(second.errors)")
        #expect(second.errors.contains("cmq-certs: certs/ca.crt is there already and was kept\n"))
        #expect(second.errors.contains("cmq-certs: certs/clients/bob/client.crt is there already and was kept\n"))
        #expect(!second.errors.contains("warning"))
        #expect(try temporary.read("certs/issued.json") == before)
        let third = try await certs("carol")
        #expect(third.status == 0)
        #expect(temporary.exists("certs/clients/carol/client.crt"))
    }

    @Test("what is kept but of no use is said to be so")
    func provisionWarning() async throws {
        try await succeed("alice")
        try await succeed("init", "--force")
        let result = try await certs("alice")
        #expect(result.status == 0)
        #expect(result.errors.contains("warning: certs/server.crt is of no use: the signature does not match"))
    }

    @Test("half of a pair is reported and not completed")
    func halfPair() async throws {
        try await succeed("alice")
        try FileManager.default.removeItem(atPath: temporary.file("certs/clients/alice/client.crt"))
        let result = try await certs("alice")
        #expect(result.status == 73)
        #expect(result.errors.contains("error: cannot create certs/clients/alice/client.key: File exists"))
    }

    @Test("existing files are refused with a hint, and replaced with --force")
    func force() async throws {
        try await succeed("alice")
        for verb in [["init"], ["server"], ["client", "alice"]] {
            let refused = try await certs(verb)
            #expect(refused.status == 73)
            #expect(refused.errors.contains("File exists\ncmq-certs: hint: use --force to replace"))
            let replaced = try await certs(verb + ["--force"])
            #expect(replaced.status == 0, "\(replaced.errors)")
        }
    }

    @Test(
        "wrong names and days",
        arguments: [
            (["client", "a/b"], "the name 'a/b' contains a slash"),
            (["client", ".."], "the name '..' begins with a dot"),
            (["client", "good", " bad"], "the name ' bad' begins or ends with a blank"),
            (["server", "--name", "no host"], "'no host' is not a host name"),
            (["server", "--ip", "localhost"], "'localhost' is not an IP address"),
            (["client", "alice", "--days", "0"], "the number of days must be from 1 to 36525"),
            (["client", "alice", "--days", "x"], "'x' is invalid"),
            (["renew"], "name what to renew, or give --days-left"),
            ([], "Missing expected argument"),
        ]
    )
    func wrong(_ arguments: [String], _ message: String) async throws {
        try await succeed("init")
        let result = try await certs(arguments)
        #expect(result.status == 64)
        #expect(result.errors.contains("cmq-certs: error: "))
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(result.output.isEmpty)
        #expect(!temporary.exists("certs/clients"))
    }

    @Test("without an authority there is a hint how to make one")
    func noAuthority() async throws {
        let result = try await certs("client", "alice")
        #expect(result.status == 66)
        #expect(result.errors.contains("cannot read certs/ca.crt: No such file or directory"))
        #expect(result.errors.contains("hint: make the authority with 'cmq-certs init'"))
    }

    @Test("another folder, and a name that is a verb's")
    func directory() async throws {
        try await succeed("init", "--directory", "a/b")
        try await succeed("client", "--directory", "a/b/", "init")
        #expect(temporary.exists("a/b/clients/init/client.key"))
    }

    @Test("a passphrase for the authority's key, from a file")
    func passphrase() async throws {
        try temporary.write("swordfish\n", to: "right")
        try temporary.write("haddock\n", to: "wrong")
        for name in ["right", "wrong"] {
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: temporary.file(name))
        }
        try await succeed("init", "--encrypt-ca-key", "--passphrase-file", "right")
        #expect(try temporary.read("certs/ca.key").hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----"))
        let wrong = try await certs("client", "alice", "--passphrase-file", "wrong")
        #expect(wrong.status == 65)
        #expect(wrong.errors.contains("error: the passphrase does not open certs/ca.key"))
        try await succeed("client", "alice", "--passphrase-file", "right")
        // In a session of its own there is no terminal to ask on.
        let program = RunningCommand.buildDirectory.appendingPathComponent("cmq-certs").path
        let none = try await run("setsid", ["--wait", program, "client", "bob"], in: temporary.url)
        #expect(none.status == 66)
        #expect(none.errors.contains("no terminal"))
        for output in [wrong, none] { #expect(!output.errors.contains("swordfish")) }
    }

    @Test("inspect prints the same as openssl sees")
    func inspect() async throws {
        try await succeed("alice")
        let text = try await certs("inspect", "certs/server.crt", "certs/ca.crt")
        #expect(text.status == 0)
        #expect(text.output.contains("certs/server.crt\n  subject             CN=localhost\n"))
        #expect(text.output.contains("  extended key usage  serverAuth\n"))
        #expect(text.output.contains("certs/ca.crt\n"))
        let json = try await certs("inspect", "--json", "certs/clients/alice/client.crt")
        let object = try #require(
            try JSONSerialization.jsonObject(with: json.standardOutput) as? [String: Any]
        )
        #expect(object["file"] as? String == "certs/clients/alice/client.crt")
        #expect(object["common_name"] as? String == "alice")
        #expect(object["key"] as? String == "EC P-384")
        #expect(object["days_left"] as? Int == 364)
        let openssl = try await OpenSSLReader.succeed([
            "x509", "-in", temporary.file("certs/clients/alice/client.crt"), "-noout", "-fingerprint", "-sha256",
            "-serial",
        ])
        let fingerprint = try #require(object["sha256_fingerprint"] as? String)
        #expect(openssl.replacingOccurrences(of: ":", with: "").lowercased().contains("=\(fingerprint)\n"))
        let serial = try #require(object["serial"] as? String)
        #expect(openssl.lowercased().contains("serial=\(serial)\n"))
        let missing = try await certs("inspect", "certs/ca.key")
        #expect(missing.status == 65)
        #expect(missing.errors.contains("certs/ca.key: there is no PEM certificate in it"))
        #expect(try await certs("inspect", "absent").status == 66)
    }

    @Test("verify answers by its exit status, with the reason")
    func verify() async throws {
        try await succeed("alice", "bob")
        let alice = "certs/clients/alice/client.crt"
        let bob = "certs/clients/bob/client.crt"
        let accepted = try await certs("verify", "--purpose", "client", alice, bob)
        #expect(accepted.status == 0)
        #expect(accepted.output == "\(alice): OK\n\(bob): OK\n")
        let wrong = try await certs("verify", "--purpose", "server", "certs/server.crt", alice)
        #expect(wrong.status == 1)
        #expect(wrong.output.hasSuffix("\(alice): the certificate is not for servers\n"))
        #expect(wrong.errors.isEmpty)
        try await succeed("revoke", "alice")
        try await succeed("crl")
        let revoked = try await certs("verify", alice, bob)
        #expect(revoked.status == 1)
        #expect(revoked.output.contains("\(alice): the certificate with the serial "))
        #expect(revoked.output.contains("\(bob): OK"))
        try await succeed("init", "--directory", "other")
        let other = try await certs("verify", "--ca", "other/ca.crt", alice)
        #expect(other.status == 1)
        #expect(other.output.contains("the signature does not match the authority CN=CipherMQ-CA"))
        #expect(try await certs("verify", "absent.crt").status == 66)
        #expect(try await certs("verify", "certs/ca.key").status == 65)
    }

    @Test("renew --days-left renews only what ends soon")
    func renew() async throws {
        try await succeed("init")
        try await succeed("server", "--days", "400")
        try await succeed("client", "alice", "bob", "--days", "5")
        try await succeed("client", "carol", "--days", "50")
        try await succeed("revoke", "bob")
        let before = try serials()
        let result = try await certs("renew", "--days-left", "20")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("renewed certs/clients/alice/client.crt, valid until "))
        #expect(result.errors.contains("certs/clients/bob/client.crt is revoked and was left alone"))
        let after = try serials()
        let renewed = before.keys.filter { before[$0] != after[$0] }
        #expect(renewed == ["alice"])
        let again = try await certs("renew", "--days-left", "20")
        #expect(!again.errors.contains("renewed"))
        #expect(try serials() == after)

        let named = try await certs("renew", "server", "carol", "--new-key")
        #expect(named.status == 0, "\(named.errors)")
        #expect(named.errors.contains("renewed certs/server.crt and certs/server.key, valid until "))
        let revoked = try await certs("renew", "bob", "alice")
        #expect(revoked.status == 1)
        #expect(revoked.errors.contains("error: certs/clients/bob/client.crt is revoked and cannot be renewed"))
        #expect(revoked.errors.contains("renewed certs/clients/alice/client.crt"))
        let ending = try await certs("renew", "--days-left", "3700")
        #expect(ending.errors.contains("warning: certs/ca.crt ends on "))
    }

    @Test("list shows what was issued and revoked")
    func list() async throws {
        try await succeed("alice")
        try await succeed("revoke", "alice", "--reason", "key-compromise")
        let table = try await certs("list")
        #expect(table.lines.count == 4)
        #expect(table.lines[0].hasPrefix("NAME         KIND       STATUS"))
        #expect(table.lines[3].hasPrefix("alice        client     revoked 2"))
        #expect(table.lines[3].contains("(key-compromise)"))
        let json = try await certs("list", "--json")
        let last = try #require(json.lines.last)
        let row = try #require(try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any])
        #expect(row["subject"] as? String == "alice")
        #expect(row["status"] as? String == "revoked")
        #expect(row["revocation_reason"] as? String == "key-compromise")
        #expect(row["path"] as? String == "clients/alice/client.crt")
    }

    @Test("revoke and crl")
    func revoke() async throws {
        try await succeed("alice")
        let revoked = try await certs("revoke", "alice")
        #expect(revoked.status == 0)
        #expect(revoked.errors.contains("hint: run 'cmq-certs crl'"))
        let again = try await certs("revoke", "alice")
        #expect(again.status == 0)
        #expect(again.errors.contains("was revoked before"))
        let nobody = try await certs("revoke", "nobody")
        #expect(nobody.status == 66)
        #expect(try await certs("revoke", "alice", "--reason", "boredom").status == 64)
        let printed = try await certs("crl", "--days", "7", "--output", "-")
        #expect(printed.output.hasPrefix("-----BEGIN X509 CRL-----\n"))
        #expect(printed.errors == "cmq-certs: 1 revoked, to be replaced within 7 days\n")
        #expect(!temporary.exists("certs/ca.crl"))
        try await succeed("crl")
        try temporary.write(printed.output, to: "printed.crl")
        for path in ["printed.crl", "certs/ca.crl"] {
            let text = try await OpenSSLReader.textOfList(temporary.file(path))
            #expect(text.components(separatedBy: "Serial Number:").count == 2)
        }
    }

    @Test("data that cannot be written is a failure; a reader that goes away is none")
    func fullDisk() async throws {
        try await succeed("alice")
        let program = RunningCommand.buildDirectory.appendingPathComponent("cmq-certs").path
        for verb in ["list", "crl --output -", "inspect certs/ca.crt", "verify certs/server.crt"] {
            let full = try await run("sh", ["-c", "'\(program)' \(verb) > /dev/full"], in: temporary.url)
            #expect(full.status == 74, "\(verb)")
            #expect(full.errors.contains("error: cannot write to standard output: No space left on device"))
            let closed = try await run(
                "bash",
                ["-o", "pipefail", "-c", "'\(program)' \(verb) | sleep 0"],
                in: temporary.url
            )
            #expect(closed.status == 0, "\(verb): \(closed.errors)")
        }
    }

    @Test("every verb has help with examples")
    func help() async throws {
        for verb in ["init", "server", "client", "inspect", "verify", "renew", "list", "revoke", "crl"] {
            let result = try await certs(verb, "--help")
            #expect(result.status == 0)
            #expect(result.output.contains("EXAMPLES\n"), "\(verb)")
            #expect(result.errors.isEmpty)
        }
        let root = try await certs("--help")
        #expect(root.output.contains("cmq-certs alice bob"))
    }

    private func certs(_ arguments: String...) async throws -> CommandResult {
        try await certs(arguments)
    }

    private func certs(_ arguments: [String]) async throws -> CommandResult {
        try await run("cmq-certs", arguments, in: temporary.url)
    }

    private func succeed(_ arguments: String...) async throws {
        let result = try await certs(arguments)
        try #require(result.status == 0, "\(arguments): \(result.errors)")
    }

    /// The serials on disk by common name.
    private func serials() throws -> [String: String] {
        let directory = CertificateDirectory(temporary.file("certs"))
        var serials: [String: String] = [:]
        for leaf in try directory.leafCertificates() {
            let certificate = try CertificateInspection.read(at: leaf.files(in: directory).certificatePath)
            serials[certificate.commonName] = certificate.serial
        }
        return serials
    }
}
