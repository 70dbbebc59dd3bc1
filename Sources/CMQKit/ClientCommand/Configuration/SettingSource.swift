internal import CMQCommand
internal import Foundation

/// Looks settings up where they may be: flag, environment, configuration file, usual place.
struct SettingSource {
    let environment: [String: String]
    let directory: String?

    /// The flag, or the variable where it is not empty.
    func value(_ flag: String?, _ variable: String) -> String? {
        if let flag { return flag }
        guard let text = environment[variable], !text.isEmpty else { return nil }
        return text
    }

    func configurationFile(_ flag: String?) throws(CommandFailure) -> ClientConfigurationFile? {
        if let path = value(flag, "CMQ_CONFIG") { return try ClientConfigurationFile.read(path) }
        let path = place(ClientConfigurationFile.defaultName)
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return try ClientConfigurationFile.read(path)
    }

    func server(_ flag: String?, _ file: ClientConfigurationFile?) throws(CommandFailure) -> ServerAddress {
        if let text = value(flag, "CMQ_SERVER") { return try ServerAddress(text) }
        return ServerAddress(host: file?.host ?? "localhost", port: file?.port ?? ServerAddress.defaultPort)
    }

    /// The three files that say who we are and whom we trust.
    func identity(
        _ options: ConnectionOptions,
        _ file: ClientConfigurationFile?
    ) throws(CommandFailure) -> (authority: String, certificate: String, key: String) {
        let authority = value(options.ca, "CMQ_CA") ?? file?.certificateAuthority ?? place("certs/ca.crt")
        let certificate = value(options.cert, "CMQ_CERT")
        let key = value(options.key, "CMQ_KEY")
        switch (certificate, key) {
        case (let certificate?, let key?): return (authority, certificate, key)
        case (let certificate?, nil): return (authority, certificate, Self.sibling(of: certificate, "key"))
        case (nil, let key?): return (authority, Self.sibling(of: key, "crt"), key)
        case (nil, nil): break
        }
        if let name = value(options.identity, "CMQ_IDENTITY") {
            guard !name.contains("/"), name != "..", name != ".", !name.isEmpty else {
                throw CommandFailure(
                    .usage,
                    "'\(name)' cannot be an identity",
                    hint: "it is the name of a folder in certs/clients"
                )
            }
            return (authority, place("certs/clients/\(name)/client.crt"), place("certs/clients/\(name)/client.key"))
        }
        if let certificate = file?.certificate {
            return (authority, certificate, file?.privateKey ?? Self.sibling(of: certificate, "key"))
        }
        let folder = try onlyClient()
        return (authority, place("certs/clients/\(folder)/client.crt"), place("certs/clients/\(folder)/client.key"))
    }

    private func onlyClient() throws(CommandFailure) -> String {
        let folder = place("certs/clients")
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
            .filter { FileManager.default.fileExists(atPath: "\(folder)/\($0)/client.crt") }
        guard let first = names.first else {
            throw CommandFailure(
                .noInput,
                "there is no client certificate in \(folder)",
                hint: "make one with 'cmq-certs NAME', or use --cert and --key"
            )
        }
        guard names.count == 1 else {
            throw CommandFailure(
                .usage,
                "there are several client certificates in \(folder)",
                hint: "choose one with --identity: \(names.prefix(10).joined(separator: ", "))"
            )
        }
        return first
    }

    private func place(_ name: String) -> String {
        directory.map { "\($0)/\(name)" } ?? name
    }

    private static func sibling(of path: String, _ suffix: String) -> String {
        let stem = (path as NSString).deletingPathExtension
        return "\(stem).\(suffix)"
    }
}
