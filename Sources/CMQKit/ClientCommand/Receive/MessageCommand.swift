internal import CMQCommand
internal import CMQWire
internal import Dispatch
internal import Foundation

/// A shell command that is run for each message, with the plaintext on its standard input.
struct MessageCommand: Sendable {
    let command: String

    /// Runs the command, and returns its exit status once it has ended; 128 and the number for a signal.
    func run(_ id: MessageID, _ text: [UInt8]) async throws(CommandFailure) -> Int32 {
        let result = await withCheckedContinuation { continuation in
            // A thread of its own: the command may take long, and tasks share few threads.
            DispatchQueue.global().async {
                continuation.resume(returning: Result { try runAndWait(id, text) })
            }
        }
        do {
            return try result.get()
        } catch {
            throw CommandFailure(.inputOutput, "cannot run the command: \(error.localizedDescription)")
        }
    }

    private func runAndWait(_ id: MessageID, _ text: [UInt8]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        process.environment = ProcessInfo.processInfo.environment.merging(["CMQ_MESSAGE_ID": id.description]) { $1 }
        let input = Pipe()
        process.standardInput = input
        try process.run()
        // A command need not read its input; then writing fails, which is its right.
        try? input.fileHandleForWriting.write(contentsOf: Data(text))
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    }
}
