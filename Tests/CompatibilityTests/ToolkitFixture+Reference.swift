import Foundation
import TestSupport

extension ToolkitFixture {
    func folder(_ client: String) -> URL { directory.url.appendingPathComponent(client) }

    /// Folders with certificates of `cmq-certs` and a `config.json` for reference clients.
    func prepareReference(_ clients: [String], _ generation: Generation, receivers: [String]) throws {
        for client in clients {
            let certificates = folder(client).appendingPathComponent("certs")
            try FileManager.default.createDirectory(at: certificates, withIntermediateDirectories: true)
            for (source, name) in [
                (pki.caPath, "ca.crt"), (try pki.clientCertificatePath(client), "client.crt"),
                (try pki.clientKeyPath(client), "client.key"),
            ] {
                try FileManager.default.copyItem(
                    at: URL(fileURLWithPath: source),
                    to: certificates.appendingPathComponent(name)
                )
            }
            try writeConfiguration(client, generation, receivers: receivers)
        }
    }

    func writeConfiguration(_ client: String, _ generation: Generation, receivers: [String]) throws {
        let text = ConfigurationSamples.client(generation, port: port, receivers: receivers)
        try Data(text.utf8).write(to: folder(client).appendingPathComponent("config.json"))
    }
}
