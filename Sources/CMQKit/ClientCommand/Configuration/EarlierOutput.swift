package import CMQCommand
internal import Foundation

/// The files that the receivers of CipherMQ 1.3 to 1.5 wrote, for programs that read them.
package struct EarlierOutput: Equatable, Sendable {
    /// For each queue, in the order of the subscriptions.
    package let files: [(queue: String, path: String)]

    /// - Returns: `nil` when the settings do not come from such a client's configuration.
    package init?(_ settings: ClientSettings, _ subscriptions: [Subscription]) {
        guard let file = settings.file, file.isOfEarlierClient else { return nil }
        var queues: [String] = []
        for subscription in subscriptions where !queues.contains(subscription.queue) {
            queues.append(subscription.queue)
        }
        files = queues.map { ($0, Self.path($0, file)) }
    }

    package static func == (left: EarlierOutput, right: EarlierOutput) -> Bool {
        left.files.elementsEqual(right.files) { $0 == $1 }
    }

    /// 1.3 and 1.4 had one file, 1.4.1 and later, with `bindings`, one for each queue. What is there goes on.
    private static func path(_ queue: String, _ file: ClientConfigurationFile) -> String {
        let common = "received_messages.jsonl"
        // A queue's name may have a slash; a file's may not.
        let own = "\(queue.replacing("/", with: "_"))_received_messages.jsonl"
        let folder = ConfigurationFields.resolve("data", besides: file.path)
        let ordered = file.bindings.isEmpty ? [common, own] : [own, common]
        let name = ordered.first { FileManager.default.fileExists(atPath: "\(folder)/\($0)") } ?? ordered[0]
        return "\(folder)/\(name)"
    }

    /// Makes the folder.
    package func prepare() throws(CommandFailure) {
        for file in files {
            let folder = (file.path as NSString).deletingLastPathComponent
            do {
                try FileManager.default.createDirectory(
                    atPath: folder,
                    withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700]
                )
            } catch {
                throw CommandFailure(.cannotCreate, "cannot create the folder \(folder)", hint: "use --output FILE")
            }
        }
    }
}
