import CMQSecrets
import Foundation
import Testing

@Suite struct Base64Tests {
    @Test(
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ]
    )
    func rfc4648(plain: String, text: String) {
        #expect(Base64.encode(Array(plain.utf8)) == text)
        #expect(Base64.decode(text) == Array(plain.utf8))
    }

    @Test func everyLengthAgreesWithFoundation() {
        for count in 0...200 {
            let bytes = RandomBytes.make(count: count)
            let text = Data(bytes).base64EncodedString()
            #expect(Base64.encode(bytes) == text)
            #expect(Base64.decode(text) == bytes)
            #expect(Base64.encodedCount(count) == text.utf8.count)
        }
    }

    @Test func everyByteValueInEveryPosition() {
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let valid = Array(Base64.encode(RandomBytes.make(count: 30)).utf8)
        for position in valid.indices {
            for byte in UInt8.min...UInt8.max {
                var text = valid
                text[position] = byte
                let decoded = text.withUnsafeBytes { Base64.decode($0) }
                // A single pad in the last place makes the text stand for one byte less; it is canonical
                // when the bits of the character before it allow it.
                guard byte != UInt8(ascii: "=") || position != valid.count - 1 else { continue }
                #expect((decoded != nil) == alphabet.contains(byte), "byte \(byte) at \(position)")
            }
        }
    }

    @Test(
        arguments: [
            "A", "AA", "AAA", "AAAAA", "Zg=", "Zg", "Zg===", "=", "==", "===", "====", "A===", "Zm9v=", "Zm9vYg=",
            "Zh==", "Zm9=", "Z=9v", "=m9v", "Zm9vZg==Zm9v", "Zm9v\n", "Zm 9v", "Zm9-", "Zm9_", "Zm9\u{0}",
            "\u{FF}\u{FF}",
        ]
    )
    func refusesWhatIsNotCanonical(text: String) {
        #expect(Base64.decode(text) == nil)
        var utf8 = text
        #expect(utf8.withUTF8 { Base64.decodeSecret(UnsafeRawBufferPointer($0)) == nil })
    }

    @Test func unusedBitsMustBeZero() {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        for (value, character) in alphabet.enumerated() {
            #expect((Base64.decode("A\(character)==") != nil) == (value % 16 == 0))
            #expect((Base64.decode("AA\(character)=") != nil) == (value % 4 == 0))
            #expect((Base64.decode("AAAAAAAAAAAAAAAAA\(character)==") != nil) == (value % 16 == 0))
        }
    }

    @Test func writesNothingBeyondItsLength() {
        for count in 0...64 {
            let bytes = RandomBytes.make(count: count)
            let text = Array(Base64.encode(bytes).utf8)
            var decoded = [UInt8](repeating: 0xEE, count: count + 8)
            let length = text.withUnsafeBytes { text in
                decoded.withUnsafeMutableBytes { Base64.decode(text, into: $0) }
            }
            #expect(length == count)
            #expect(decoded[count...].allSatisfy { $0 == 0xEE })
            var encoded = [UInt8](repeating: 0xEE, count: text.count + 8)
            bytes.withUnsafeBytes { bytes in
                encoded.withUnsafeMutableBytes { _ = Base64.encode(bytes, into: $0) }
            }
            #expect(encoded[..<text.count].elementsEqual(text))
            #expect(encoded[text.count...].allSatisfy { $0 == 0xEE })
        }
    }

    @Test func secretsStayInSecretMemory() throws {
        let secret = RandomBytes.makeSecret(count: 32)
        let text = Base64.encode(secret)
        let again = try #require(text.withUnsafeBytes { Base64.decodeSecret($0) })
        #expect(again.isEqual(to: secret))
        #expect("\(again)" == "SecretBytes(32 bytes)")
    }

    @Test func appendsBehindWhatIsThere() {
        var output = Array("x=".utf8)
        Array("foob".utf8).withUnsafeBytes { Base64.append($0, to: &output) }
        #expect(String(decoding: output, as: UTF8.self) == "x=Zm9vYg==")
    }
}
