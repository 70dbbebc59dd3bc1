import CMQCertificates
import TestSupport
import Testing

@Suite("Names")
struct NameTests {
    static let sixtyFour = String(repeating: "a", count: 64)

    @Test(
        "usable common names",
        arguments: ["a", "alice", "FL-LAB", "a.b", "a b", "ünï", "日本", "نام\u{200C}ها", "a..b", "~", sixtyFour]
    )
    func usable(_ name: String) throws {
        #expect(try CommonName(name).text == name)
    }

    @Test(
        "unusable common names",
        arguments: [
            ("", "is empty"),
            (sixtyFour + "a", "has more than 64 characters"),
            (String(repeating: "𝒳", count: 64), "has more than 255 bytes"),
            ("a/b", "contains a slash"),
            ("/", "contains a slash"),
            ("..", "begins with a dot"),
            (".", "begins with a dot"),
            (".ssh", "begins with a dot"),
            ("-rf", "begins with a dash"),
            (" a", "begins or ends with a blank"),
            ("a ", "begins or ends with a blank"),
            ("a\u{A0}", "begins or ends with a blank"),
            ("a\u{0}b", "contains a control character"),
            ("a\nb", "contains a control character"),
            ("a\u{1B}[2J", "contains a control character"),
            ("a\u{7F}", "contains a control character"),
            ("a\u{85}b", "contains a control character"),
            ("a\u{202E}b", "contains a control character"),
            ("a\u{2028}b", "contains a control character"),
            ("a\u{200B}b", "contains a control character"),
        ]
    )
    func unusable(_ name: String, _ reason: String) throws {
        let error = #expect(throws: CertificateError.self) { try CommonName(name) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.hasSuffix(reason) == true)
        #expect(error?.message.unicodeScalars.contains { $0.value < 32 || $0.value == 0x202E } == false)
    }

    @Test("host names", arguments: ["localhost", "broker.example", "*.example", "a_b.c-d", "127-0-0-1.nip.io"])
    func host(_ name: String) throws {
        #expect(try SubjectAlternativeName.dns(checking: name).description == "DNS:\(name)")
    }

    @Test(
        "what is no host name",
        arguments: ["", "a b", "a..b", ".a", "a.", "-a", "a-", "*", "a.*", "a,DNS:b", "ä.example", "a\u{0}b"]
            + [String(repeating: "a", count: 64), String(repeating: "a.", count: 127) + "b"]
    )
    func notHost(_ name: String) {
        #expect(throws: CertificateError.self) { try SubjectAlternativeName.dns(checking: name) }
    }

    @Test(
        "addresses in their canonical form",
        arguments: [
            ("127.0.0.1", "IP:127.0.0.1"), ("::1", "IP:::1"), ("::", "IP:::"), ("2001:db8::", "IP:2001:db8::"),
            ("2001:DB8:0:0:1:0:0:1", "IP:2001:db8::1:0:0:1"), ("1:0:2:3:4:5:6:7", "IP:1:0:2:3:4:5:6:7"),
            ("1:0:0:2:0:0:0:3", "IP:1:0:0:2::3"),
        ]
    )
    func address(_ text: String, _ canonical: String) throws {
        #expect(try SubjectAlternativeName.address(parsing: text).description == canonical)
    }

    @Test("what is no address", arguments: ["", "localhost", "127.0.0", "256.0.0.1", "1::2::3", "127.0.0.1/8"])
    func notAddress(_ text: String) {
        #expect(throws: CertificateError.self) { try SubjectAlternativeName.address(parsing: text) }
    }
}
