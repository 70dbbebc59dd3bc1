import CMQCrypto
import CMQSecrets
import Foundation
import TestSupport
import Testing

@Suite struct KeygenCommandTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func keygen(_ arguments: String..., input: String = "") async throws -> CommandResult {
        try await run("cmq-keygen", arguments, input: input, in: directory.url)
    }

    private func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
    }

    @Test func withoutArgumentsItMakesAPair() async throws {
        let result = try await keygen()
        #expect(result.status == 0)
        #expect(try files() == ["receiver_private.key", "receiver_public.key"])
        #expect(try SafeFile.permissions(at: directory.file("receiver_private.key")) == 0o600)
        #expect(try SafeFile.permissions(at: directory.file("receiver_public.key")) == 0o644)
        let publicKey = try KeyFile.readPublicKey(at: directory.file("receiver_public.key"))
        #expect(result.output == publicKey.base64 + "\n")
        #expect(
            result.errors == "cmq-keygen: wrote receiver_private.key and receiver_public.key\n"
                + "cmq-keygen: fingerprint \(publicKey.fingerprint)\n"
        )
    }

    @Test func theVerbsAgree() async throws {
        let made = try await keygen("generate")
        let privateKey = try directory.read("receiver_private.key")
        let fromInput = try await keygen("public", input: privateKey)
        let fromFile = try await keygen("public", "receiver_private.key")
        #expect(fromInput.output == made.output)
        #expect(fromFile.output == made.output)
        #expect(fromInput.errors == "")
        let fingerprints = [
            try await keygen("fingerprint", "receiver_public.key"),
            try await keygen("fingerprint", input: made.output),
            try await keygen("fingerprint", "receiver_private.key"),
            try await keygen("fingerprint", "--private", input: privateKey),
        ]
        for result in fingerprints {
            #expect(result.status == 0)
            #expect(made.errors.hasSuffix("fingerprint \(result.output)"))
        }
        // An independent reader of the same file.
        let command = "base64 -d receiver_public.key | sha256sum"
        let sum = try await run("sh", ["-c", command], in: directory.url)
        #expect(sum.output.prefix(64) == fingerprints[0].output.filter { $0 != " " && $0 != "\n" })
    }

    @Test(arguments: ["receiver_private.key", "receiver_public.key"])
    func existingFilesStay(existing: String) async throws {
        try directory.write("mine", to: existing)
        let result = try await keygen()
        #expect(result.status == 73)
        #expect(result.output == "")
        #expect(
            result.errors == "cmq-keygen: error: cannot create \(existing): File exists\n"
                + "cmq-keygen: hint: use --force to replace it\n"
        )
        #expect(try files() == [existing])
        #expect(try directory.read(existing) == "mine")
    }

    @Test func forceReplacesBoth() async throws {
        let first = try await keygen()
        let second = try await keygen("--force")
        #expect(second.status == 0)
        #expect(first.output != second.output)
        #expect(try directory.read("receiver_public.key") == second.output)
        #expect(try await keygen("public", "receiver_private.key").output == second.output)
        #expect(try files().count == 2)
    }

    @Test func directoryAndName() async throws {
        try FileManager.default.createDirectory(atPath: directory.file("keys"), withIntermediateDirectories: false)
        let result = try await keygen("--directory", "keys", "--name", "CA-RC")
        #expect(result.status == 0)
        #expect(directory.exists("keys/CA-RC_private.key"))
        #expect(directory.exists("keys/CA-RC_public.key"))
        let missing = try await keygen("--directory", "none")
        #expect(missing.status == 73)
        #expect(missing.errors.contains("cannot create none/receiver_private.key: No such file or directory"))
        let trick = try await keygen("--name", "../x")
        #expect(trick.status == 64)
        #expect(trick.errors.contains("'../x' cannot be the name of a key"))
    }

    @Test func jsonForPrograms() async throws {
        let made = try await keygen("--json")
        let object = try JSONDecoder().decode([String: JSONValue].self, from: made.standardOutput)
        let publicKey = try directory.read("receiver_public.key").dropLast()
        #expect(object["public_key"] == .text(String(publicKey)))
        #expect(object["private_key_file"] == .text("receiver_private.key"))
        #expect(object["public_key_file"] == .text("receiver_public.key"))
        #expect(object["protected"] == .flag(false))
        let shown = try await keygen("fingerprint", "--json", "receiver_public.key")
        let again = try JSONDecoder().decode([String: JSONValue].self, from: shown.standardOutput)
        #expect(again["fingerprint"] == object["fingerprint"])
        #expect(again["public_key"] == object["public_key"])
    }

    @Test func aPassphraseFileProtectsTheKey() async throws {
        try directory.write("correct horse\n", to: "passphrase")
        try directory.write("wrong", to: "wrong")
        let made = try await keygen("--passphrase-file", "passphrase")
        #expect(made.status == 0)
        // TemporaryDirectory writes with the usual mode.
        #expect(made.errors.contains("warning: other users can read the passphrase file passphrase"))
        #expect(try directory.read("receiver_private.key").hasPrefix("cmq-protected-key:v1:argon2id:m=262144,t=3:"))
        let opened = try await keygen("public", "--passphrase-file", "passphrase", "receiver_private.key")
        #expect(opened.output == made.output)
        let refused = try await keygen("public", "--passphrase-file", "wrong", "receiver_private.key")
        #expect(refused.status == 65)
        #expect(refused.output == "")
        #expect(refused.errors.contains("error: the passphrase is wrong, or the protected private key was changed"))
        #expect(!refused.errors.contains("correct horse"))
    }

    @Test func protectAndUnprotect() async throws {
        try directory.write("correct horse", to: "passphrase")
        let made = try await keygen()
        let plain = try directory.read("receiver_private.key")
        let protected = try await keygen("protect", "--passphrase-file", "passphrase", "receiver_private.key")
        #expect(protected.status == 0)
        #expect(try KeyFile.readPrivateKey(at: directory.file("receiver_private.key")).isProtected)
        #expect(try SafeFile.permissions(at: directory.file("receiver_private.key")) == 0o600)
        let twice = try await keygen("protect", "--passphrase-file", "passphrase", "receiver_private.key")
        #expect(twice.status == 65)
        let piped = try await keygen(
            "public",
            "--passphrase-file",
            "passphrase",
            input: try directory.read("receiver_private.key")
        )
        #expect(piped.output == made.output)
        let bare = try await keygen("unprotect", "--passphrase-file", "passphrase", "receiver_private.key")
        #expect(bare.status == 0)
        #expect(try directory.read("receiver_private.key") == plain)
        let again = try await keygen("unprotect", "--passphrase-file", "passphrase", "receiver_private.key")
        #expect(again.status == 65)
    }

    @Test(arguments: ["", "one\ntwo\n", "\n", String(repeating: "x", count: 1025)])
    func passphraseFilesAreChecked(content: String) async throws {
        try directory.write(content, to: "passphrase")
        let result = try await keygen("--passphrase-file", "passphrase")
        #expect(result.status == 65)
        #expect(result.errors.contains("error: passphrase file passphrase "))
        #expect(try files() == ["passphrase"])
    }

    @Test func wrongInput() async throws {
        let missing = try await keygen("public", "none")
        #expect(missing.status == 66)
        #expect(missing.errors.contains("error: cannot read none: No such file or directory"))
        let damaged = try await keygen("public", input: "damaged")
        #expect(damaged.status == 65)
        #expect(damaged.errors.contains("standard input: the private key is not one line of base64"))
        let flag = try await keygen("--nonsense")
        #expect(flag.status == 64)
        let both = try await keygen("--passphrase", "--passphrase-file", "x")
        #expect(both.status == 64)
        let low = try await keygen("fingerprint", input: String(repeating: "A", count: 43) + "=")
        #expect(low.status == 65)
        #expect(low.errors.contains("low order"))
    }

    @Test func othersThatCanReadAreWarnedOf() async throws {
        #expect(try await keygen().status == 0)
        let path = directory.file("receiver_private.key")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        let result = try await keygen("public", "receiver_private.key")
        #expect(result.status == 0)
        #expect(result.errors.contains("warning: other users can use the private key receiver_private.key"))
        #expect(result.errors.contains("hint: chmod 600 receiver_private.key"))
    }

    @Test func helpShowsExamplesAndEveryVerb() async throws {
        let result = try await keygen("--help")
        #expect(result.status == 0)
        for word in ["EXAMPLES", "--force", "public", "fingerprint", "protect", "unprotect"] {
            #expect(result.output.contains(word))
        }
    }

    @Test func versionIsData() async throws {
        let result = try await keygen("--version")
        #expect(result.status == 0)
        #expect(result.lines.count == 1)
        #expect(result.errors == "")
    }

    private enum JSONValue: Decodable, Equatable {
        case text(String)
        case flag(Bool)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let flag = try? container.decode(Bool.self) {
                self = .flag(flag)
            } else {
                self = .text(try container.decode(String.self))
            }
        }
    }
}
