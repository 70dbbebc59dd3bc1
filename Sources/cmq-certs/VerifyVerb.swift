public import ArgumentParser
public import CMQCertificates
internal import CMQCommand
internal import Foundation

struct VerifyVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Say whether certificates would be accepted.",
        discussion: """
            Prints one line for each file: the file, a colon, and OK or the reason. The exit status is 1 when \
            the answer is no for any of them.

            EXAMPLES
              cmq-certs verify --purpose server certs/server.crt
              cmq-certs verify --ca other/ca.crt --crl other/ca.crl client.crt
            """
    )

    @OptionGroup var folder: DirectoryOption

    @Argument(help: ArgumentHelp("Certificates in PEM or DER.", valueName: "file"))
    var files: [String]

    @Option(help: ArgumentHelp("The trusted authorities instead of the folder's ca.crt.", valueName: "file"))
    var ca: String?

    @Option(
        help: ArgumentHelp(
            "Their revocation list. Without --crl and --ca: the folder's ca.crl, where there is one.",
            valueName: "file"
        )
    )
    var crl: String?

    @Option(help: "The side of the connection: client or server.")
    var purpose: CertificatePurpose?

    func run() throws {
        let refusals = try reportingCertificateErrors {
            try files.filter { try !isAccepted($0) }
        }
        if !refusals.isEmpty { throw ExitCode(ExitStatus.failure.rawValue) }
    }

    private func isAccepted(_ file: String) throws -> Bool {
        let refusal = try refusal(of: file)
        try StandardOutput.print(Diagnostics.printable("\(file): \(refusal?.message ?? "OK")"))
        return refusal == nil
    }

    private func refusal(of file: String) throws(CertificateError) -> CertificateError? {
        do {
            _ = try CertificateVerification.verify(
                file,
                authority: ca ?? folder.certificates.authority.certificatePath,
                crl: revocationList,
                purpose: purpose
            )
            return nil
        } catch {
            guard error.isRefusal else { throw error }
            return error
        }
    }

    private var revocationList: String? {
        if let crl { return crl }
        let usual = folder.certificates.revocationListPath
        return ca == nil && FileManager.default.fileExists(atPath: usual) ? usual : nil
    }
}

extension CertificatePurpose: ExpressibleByArgument {}
