package import CMQCommand
package import CMQCrypto
internal import Foundation

/// The RSA public keys of receivers of generation 1.0, which came to their senders as files.
package struct RSAKeys: Sendable {
    private static let commonName = "receiver_public.pem"

    private let file: String?
    private let directory: String

    /// - Parameters:
    ///   - file: The key of every receiver; looked for where `nil`.
    ///   - directory: Where the keys of several receivers lie.
    package init(file: String? = nil, directory: String = "keys") {
        self.file = file
        self.directory = directory
    }

    /// - Throws: ``CommandFailure`` naming the places where the key was looked for.
    package func key(of receiver: String) throws(CommandFailure) -> RSAPublicKey {
        let path = try locate(receiver)
        do throws(CryptoError) {
            return try RSAKeyFile.readPublicKey(at: path)
        } catch {
            throw CommandFailure(error)
        }
    }

    private func locate(_ receiver: String) throws(CommandFailure) -> String {
        if let file { return file }
        let own = receiver.contains("/") ? [] : ["\(directory)/\(receiver)_public.pem"]
        let places = own + [Self.commonName, "\(directory)/\(Self.commonName)", "certs/\(Self.commonName)"]
        if let path = places.first(where: { FileManager.default.fileExists(atPath: $0) }) { return path }
        throw CommandFailure(
            .noInput,
            "there is no RSA key of '\(receiver)' in \(places.joined(separator: ", "))",
            hint: "get receiver_public.pem from the receiver, or name it with --rsa-key"
        )
    }
}
