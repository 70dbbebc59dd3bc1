package import CMQCommand
package import CMQCrypto
internal import CMQSecrets
internal import Foundation

/// The receivers' public keys that were seen before, one file each, so that a key which changes is noticed.
package struct KnownKeys: Sendable {
    package enum Verdict: Equatable, Sendable {
        /// The first key of this receiver.
        case new
        case same
        /// Another key than before: the receiver made a new one, or somebody pretends to be it.
        case changed(old: PublicKey, path: String)
    }

    /// Where keys are written.
    package let directory: String
    /// Where earlier senders kept them.
    private let olderDirectories: [String]

    package init(directory: String = "keys", olderDirectories: [String] = ["certs", "receiver_keys"]) {
        self.directory = directory
        self.olderDirectories = olderDirectories
    }

    /// The key of `receiver` as it was seen last, and its file.
    ///
    /// - Throws: ``CommandFailure`` when a file is there and not a key.
    package func key(of receiver: String) throws(CommandFailure) -> (key: PublicKey, path: String)? {
        for folder in [directory] + olderDirectories {
            let path = try Self.path(folder, receiver)
            guard FileManager.default.fileExists(atPath: path) else { continue }
            do throws(CryptoError) {
                return (try KeyFile.readPublicKey(at: path), path)
            } catch {
                throw CommandFailure(error)
            }
        }
        return nil
    }

    /// Compares the broker's key with the one that is known.
    package func compare(_ key: PublicKey, of receiver: String) throws(CommandFailure) -> Verdict {
        guard let (known, path) = try self.key(of: receiver) else { return .new }
        return known == key ? .same : .changed(old: known, path: path)
    }

    /// Notes a key for the next time.
    package func remember(_ key: PublicKey, of receiver: String) throws(CommandFailure) {
        let path = try Self.path(directory, receiver)
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure(
                .cannotCreate,
                "cannot create the folder \(directory)",
                hint: "choose another with --keys"
            )
        }
        do throws(CryptoError) {
            try KeyFile.write(key, to: path, existing: .replace)
        } catch {
            throw CommandFailure(.cannotCreate, error.message, hint: "choose another folder with --keys")
        }
    }

    private static func path(_ folder: String, _ receiver: String) throws(CommandFailure) -> String {
        guard !receiver.isEmpty, !receiver.contains("/"), !receiver.hasPrefix("."), receiver.utf8.count <= 200 else {
            throw CommandFailure(.usage, "'\(receiver)' cannot be the name of a receiver")
        }
        return "\(folder)/\(receiver)_public.key"
    }
}
