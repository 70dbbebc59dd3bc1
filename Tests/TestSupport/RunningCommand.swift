package import Foundation
internal import Synchronization

/// A real process of the toolkit (or of the system), whose pipes are drained while it runs.
package final class RunningCommand: Sendable {
    /// The folder with the built executables: where the test bundle itself lies.
    package static let buildDirectory: URL = {
        #if os(Linux)
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        #else
        Bundle.main.bundleURL.deletingLastPathComponent()
        #endif
    }()

    private enum Stream {
        case output
        case errors
    }

    private struct State {
        var output = Data()
        var errors = Data()
        var openStreams = 2
        var status: Int32?
        var waiters: [@Sendable (borrowing State) -> Bool] = []

        subscript(stream: Stream) -> Data {
            get { stream == .output ? output : errors }
            set {
                if stream == .output { output = newValue } else { errors = newValue }
            }
        }
    }

    /// Held while pipes are made and processes started: one that starts meanwhile would inherit another one's pipes,
    /// or the socket by which Foundation notices its end, and keep them open as long as it lives itself.
    private static let starting = Mutex(())
    private let process = Process()
    private let input: Pipe
    /// Held while the input is written or closed: its descriptor may be somebody else's afterwards.
    private let inputAccess = Mutex(())
    private let state = Mutex(State())

    /// Starts `program`: a name of ours is looked up in the build directory, anything else in `PATH`.
    package init(
        _ program: String,
        _ arguments: [String] = [],
        in directory: URL? = nil,
        environment: [String: String] = [:]
    ) throws {
        let (input, output, errors) = Self.starting.withLock { _ in (Pipe(), Pipe(), Pipe()) }
        self.input = input
        if program.hasPrefix("/") {
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = arguments
        } else if program.hasPrefix("cmq-") {
            process.executableURL = Self.buildDirectory.appendingPathComponent(program)
            process.arguments = arguments
        } else {
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [program] + arguments
        }
        process.environment = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("CMQ_") }
            .merging(environment) { $1 }
        process.currentDirectoryURL = directory
        process.terminationHandler = { [self] process in
            // What stays open, or refers to this process from within it, adds up in a run of thousands.
            process.terminationHandler = nil
            try? closeInput()
            update {
                $0.status =
                    process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
            }
        }
        process.standardInput = input
        process.standardOutput = output
        process.standardError = errors
        try Self.starting.withLock { _ in try process.run() }
        drain(output.fileHandleForReading, into: .output)
        drain(errors.fileHandleForReading, into: .errors)
    }

    package var processIdentifier: Int32 { process.processIdentifier }

    /// Whether the process is gone.
    package var hasEnded: Bool { state.withLock { $0.status != nil } }

    /// Writes to the process's standard input.
    ///
    /// - Throws: When the process is gone, too: its end does not end the test with SIGPIPE.
    package func write(_ text: String) throws {
        var pipe = sigset_t()
        var before = sigset_t()
        sigemptyset(&pipe)
        sigaddset(&pipe, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &pipe, &before)
        defer {
            var now = timespec()
            if sigismember(&before, SIGPIPE) == 0 { sigtimedwait(&pipe, nil, &now) }
            pthread_sigmask(SIG_SETMASK, &before, nil)
        }
        try inputAccess.withLock { _ in try input.fileHandleForWriting.write(contentsOf: Data(text.utf8)) }
    }

    package func closeInput() throws {
        try inputAccess.withLock { _ in try input.fileHandleForWriting.close() }
    }

    /// Sends a signal; SIGKILL where a crash is wanted.
    package func signal(_ number: Int32) {
        kill(process.processIdentifier, number)
    }

    /// Waits until the process has ended and both its pipes are drained.
    package func finish() async -> CommandResult {
        await wait { $0.status != nil && $0.openStreams == 0 }
        return state.withLock {
            CommandResult(status: $0.status ?? -1, standardOutput: $0.output, standardError: $0.errors)
        }
    }

    /// Waits until standard error contains `text`, or the process has ended; says which.
    @discardableResult
    package func waitForErrors(containing text: String) async -> Bool {
        await waitFor(text, in: .errors)
    }

    /// Waits until standard output contains `text`, or the process has ended; says which.
    @discardableResult
    package func waitForOutput(containing text: String) async -> Bool {
        await waitFor(text, in: .output)
    }

    /// Waits until standard output has at least `count` lines, or the process has ended; says which.
    @discardableResult
    package func waitForOutput(lines count: Int) async -> Bool {
        let enough: @Sendable (borrowing State) -> Bool = { state in
            state.output.reduce(0) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) } >= count
        }
        await wait { enough($0) || ($0.status != nil && $0.openStreams == 0) }
        return state.withLock { enough($0) }
    }

    /// What was written to standard output and standard error so far.
    package var soFar: (output: String, errors: String) {
        state.withLock { (String(decoding: $0.output, as: UTF8.self), String(decoding: $0.errors, as: UTF8.self)) }
    }

    private func waitFor(_ text: String, in stream: Stream) async -> Bool {
        let wanted = Data(text.utf8)
        await wait { state in
            state[stream].range(of: wanted) != nil || (state.status != nil && state.openStreams == 0)
        }
        return state.withLock { $0[stream].range(of: wanted) != nil }
    }

    private func wait(until condition: @escaping @Sendable (borrowing State) -> Bool) async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                if condition(state) {
                    continuation.resume()
                } else {
                    state.waiters.append { state in
                        guard condition(state) else { return false }
                        continuation.resume()
                        return true
                    }
                }
            }
        }
    }

    /// Reads to the end on a thread of its own: readability handlers race with descriptors that are used again.
    private func drain(_ handle: FileHandle, into stream: Stream) {
        Thread.detachNewThread { [self] in
            while true {
                let data = handle.availableData
                update {
                    $0[stream].append(data)
                    if data.isEmpty { $0.openStreams -= 1 }
                }
                if data.isEmpty { return (try? handle.close()) ?? () }
            }
        }
    }

    private func update(_ change: (inout State) -> Void) {
        state.withLock { state in
            change(&state)
            let waiters = state.waiters
            state.waiters = []
            let remaining = waiters.filter { !$0(state) }
            state.waiters = remaining
        }
    }
}

/// Runs a program to its end, with `input` on its standard input.
@discardableResult
package func run(
    _ program: String,
    _ arguments: [String] = [],
    input: String = "",
    in directory: URL? = nil,
    environment: [String: String] = [:]
) async throws -> CommandResult {
    let command = try RunningCommand(program, arguments, in: directory, environment: environment)
    // A process that ends early closes its end: that is its right, not a failure of the test.
    let writer = Task.detached {
        try? command.write(input)
        try? command.closeInput()
    }
    let result = await command.finish()
    await writer.value
    return result
}
