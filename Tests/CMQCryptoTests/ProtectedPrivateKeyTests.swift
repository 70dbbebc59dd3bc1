import CMQSecrets
import Foundation
import TestSupport
import Testing

@testable import CMQCrypto

@Suite struct ProtectedPrivateKeyTests {
    // As cheap as libsodium allows: what is tested here is not the cost.
    private let cheap = PassphraseCost(memoryKiB: 8, passes: 1)

    private func passphrase(_ text: String) -> SecretBytes {
        SecretBytes(copying: Array(text.utf8))
    }

    @Test func opensWhatAnotherImplementationProtected() throws {
        let stored = try KeyFile.readPrivateKey(at: Vectors.path("protected_private.key"))
        #expect(stored.isProtected)
        let key = try stored.unlock { passphrase("correct horse – Größe") }
        #expect(try key.publicKey == Vectors.keyPair().publicKey)
    }

    @Test func theRightPassphraseOpensAndAnotherDoesNot() throws {
        let key = PrivateKey()
        let protected = try ProtectedPrivateKey(protecting: key, passphrase: passphrase("right"), cost: cheap)
        let again = try ProtectedPrivateKey(text: protected.text)
        #expect(try again.unlock(passphrase: passphrase("right")).publicKey == key.publicKey)
        for wrong in ["wrong", "", "right ", "Right", "right\n"] {
            let error = #expect(throws: CryptoError.self) { try again.unlock(passphrase: passphrase(wrong)) }
            #expect(error?.code == .wrongPassphrase)
        }
    }

    @Test func saltAndNonceAreFresh() throws {
        let key = PrivateKey()
        let texts = try (0..<2).map { _ in
            try ProtectedPrivateKey(protecting: key, passphrase: passphrase("p"), cost: cheap).text.split(
                separator: ":"
            )
        }
        for field in 4...6 { #expect(texts[0][field] != texts[1][field]) }
        #expect(texts[0][..<4] == ["cmq-protected-key", "v1", "argon2id", "m=8,t=1"])
    }

    @Test func theDefaultCostIsModerate() throws {
        #expect(PassphraseCost.moderate.text == "m=262144,t=3")
        #expect(PassphraseCost("m=262144,t=3") == .moderate)
    }

    @Test func everyChangedCharacterIsRefused() throws {
        let text = try ProtectedPrivateKey(protecting: PrivateKey(), passphrase: passphrase("p"), cost: cheap).text
        for index in text.indices {
            // Another character of the alphabet, a digit for a digit: the form stays right wherever it can.
            let character = text[index]
            let other: Character = character.isNumber ? (character == "9" ? "8" : "9") : (character == "A" ? "B" : "A")
            let changed = text.replacingCharacters(in: index...index, with: String(other))
            #expect(throws: CryptoError.self, "position \(text.distance(from: text.startIndex, to: index))") {
                try ProtectedPrivateKey(text: changed).unlock(passphrase: passphrase("p"))
            }
        }
    }

    @Test(
        arguments: [
            "m=8589934592,t=3", "m=1048577,t=3", "m=7,t=3", "m=262144,t=0", "m=262144,t=17", "m=0262144,t=3",
            "m=+8,t=1", "m=-8,t=1", "m=8,t=", "m=,t=1", "t=1,m=8", "m=8", "m=8,t=1,p=4", "",
            "m=99999999999999999999,t=1",
            "m=8,t=1 ",
        ]
    )
    func costsOutOfBoundsAreRefusedBeforeTheyAreSpent(cost: String) throws {
        let text = try ProtectedPrivateKey(protecting: PrivateKey(), passphrase: passphrase("p"), cost: cheap).text
        let changed = text.replacing("m=8,t=1", with: cost)
        let error = #expect(throws: CryptoError.self) { try ProtectedPrivateKey(text: changed) }
        #expect(error?.code == .malformedKey)
    }

    @Test func unknownFormsAreNamed() throws {
        let text = try ProtectedPrivateKey(protecting: PrivateKey(), passphrase: passphrase("p"), cost: cheap).text
        let next = text.replacing(":v1:argon2id:", with: ":v2:argon3:")
        let error = #expect(throws: CryptoError.self) { try ProtectedPrivateKey(text: next) }
        #expect(error?.message.contains("v2 argon3") == true)
        for damaged in ["cmq-protected-key:", text + ":", String(text.dropLast(4)), text.replacing(":", with: ";")] {
            #expect(throws: CryptoError.self) { try ProtectedPrivateKey(text: damaged) }
        }
    }

    @Test func filesTellPlainFromProtected() throws {
        let directory = try TemporaryDirectory()
        let key = PrivateKey()
        let protected = try ProtectedPrivateKey(protecting: key, passphrase: passphrase("p"), cost: cheap)
        try KeyFile.write(.protected(protected), to: directory.file("protected"))
        try KeyFile.write(.plain(key), to: directory.file("plain"))
        #expect(try KeyFile.readPrivateKey(at: directory.file("protected")).isProtected)
        #expect(try !KeyFile.readPrivateKey(at: directory.file("plain")).isProtected)
        #expect(try SafeFile.permissions(at: directory.file("protected")) == 0o600)
        // Without the newline, as an editor may leave it.
        try directory.write(protected.text, to: "no-newline")
        let stored = try KeyFile.readPrivateKey(at: directory.file("no-newline"))
        #expect(try stored.unlock { passphrase("p") }.publicKey == key.publicKey)
    }
}
