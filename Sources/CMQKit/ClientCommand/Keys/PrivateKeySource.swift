package import CMQCommand
package import CMQCrypto
internal import CMQSecrets
internal import Foundation

/// Finds and reads the receiver's private key.
package struct PrivateKeySource {
    private static let name = "receiver_private.key"
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
    ) throws(CommandFailure) -> KeyPair {
        let path = try locate(environment, directory)
        let stored: StoredPrivateKey
        do throws(CryptoError) {
            if let warning = try KeyFile.permissionWarning(at: path) {
                diagnostics.warning(warning.message)
                diagnostics.hint(warning.hint)
            }
            stored = try KeyFile.readPrivateKey(at: path)
        } catch {
            throw CommandFailure(error)
        }
        do {
            return KeyPair(try stored.unlock { try passphrase(path, diagnostics) })
        } catch let error as CryptoError {
            throw CommandFailure(error)
        } catch let error as CommandFailure {
            throw error
        } catch {
            throw CommandFailure(.dataError, "cannot unlock \(path): \(error)")
        }
    }

    private func locate(_ environment: [String: String], _ directory: String) throws(CommandFailure) -> String {
        if let file { return file }
        if let path = environment["CMQ_PRIVATE_KEY"], !path.isEmpty { return path }
        let places = Self.folders.map { directory.isEmpty ? "\($0)\(Self.name)" : "\(directory)/\($0)\(Self.name)" }
        if let path = places.first(where: { FileManager.default.fileExists(atPath: $0) }) { return path }
        throw CommandFailure(
            .noInput,
            "there is no private key in \(places.joined(separator: ", "))",
            hint: "make one with cmq-keygen, or name it with --private-key"
        )
    }

    private func passphrase(_ path: String, _ diagnostics: Diagnostics) throws(CommandFailure) -> SecretBytes {
        if let passphraseFile { return try Passphrase.read(file: passphraseFile, diagnostics: diagnostics) }
        return try Passphrase.prompt("passphrase for \(path)", confirm: false)
    }
}
