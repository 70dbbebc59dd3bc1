import CMQClientCommand
import CMQCommand
import CMQCrypto
import Foundation
import TestSupport
import Testing

@Suite struct KnownKeysTests {
    private let directory: TemporaryDirectory
    private let known: KnownKeys

    init() throws {
        directory = try TemporaryDirectory()
        known = KnownKeys(directory: directory.file("keys"), olderDirectories: [directory.file("certs")])
    }

    @Test func aKeyIsNewThenTheSameThenChanged() throws {
        let first = KeyPair().publicKey
        let second = KeyPair().publicKey
        #expect(try known.compare(first, of: "bob") == .new)
        try known.remember(first, of: "bob")
        #expect(try known.compare(first, of: "bob") == .same)
        let path = directory.file("keys/bob_public.key")
        #expect(try known.compare(second, of: "bob") == .changed(old: first, path: path))
        try known.remember(second, of: "bob")
        #expect(try known.compare(second, of: "bob") == .same)
        #expect(try directory.read("keys/bob_public.key") == "\(second.base64)\n")
    }

    @Test func theEarlierSendersFolderCounts() throws {
        let key = KeyPair().publicKey
        try FileManager.default.createDirectory(atPath: directory.file("certs"), withIntermediateDirectories: true)
        try directory.write(key.base64, to: "certs/bob_public.key")
        #expect(try known.compare(key, of: "bob") == .same)
        #expect(try known.compare(KeyPair().publicKey, of: "bob") != .new)
    }

    @Test(arguments: ["", "a/b", "..", ".hidden"])
    func namesThatWouldLeaveTheFolder(name: String) {
        #expect(throws: CommandFailure.self) { try known.key(of: name) }
    }

    @Test func aFileThatIsNoKeyIsAnError() throws {
        try FileManager.default.createDirectory(atPath: directory.file("keys"), withIntermediateDirectories: true)
        try directory.write("nonsense\n", to: "keys/bob_public.key")
        #expect(throws: CommandFailure.self) { try known.key(of: "bob") }
    }
}
