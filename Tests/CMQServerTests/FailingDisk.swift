import CMQJournal
import Foundation
import Synchronization

/// The real file system, until a test lets a kind of call fail.
final class FailingDisk: JournalFileSystem {
    enum Operation: CaseIterable, Sendable {
        case read, write, allocate, syncData
    }

    private let real = LocalFileSystem()
    private let held = Mutex<(operation: Operation?, waiting: Int)>((nil, 0))
    private let gate = DispatchSemaphore(value: 0)
    private let failing = Mutex<(operation: Operation, errno: Int32)?>(nil)

    /// From now on each call of this kind fails.
    func fail(_ operation: Operation, errno: Int32 = EIO) {
        failing.withLock { $0 = (operation, errno) }
    }

    func heal() {
        failing.withLock { $0 = nil }
    }

    /// From now on each call of this kind waits for ``release()``.
    func hold(_ operation: Operation) {
        held.withLock { $0.operation = operation }
    }

    func release() {
        held.withLock { held in
            for _ in 0..<held.waiting { gate.signal() }
            held = (nil, 0)
        }
    }

    private func check(_ operation: Operation) throws(SystemCallError) {
        let isHeld = held.withLock { held in
            guard held.operation == operation else { return false }
            held.waiting += 1
            return true
        }
        if isHeld { gate.wait() }
        let failing = failing.withLock { $0 }
        if let failing, failing.operation == operation { throw SystemCallError(errno: failing.errno) }
    }

    func open(_ path: String, _ access: FileAccess) throws(SystemCallError) -> Int32 { try real.open(path, access) }

    func close(_ descriptor: Int32) { real.close(descriptor) }

    func size(_ descriptor: Int32) throws(SystemCallError) -> UInt64 { try real.size(descriptor) }

    func read(
        _ descriptor: Int32,
        into buffer: UnsafeMutableRawBufferPointer,
        at offset: UInt64
    ) throws(SystemCallError) -> Int {
        try check(.read)
        return try real.read(descriptor, into: buffer, at: offset)
    }

    func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(SystemCallError) -> Int {
        try check(.write)
        return try real.write(descriptor, bytes, at: offset)
    }

    func allocate(_ descriptor: Int32, bytes: UInt64) throws(SystemCallError) {
        try check(.allocate)
        try real.allocate(descriptor, bytes: bytes)
    }

    func synchronizeData(_ descriptor: Int32) throws(SystemCallError) {
        try check(.syncData)
        try real.synchronizeData(descriptor)
    }

    func synchronize(_ descriptor: Int32) throws(SystemCallError) { try real.synchronize(descriptor) }

    func synchronizeDirectory(_ path: String) throws(SystemCallError) { try real.synchronizeDirectory(path) }

    func rename(_ path: String, to newPath: String) throws(SystemCallError) { try real.rename(path, to: newPath) }

    func unlink(_ path: String) throws(SystemCallError) { try real.unlink(path) }

    func list(_ directory: String) throws(SystemCallError) -> [String] { try real.list(directory) }

    func makeDirectory(_ path: String) throws(SystemCallError) { try real.makeDirectory(path) }

    func availableBytes(_ directory: String) throws(SystemCallError) -> UInt64 { try real.availableBytes(directory) }

    func lock(_ descriptor: Int32) throws(SystemCallError) -> Bool { try real.lock(descriptor) }
}
