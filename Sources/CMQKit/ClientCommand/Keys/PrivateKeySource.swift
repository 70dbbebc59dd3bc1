package import CMQCommand
package import CMQCrypto
internal import CMQSecrets
internal import Foundation

/// Finds and reads the receiver's private keys: the X25519 key, and the RSA key of generation 1.0 where there is one.
package struct PrivateKeySource {
    private static let name = "receiver_private.key"
    private static let rsaName = "receiver_private.pem"
    private static let folders = ["", "keys/", "certs/"]

    private let file: String?
    private let passphraseFile: String?

    /// - Parameters:
    ///   - file: The key's file; looked for where `nil`.
    ///   - passphraseFile: The file with its passphrase; asked for on the terminal where `nil`.
    package init(file: String?, passphraseFile: String?) {
        self.file = file
        self.passphraseFile = passphraseFile
    }

    /// - Throws: ``CommandFailure`` naming the places where it was looked for.
    package func read(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        directory: String = "",
        diagnostics: Diagnostics
    ) throws(CommandFailure) -> OpeningKeys {
        var keys = OpeningKeys()
        for path in try locate(environment, directory) {
            let isPEM: Bool
            do throws(CryptoError) {
                isPEM = try RSAKeyFile.isPEM(at: path)
                if let warning = try KeyFile.permissionWarning(at: path) {
                    diagnostics.warning(warning.message)
                    diagnostics.hint(warning.hint)
                }
                if isPEM { keys.rsaKey = try RSAKeyFile.readPrivateKey(at: path) }
            } catch {
                throw CommandFailure(error)
            }
            if !isPEM { keys.keyPair = try readKeyPair(path, diagnostics) }
        }
        return keys
    }

    private func readKeyPair(_ path: String, _ diagnostics: Diagnostics) throws(CommandFailure) -> KeyPair {
        do {
            let stored = try KeyFile.readPrivateKey(at: path)
            return KeyPair(try stored.unlock { try passphrase(path, diagnostics) })
        } catch let error as CryptoError {
            throw CommandFailure(error)
        } catch let error as CommandFailure {
            throw error
        } catch {
            throw CommandFailure(.dataError, "cannot unlock \(path): \(error)")
        }
    }

    /// The file that is named, or the first of each kind in the usual places.
    private func locate(_ environment: [String: String], _ directory: String) throws(CommandFailure) -> [String] {
        if let file { return [file] }
        if let path = environment["CMQ_PRIVATE_KEY"], !path.isEmpty { return [path] }
        let folders = Self.folders.map { directory.isEmpty ? $0 : "\(directory)/\($0)" }
        let found = [Self.name, Self.rsaName].compactMap { name in
            folders.map { $0 + name }.first { FileManager.default.fileExists(atPath: $0) }
        }
        guard found.isEmpty else { return found }
        throw CommandFailure(
            .noInput,
            "there is no private key in \(folders.map { $0 + Self.name }.joined(separator: ", "))",
            hint: "make one with cmq-keygen, or name it with --private-key"
        )
    }

    private func passphrase(_ path: String, _ diagnostics: Diagnostics) throws(CommandFailure) -> SecretBytes {
        if let passphraseFile { return try Passphrase.read(file: passphraseFile, diagnostics: diagnostics) }
        return try Passphrase.prompt("passphrase for \(path)", confirm: false)
    }
}
