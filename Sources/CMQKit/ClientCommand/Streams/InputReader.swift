internal import CMQCommand
internal import CMQSecrets
internal import Dispatch
internal import Foundation
internal import Synchronization

/// Reads files, or standard input, on a thread of its own, and only as far ahead as somebody takes
/// what was read.
final class InputReader: Sendable {
    enum Taken {
        case chunk([UInt8])
        /// Nothing has arrived yet; the notification comes again.
        case nothing
        case end
    }

    private struct State {
        var chunks: [[UInt8]] = []
        var isEnded = false
        var failure: CommandFailure?
        var isStopped = false
        /// Whether something is being read that is there already, and so belongs to what was read.
        var isReading = false
    }

    private static let chunkBytes = 256 << 10
    private static let chunksAhead = 2

    private let state = Mutex(State())
    // Starts at zero and is raised: dispatch ends a process that drops one below its first value.
    private let room = DispatchSemaphore(value: 0)
    private let notify: @Sendable () -> Void

    /// - Parameters:
    ///   - paths: Files in order, `-` for standard input; none means standard input.
    ///   - notify: Called when there is something to take.
    init(_ paths: [String], notify: @escaping @Sendable () -> Void) throws(CommandFailure) {
        self.notify = notify
        var descriptors: [(Int32, String)] = []
        for path in paths.isEmpty ? ["-"] : paths {
            let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw .reading(FileError("read", path, errno: errno)) }
            descriptors.append((descriptor, path == "-" ? "standard input" : path))
        }
        for _ in 0..<Self.chunksAhead { room.signal() }
        let sources = descriptors
        let thread = Thread { [self] in readAll(sources) }
        thread.name = "input"
        thread.start()
    }

    /// What was read and not yet taken, in order.
    ///
    /// - Throws: The failure to read, after everything that was read before it.
    func take() throws(CommandFailure) -> Taken {
        let taken = state.withLock { state -> Result<Taken, CommandFailure> in
            if !state.chunks.isEmpty { return .success(.chunk(state.chunks.removeFirst())) }
            if let failure = state.failure {
                state.failure = nil
                return .failure(failure)
            }
            return .success(state.isEnded && !state.isReading ? .end : .nothing)
        }
        let result = try taken.get()
        if case .chunk = result { room.signal() }
        return result
    }

    /// Ends the input behind what was read, which can still be taken; a read that waits is left to itself.
    func stop() {
        state.withLock { state in
            state.isEnded = true
            state.isStopped = true
        }
        notify()
    }

    private func readAll(_ sources: [(descriptor: Int32, name: String)]) {
        for (index, source) in sources.enumerated() {
            defer {
                if source.descriptor != STDIN_FILENO { close(source.descriptor) }
            }
            while true {
                room.wait()
                guard beginReading(source.descriptor) else { return }
                var failure: CommandFailure?
                let chunk = Self.read(source.descriptor, source.name, failure: &failure)
                if let failure { return end(failure) }
                guard put(chunk) else { return }
                guard !chunk.isEmpty else {
                    room.signal()
                    break
                }
            }
            // A file whose last line has no end must not run into the next one.
            if index + 1 < sources.count {
                room.wait()
                guard put(Array("\n".utf8)) else { return }
            }
        }
        end(nil)
    }

    /// Waits until there is something to read, or the end; says whether it is to be read.
    private func beginReading(_ descriptor: Int32) -> Bool {
        // Before the reading counts as begun: who stops waits for what is there, not for what may never come.
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&entry, 1, -1) < 0, errno == EINTR {}
        return state.withLock { state in
            state.isReading = !state.isStopped
            return state.isReading
        }
    }

    /// Hands over what was read, nothing at the end of a file; says whether reading goes on.
    private func put(_ chunk: [UInt8]) -> Bool {
        let goesOn = state.withLock { state in
            if !chunk.isEmpty { state.chunks.append(chunk) }
            state.isReading = false
            return !state.isStopped
        }
        notify()
        return goesOn
    }

    private func end(_ failure: CommandFailure?) {
        state.withLock { state in
            state.failure = failure
            state.isEnded = true
            state.isReading = false
        }
        notify()
    }

    private static func read(_ descriptor: Int32, _ name: String, failure: inout CommandFailure?) -> [UInt8] {
        var code: Int32 = 0
        let chunk = [UInt8](unsafeUninitializedCapacity: chunkBytes) { buffer, initialized in
            var count = Glibc.read(descriptor, buffer.baseAddress, chunkBytes)
            while count < 0, errno == EINTR { count = Glibc.read(descriptor, buffer.baseAddress, chunkBytes) }
            if count < 0 { code = errno }
            initialized = max(0, count)
        }
        if code != 0 { failure = CommandFailure(.inputOutput, FileError("read", name, errno: code).description) }
        return chunk
    }
}
