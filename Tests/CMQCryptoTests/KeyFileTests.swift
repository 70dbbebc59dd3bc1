import CMQCrypto
import CMQSecrets
import Foundation
import TestSupport
import Testing

@Suite struct KeyFileTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func privateKey(of content: String) throws -> PrivateKey {
        try directory.write(content, to: "key")
        return try KeyFile.readPrivateKey(at: directory.file("key")).unlock { SecretBytes(copying: []) }
    }

    @Test(arguments: ["", "\n", "\r\n", " \n", "\n\n"])
    func theLineEndDoesNotMatter(end: String) throws {
        let file: Vectors.Envelopes = try Vectors.load("envelopes.json")
        #expect(try privateKey(of: file.private_key + end).publicKey.base64 == file.public_key)
        try directory.write(file.public_key + end, to: "public")
        #expect(try KeyFile.readPublicKey(at: directory.file("public")).base64 == file.public_key)
    }

    @Test(
        arguments: [
            "", "\n", "AQID", "not base64 at all!", "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA",
            " AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=", "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyB=",
            "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=\nAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=",
            "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAh", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n",
        ]
    )
    func otherContentIsRefusedWithoutShowingIt(content: String) throws {
        try directory.write(content, to: "key")
        let path = directory.file("key")
        let errors = [
            #expect(throws: CryptoError.self) { try KeyFile.readPrivateKey(at: path) },
            #expect(throws: CryptoError.self) { try KeyFile.readPublicKey(at: path) },
        ]
        for error in errors.compactMap({ $0 }) {
            #expect(error.code == .malformedKey)
            #expect(error.message.hasPrefix("\(path): "))
            #expect(!error.message.contains("AQID"))
        }
    }

    @Test func aMissingFileIsNamedWithItsRemedy() {
        let path = directory.file("none")
        let error = #expect(throws: CryptoError.self) { try KeyFile.readPrivateKey(at: path) }
        #expect(error?.code == .file)
        #expect(error?.fileError?.isMissing == true)
        #expect(error?.message == "cannot read \(path): No such file or directory")
        #expect(error?.hint == "make a key pair with 'cmq-keygen'")
    }

    @Test func aFileThatIsTooLongIsRefused() throws {
        try directory.write(String(repeating: "A", count: 5000), to: "key")
        let error = #expect(throws: CryptoError.self) { try KeyFile.readPrivateKey(at: directory.file("key")) }
        #expect(error?.code == .file)
    }

    @Test func aProtectedKeyIsNoPublicKey() throws {
        let error = #expect(throws: CryptoError.self) {
            try KeyFile.readPublicKey(at: Vectors.path("protected_private.key"))
        }
        #expect(error?.code == .malformedKey)
    }

    @Test func othersThatCanReadAreWarnedOf() throws {
        let path = directory.file("receiver_private.key")
        try KeyFile.write(.plain(PrivateKey()), to: path)
        #expect(try KeyFile.permissionWarning(at: path) == nil)
        for mode in [0o640, 0o604, 0o602, 0o610] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            let warning = try #require(try KeyFile.permissionWarning(at: path))
            #expect(warning.message.contains(path))
            #expect(warning.message.hasSuffix("its mode is 0\(String(mode, radix: 8))"))
            #expect(warning.hint.hasPrefix("chmod 600 \(path)"))
        }
    }

    @Test func pairsAreWrittenWithTheirModes() throws {
        let pair = KeyPair()
        let files = try KeyPairFiles(directory: directory.path)
        try files.write(.plain(pair.privateKey), pair.publicKey)
        #expect(files.privateKeyPath == directory.file("receiver_private.key"))
        #expect(try SafeFile.permissions(at: files.privateKeyPath) == 0o600)
        #expect(try SafeFile.permissions(at: files.publicKeyPath) == 0o644)
        let text = try directory.read("receiver_private.key")
        #expect(text.utf8.count == 45)
        #expect(text.hasSuffix("=\n"))
        #expect(try directory.read("receiver_public.key") == pair.publicKey.base64 + "\n")
        let key = try KeyFile.readPrivateKey(at: files.privateKeyPath).unlock { SecretBytes(copying: []) }
        #expect(key.publicKey == pair.publicKey)
    }

    @Test(arguments: ["receiver_private.key", "receiver_public.key"])
    func neitherFileIsOverwrittenNorLeftAlone(existing: String) throws {
        try directory.write("mine", to: existing)
        let pair = KeyPair()
        let files = try KeyPairFiles(directory: directory.path)
        let error = #expect(throws: CryptoError.self) { try files.write(.plain(pair.privateKey), pair.publicKey) }
        #expect(error?.fileError?.isExisting == true)
        #expect(try directory.read(existing) == "mine")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == [existing])
    }

    @Test func replacingReplacesBoth() throws {
        let files = try KeyPairFiles(directory: directory.path)
        let (first, second) = (KeyPair(), KeyPair())
        try files.write(.plain(first.privateKey), first.publicKey)
        try files.write(.plain(second.privateKey), second.publicKey, existing: .replace)
        #expect(try KeyFile.readPublicKey(at: files.publicKeyPath) == second.publicKey)
        let stored = try KeyFile.readPrivateKey(at: files.privateKeyPath)
        #expect(try stored.unlock { SecretBytes(copying: []) }.publicKey == second.publicKey)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).count == 2)
    }

    @Test(arguments: [true, false])
    func aFailedReplacementKeepsTheOldPair(hadKey: Bool) throws {
        // A directory under the name of the public key cannot be replaced by a file.
        try FileManager.default.createDirectory(
            atPath: directory.file("receiver_public.key"),
            withIntermediateDirectories: false
        )
        if hadKey { try directory.write("old", to: "receiver_private.key") }
        let pair = KeyPair()
        let files = try KeyPairFiles(directory: directory.path)
        let error = #expect(throws: CryptoError.self) {
            try files.write(.plain(pair.privateKey), pair.publicKey, existing: .replace)
        }
        #expect(error?.code == .file)
        #expect(directory.exists("receiver_private.key") == hadKey)
        if hadKey { #expect(try directory.read("receiver_private.key") == "old") }
        let left = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(left.count == (hadKey ? 2 : 1), "\(left)")
    }

    @Test func aReplacementThatFailsAtOnceLeavesNothingBehind() throws {
        let files = try KeyPairFiles(directory: directory.path)
        let (first, second) = (KeyPair(), KeyPair())
        try files.write(.plain(first.privateKey), first.publicKey)
        // Takes the name under which the new private key is written first.
        let obstacle = "receiver_private.key.\(ProcessInfo.processInfo.processIdentifier).new"
        try FileManager.default.createDirectory(
            atPath: directory.file(obstacle),
            withIntermediateDirectories: false
        )
        #expect(throws: CryptoError.self) {
            try files.write(.plain(second.privateKey), second.publicKey, existing: .replace)
        }
        #expect(try KeyFile.readPublicKey(at: files.publicKeyPath) == first.publicKey)
        let left = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
        #expect(left == ["receiver_private.key", obstacle, "receiver_public.key"])
    }

    @Test func aLinkIsNeitherFollowedNorOverwritten() throws {
        try FileManager.default.createSymbolicLink(
            atPath: directory.file("receiver_private.key"),
            withDestinationPath: directory.file("elsewhere")
        )
        let pair = KeyPair()
        let files = try KeyPairFiles(directory: directory.path)
        #expect(throws: CryptoError.self) { try files.write(.plain(pair.privateKey), pair.publicKey) }
        #expect(!directory.exists("elsewhere"))
        #expect(!directory.exists("receiver_public.key"))
    }

    @Test(arguments: [
        "", ".", "..", "../x", "a/b", "/x", "-x", ".x", "a b", "a\n", "ä", String(repeating: "a", count: 65),
    ])
    func namesWithTricksAreRefused(name: String) {
        let error = #expect(throws: CryptoError.self) { try KeyPairFiles(directory: ".", name: name) }
        #expect(error?.code == .invalidName)
    }

    @Test func pathsOfPairs() throws {
        #expect(try KeyPairFiles().privateKeyPath == "receiver_private.key")
        #expect(try KeyPairFiles(directory: "keys", name: "CA-RC").publicKeyPath == "keys/CA-RC_public.key")
    }
}
