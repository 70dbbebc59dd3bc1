internal import CMQJournal
internal import Glibc
internal import Synchronization

/// The journal's directory in memory: no threads, no faults, and room for no more than a fuzzer needs.
final class MemoryFileSystem: JournalFileSystem {
    fileprivate struct State {
        var files: [String: [UInt8]]
        var open: [Int32: String] = [:]
        var next: Int32 = 3
    }

    /// A header may ask for any size; a real disk would be full as well.
    private static let fileBytesMax: UInt64 = 1 << 22

    private let state: Mutex<State>

    init(_ files: [String: [UInt8]]) {
        state = Mutex(State(files: files))
    }

    var files: [String: [UInt8]] { state.withLock { $0.files } }

    func open(_ path: String, _ access: FileAccess) throws(SystemCallError) -> Int32 {
        try state.withLock { (state) throws(SystemCallError) in
            if state.files[path] == nil || access.empties {
                guard access.creates else { throw SystemCallError(errno: ENOENT) }
                state.files[path] = []
            }
            state.next += 1
            state.open[state.next] = path
            return state.next
        }
    }

    func close(_ descriptor: Int32) {
        state.withLock { $0.open[descriptor] = nil }
    }

    func size(_ descriptor: Int32) throws(SystemCallError) -> UInt64 {
        state.withLock { UInt64($0.content(descriptor).count) }
    }

    func read(
        _ descriptor: Int32,
        into buffer: UnsafeMutableRawBufferPointer,
        at offset: UInt64
    ) throws(SystemCallError) -> Int {
        state.withLock { state in
            let content = state.content(descriptor)
            guard offset < UInt64(content.count) else { return 0 }
            let piece = content[Int(offset)...].prefix(buffer.count)
            piece.withUnsafeBytes { buffer.copyMemory(from: $0) }
            return piece.count
        }
    }

    func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(SystemCallError) -> Int {
        let end = offset.addingReportingOverflow(UInt64(bytes.count))
        guard !end.overflow, end.partialValue <= Self.fileBytesMax else { throw SystemCallError(errno: ENOSPC) }
        state.withLock { state in
            state.change(descriptor) { content in
                content.append(contentsOf: repeatElement(0, count: max(0, Int(end.partialValue) - content.count)))
                content.replaceSubrange(Int(offset)..<Int(end.partialValue), with: bytes)
            }
        }
        return bytes.count
    }

    func allocate(_ descriptor: Int32, bytes: UInt64) throws(SystemCallError) {
        guard bytes <= Self.fileBytesMax else { throw SystemCallError(errno: ENOSPC) }
        state.withLock { state in
            state.change(descriptor) { content in
                content.append(contentsOf: repeatElement(0, count: max(0, Int(bytes) - content.count)))
            }
        }
    }

    func synchronizeData(_ descriptor: Int32) throws(SystemCallError) {}

    func synchronize(_ descriptor: Int32) throws(SystemCallError) {}

    func synchronizeDirectory(_ path: String) throws(SystemCallError) {}

    func rename(_ path: String, to newPath: String) throws(SystemCallError) {
        try state.withLock { (state) throws(SystemCallError) in
            guard let content = state.files.removeValue(forKey: path) else { throw SystemCallError(errno: ENOENT) }
            state.files[newPath] = content
        }
    }

    func unlink(_ path: String) throws(SystemCallError) {
        try state.withLock { (state) throws(SystemCallError) in
            guard state.files.removeValue(forKey: path) != nil else { throw SystemCallError(errno: ENOENT) }
        }
    }

    func list(_ directory: String) throws(SystemCallError) -> [String] {
        state.withLock { state in
            state.files.keys.filter { $0.hasPrefix(directory + "/") }.map { String($0.dropFirst(directory.count + 1)) }
        }
    }

    func makeDirectory(_ path: String) throws(SystemCallError) {}

    func availableBytes(_ directory: String) throws(SystemCallError) -> UInt64 { .max }

    func lock(_ descriptor: Int32) throws(SystemCallError) -> Bool { true }
}

extension MemoryFileSystem.State {
    fileprivate func content(_ descriptor: Int32) -> [UInt8] {
        open[descriptor].flatMap { files[$0] } ?? []
    }

    fileprivate mutating func change(_ descriptor: Int32, _ body: (inout [UInt8]) -> Void) {
        guard let path = open[descriptor], var content = files.removeValue(forKey: path) else { return }
        body(&content)
        files[path] = content
    }
}
