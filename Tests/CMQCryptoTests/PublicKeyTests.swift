import CMQCrypto
import CMQSecrets
import Foundation
import Testing

@Suite struct PublicKeyTests {
    @Test func rfc7748Section61() throws {
        let alice = SecretBytes(copying: hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"))
        let pair = KeyPair(try PrivateKey(rawRepresentation: alice))
        #expect(
            pair.publicKey.rawRepresentation
                == hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
        )
    }

    @Test func agreesWithAnotherImplementation() throws {
        let file: Vectors.Envelopes = try Vectors.load("envelopes.json")
        let key = try Vectors.keyPair().publicKey
        #expect(key.base64 == file.public_key)
        #expect(key.fingerprint.filter { $0 != " " } == file.public_key_sha256)
        let groups = key.fingerprint.split(separator: " ", omittingEmptySubsequences: false)
        #expect(groups.count == 16)
        #expect(groups.allSatisfy { $0.count == 4 })
    }

    @Test(
        arguments: [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ]
    )
    func keysOfLowOrderAreRefused(point: String) {
        let error = #expect(throws: CryptoError.self) { try PublicKey(rawRepresentation: hex(point)) }
        #expect(error?.code == .weakPublicKey)
    }

    @Test(arguments: [0, 31, 33, 64])
    func otherLengthsAreRefused(count: Int) {
        let error = #expect(throws: CryptoError.self) {
            try PublicKey(rawRepresentation: RandomBytes.make(count: count))
        }
        #expect(error?.code == .malformedKey)
        let privateError = #expect(throws: CryptoError.self) {
            try PrivateKey(rawRepresentation: RandomBytes.makeSecret(count: count))
        }
        #expect(privateError?.code == .malformedKey)
    }

    @Test func aPrivateKeyOfZerosIsRefused() {
        let error = #expect(throws: CryptoError.self) {
            try PrivateKey(rawRepresentation: SecretBytes(copying: [UInt8](repeating: 0, count: 32)))
        }
        #expect(error?.code == .malformedKey)
    }

    @Test func codesAsBase64Text() throws {
        let key = KeyPair().publicKey
        let json = try JSONEncoder().encode([key])
        #expect(try JSONDecoder().decode([String].self, from: json) == [key.base64])
        #expect(try JSONDecoder().decode([PublicKey].self, from: json) == [key])
        #expect(throws: CryptoError.self) { try JSONDecoder().decode([PublicKey].self, from: Data(#"["AAAA"]"#.utf8)) }
    }

    @Test func privateKeysDoNotShowInText() {
        let pair = KeyPair()
        let secret = Base64.encode(pair.privateKey.rawRepresentation)
        let text = secret.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        #expect(!"\(pair)".contains(text))
        #expect("\(pair.privateKey)".contains("SecretBytes(32 bytes)"))
    }
}
