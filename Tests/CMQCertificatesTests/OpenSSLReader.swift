import CMQCertificates
import Foundation
import TestSupport
import Testing

/// The openssl command as a reader (and, for certificates of other tools, a maker) that shares no code with ours.
enum OpenSSLReader {
    static func text(of certificate: String) async throws -> String {
        try await succeed(["x509", "-in", certificate, "-noout", "-text"])
    }

    static func textOfList(_ path: String) async throws -> String {
        try await succeed(["crl", "-in", path, "-noout", "-text"])
    }

    /// Runs `openssl verify`; the status says whether it accepts.
    static func verify(
        _ certificate: String,
        ca: String,
        crl: String? = nil,
        purpose: String
    ) async throws -> CommandResult {
        let revocation = crl.map { ["-crl_check", "-CRLfile", $0] } ?? []
        // Strict mode also checks that our certificates carry all that RFC 5280 asks for.
        return try await run(
            "openssl",
            ["verify", "-x509_strict", "-purpose", purpose, "-CAfile", ca] + revocation + [certificate]
        )
    }

    @discardableResult
    static func succeed(_ arguments: [String]) async throws -> String {
        let result = try await run("openssl", arguments)
        try #require(result.status == 0, "openssl \(arguments): \(result.errors)")
        return result.output
    }

    /// A leaf certificate without any extension, as earlier tools made them.
    static func issueBare(
        subject: String,
        key: [String] = ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
        by pki: TestPKI,
        in directory: TemporaryDirectory
    ) async throws -> String {
        let name = "bare-\(UUID().uuidString.prefix(8))"
        let request = directory.file("\(name).csr")
        let certificate = directory.file("\(name).crt")
        try await succeed(
            ["req", "-new", "-utf8", "-nodes", "-subj", subject, "-keyout", directory.file("\(name).key")]
                + ["-out", request, "-newkey"] + key
        )
        try await succeed([
            "x509", "-req", "-in", request, "-CA", pki.caPath, "-CAkey", pki.caKeyPath, "-CAcreateserial",
            "-days", "30", "-out", certificate,
        ])
        return certificate
    }
}

/// The content of a file with one PEM block.
func der(_ path: String) throws -> [UInt8] {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let base64 = text.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
    return [UInt8](try #require(Data(base64Encoded: base64)))
}

func permissions(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return try #require(attributes[.posixPermissions] as? Int)
}

/// The code of the error that `body` throws; `nil` when it throws none.
func errorCode(_ body: () throws(CertificateError) -> some Any) -> CertificateError.Code? {
    do {
        _ = try body()
        return nil
    } catch {
        return error.code
    }
}
