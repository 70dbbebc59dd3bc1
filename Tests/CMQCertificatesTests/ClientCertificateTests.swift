import CMQCertificates
import Foundation
import TestSupport
import Testing

@Suite("A client's identity")
struct ClientCertificateTests {
    let temporary: TemporaryDirectory
    let pki: TestPKI

    init() throws {
        temporary = try TemporaryDirectory()
        pki = try TestPKI(in: temporary)
    }

    @Test("is the one common name")
    func parse() throws {
        let path = try pki.clientCertificatePath("alice")
        let certificate = try ClientCertificate.parse(der: der(path))
        let inspection = try CertificateInspection.read(at: path)
        #expect(certificate.commonName == "alice")
        #expect(certificate.issuer == "CN=CipherMQ-CA")
        #expect(certificate.notAfter == inspection.notAfter)
        #expect(certificate.serial.map { String(format: "%02x", $0) }.joined() == inspection.serial)
    }

    @Test(
        "is refused where it is none",
        arguments: ["/O=Lab", "/CN=alice/CN=bob", "/CN=alice/O=Lab/CN=alice"]
    )
    func notOne(_ subject: String) async throws {
        let path = try await OpenSSLReader.issueBare(subject: subject, by: pki, in: temporary)
        #expect(code(try der(path)) == .invalidIdentity)
    }

    @Test("is refused with a control character in it", arguments: [UInt8(0), 0x0A, 0x1B, 0x7F])
    func controlCharacter(_ byte: UInt8) throws {
        // The signature breaks too, but is not what is looked at here.
        let authentic = try der(pki.issueClient("alXice").certificatePath)
        var changed = authentic
        let position = try #require(authentic.indices.first { authentic[$0...].starts(with: "alXice".utf8) })
        changed[position + 2] = byte
        #expect(code(authentic) == nil)
        #expect(code(changed) == .invalidIdentity)
    }

    @Test("is refused with more than 64 characters")
    func tooLong() throws {
        let longest = try pki.issueClient(String(repeating: "é", count: 64))
        #expect(code(try der(longest.certificatePath)) == nil)
        // 65 ASCII characters in place of 64: openssl's own limit makes the DER by hand necessary.
        let authentic = try der(pki.issueClient(String(repeating: "b", count: 64)).certificatePath)
        let longer = try #require(lengthenedCommonName(authentic))
        #expect(code(longer) == .invalidIdentity)
    }

    @Test("is refused in a server's certificate")
    func server() throws {
        #expect(code(try der(pki.serverCertificatePath)) == .wrongPurpose)
    }

    @Test("is refused in garbage")
    func garbage() {
        #expect(code([]) == .malformed)
        #expect(code([0x30, 0x03, 1, 2, 3]) == .malformed)
    }

    private func code(_ der: [UInt8]) -> CertificateError.Code? {
        errorCode { () throws(CertificateError) in try ClientCertificate.parse(der: der) }
    }

    /// Inserts one character into the subject's common name, and adds one to the length of everything around it.
    private func lengthenedCommonName(_ der: [UInt8]) -> [UInt8]? {
        let name = [UInt8](repeating: UInt8(ascii: "b"), count: 64)
        guard let start = der.indices.first(where: { der[$0...].starts(with: name) }) else { return nil }
        var changed = der
        changed.insert(UInt8(ascii: "b"), at: start)
        // UTF8String, AttributeTypeAndValue, RelativeDistinguishedName, Name: one byte of length each.
        for offset in [1, 8, 10, 12] { changed[start - offset] += 1 }
        // TBSCertificate and Certificate: 30 82 and two bytes of length.
        for offset in [2, 6] {
            let length = UInt16(changed[offset]) << 8 + UInt16(changed[offset + 1]) + 1
            changed[offset] = UInt8(length >> 8)
            changed[offset + 1] = UInt8(length & 0xFF)
        }
        return changed
    }
}
