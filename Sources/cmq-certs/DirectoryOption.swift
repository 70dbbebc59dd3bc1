internal import ArgumentParser
internal import CMQCertificates

struct DirectoryOption: ParsableArguments {
    @Option(help: ArgumentHelp("The folder of certificates and keys.", valueName: "folder"))
    var directory = "certs"

    var certificates: CertificateDirectory { CertificateDirectory(directory) }

    mutating func validate() throws {
        if directory.isEmpty { throw ValidationError("the folder's name is empty") }
    }
}
