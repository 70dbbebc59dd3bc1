import CMQCrypto
import CMQSecrets
import Foundation

/// Files that other implementations made; see their `origin` members.
enum Vectors {
    struct Envelopes: Decodable {
        struct Sample: Decodable, NamedSample {
            var name: String
            var plaintext: String
            var envelope: String
        }
        var private_key: String
        var public_key: String
        var public_key_sha256: String
        var envelopes: [Sample]
    }

    struct AEAD: Decodable, NamedSample {
        var name: String
        var algorithm: String
        var key: String
        var nonce: String
        var associated_data: String
        var plaintext: String
        var ciphertext: String
        var tag: String
    }

    static func path(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Vectors/\(name)").path
    }

    static func load<Value: Decodable>(_ name: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    static func keyPair() throws -> KeyPair {
        let file: Envelopes = try load("envelopes.json")
        let bytes = Base64.decode(file.private_key) ?? []
        return KeyPair(try PrivateKey(rawRepresentation: SecretBytes(copying: bytes)))
    }
}

/// A vector is called by its name in the list of tests.
protocol NamedSample: Sendable, CustomStringConvertible {
    var name: String { get }
}

extension NamedSample {
    var description: String { name }
}

/// Bytes from hexadecimal digits.
func hex(_ text: String) -> [UInt8] {
    let digits = Array(text)
    return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0..<$0 + 2]), radix: 16) }
}
