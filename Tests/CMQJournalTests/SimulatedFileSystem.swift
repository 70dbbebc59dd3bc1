import CMQJournal
import Foundation
import Synchronization

/// A disk in memory that fails, shortens, forgets and lies on request.
///
/// Files are cached like a kernel does it: what was written is visible at once and durable after a sync; names are
/// durable after a sync of their directory. A failed sync leaves its pages clean, as Linux does.
final class SimulatedFileSystem: JournalFileSystem {
    enum Operation: Hashable, CaseIterable, Sendable {
        case open, read, write, allocate, syncData, sync, syncDirectory, rename, unlink
    }

    struct Node {
        var cached: [UInt8] = []
        var durable: [UInt8] = []
        var dirtySectors: Set<Int> = []
    }

    struct Disk {
        var nodes: [Int: Node] = [:]
        var names: [String: Int] = [:]
        var durableNames: [String: Int] = [:]
        /// What happened to names since the directory was synced, in order; each step is one or none.
        var unsyncedSteps: [[String: Int?]] = []
    }

    struct State {
        var disk = Disk()
        var descriptors: [Int32: Int] = [:]
        var nextDescriptor: Int32 = 3
        var nextNode = 1
        var locks: [Int: Int32] = [:]
        var counts: [Operation: Int] = [:]
        var fault: DiskFault?
        var isFaultReached = false
        var shortensWrites = false
        var lies = false
        var available: UInt64 = .max
        var history: [String] = []
        var observer: (@Sendable (Disk) -> Void)?
    }

    static let sector = 512

    let state: Mutex<State>
    /// While closed, `fdatasync` waits.
    let gate = SyncGate()

    init(disk: Disk = Disk()) {
        var state = State()
        state.disk = disk
        state.nextNode = (disk.nodes.keys.max() ?? 0) + 1
        self.state = Mutex(state)
    }

    var disk: Disk { state.withLock { $0.disk } }

    func change(_ body: (inout State) -> Void) {
        state.withLock { body(&$0) }
    }

    func count(_ operation: Operation) -> Int {
        state.withLock { $0.counts[operation] ?? 0 }
    }

    private func perform<Result: Sendable>(
        _ operation: Operation,
        _ body: (inout State, DiskFault.Outcome?) throws(SystemCallError) -> Result
    ) throws(SystemCallError) -> Result {
        try state.withLock { (state) throws(SystemCallError) in
            let count = (state.counts[operation] ?? 0) + 1
            state.counts[operation] = count
            var outcome: DiskFault.Outcome?
            if let fault = state.fault, fault.strikes(operation, count: count) {
                state.isFaultReached = true
                outcome = fault.outcome
                if outcome == .fails { throw SystemCallError(errno: fault.errno) }
            }
            let result = try body(&state, outcome)
            if outcome == .failsHalfway { throw SystemCallError(errno: state.fault?.errno ?? EIO) }
            if operation != .read, operation != .open { state.observer?(state.disk) }
            return result
        }
    }

    func open(_ path: String, _ access: FileAccess) throws(SystemCallError) -> Int32 {
        try perform(.open) { (state, _) throws(SystemCallError) in
            var node = state.disk.names[path]
            if node == nil {
                guard access.creates else { throw SystemCallError(errno: ENOENT) }
                node = state.nextNode
                state.nextNode += 1
                state.disk.nodes[state.nextNode - 1] = Node()
                state.disk.names[path] = node
                state.disk.unsyncedSteps.append([path: node])
            } else if access.empties, let node {
                state.disk.nodes[node]?.cached = []
            }
            let descriptor = state.nextDescriptor
            state.nextDescriptor += 1
            state.descriptors[descriptor] = node
            return descriptor
        }
    }

    func close(_ descriptor: Int32) {
        state.withLock { state in
            if let node = state.descriptors.removeValue(forKey: descriptor), state.locks[node] == descriptor {
                state.locks[node] = nil
            }
        }
    }

    func size(_ descriptor: Int32) throws(SystemCallError) -> UInt64 {
        state.withLock { UInt64($0.node(descriptor).cached.count) }
    }

    func read(
        _ descriptor: Int32,
        into buffer: UnsafeMutableRawBufferPointer,
        at offset: UInt64
    ) throws(SystemCallError) -> Int {
        let bytes: ArraySlice<UInt8> = try perform(.read) { (state, outcome) throws(SystemCallError) in
            let cached = state.node(descriptor).cached
            let start = min(Int(offset), cached.count)
            let count = outcome == .shortens ? (buffer.count + 1) / 2 : buffer.count
            return cached[start..<min(start + count, cached.count)]
        }
        bytes.withUnsafeBytes { buffer.copyMemory(from: $0) }
        return bytes.count
    }

    func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(SystemCallError) -> Int {
        var bytes = [UInt8](bytes)
        return try perform(.write) { (state, outcome) throws(SystemCallError) in
            if outcome == .lies { return bytes.count }
            let isShort = state.shortensWrites || outcome == .shortens || outcome == .failsHalfway
            if isShort, bytes.count > 1 { bytes.removeLast(bytes.count / 2) }
            let count = bytes.count
            state.changeNode(descriptor) { node in
                let end = Int(offset) + count
                if node.cached.count < end {
                    node.cached += [UInt8](repeating: 0, count: end - node.cached.count)
                }
                node.cached.replaceSubrange(Int(offset)..<end, with: bytes)
                for sector in (Int(offset) / Self.sector)...(max(end - 1, Int(offset)) / Self.sector) {
                    node.dirtySectors.insert(sector)
                }
            }
            return count
        }
    }

    func allocate(_ descriptor: Int32, bytes: UInt64) throws(SystemCallError) {
        try perform(.allocate) { (state, outcome) throws(SystemCallError) in
            guard outcome != .lies else { return }
            state.changeNode(descriptor) { node in
                let missing = Int(outcome == .failsHalfway ? bytes / 2 : bytes) - node.cached.count
                if missing > 0 { node.cached += [UInt8](repeating: 0, count: missing) }
            }
        }
    }

    func synchronizeData(_ descriptor: Int32) throws(SystemCallError) {
        gate.pass()
        try synchronize(descriptor, as: .syncData)
    }

    func synchronize(_ descriptor: Int32) throws(SystemCallError) {
        try synchronize(descriptor, as: .sync)
    }

    private func synchronize(_ descriptor: Int32, as operation: Operation) throws(SystemCallError) {
        do {
            try perform(operation) { (state, outcome) throws(SystemCallError) in
                guard !state.lies, outcome != .lies else { return }
                state.changeNode(descriptor) { $0.persist { outcome == nil || $0.isMultiple(of: 2) } }
            }
        } catch {
            state.withLock { state in state.changeNode(descriptor) { $0.dirtySectors = [] } }
            throw error
        }
    }

    func synchronizeDirectory(_ path: String) throws(SystemCallError) {
        try perform(.syncDirectory) { (state, outcome) throws(SystemCallError) in
            guard !state.lies, outcome != .lies else { return }
            state.disk.durableNames = state.disk.names
            state.disk.unsyncedSteps = []
        }
    }

    func rename(_ path: String, to newPath: String) throws(SystemCallError) {
        try perform(.rename) { (state, outcome) throws(SystemCallError) in
            guard outcome != .lies else { return }
            guard let node = state.disk.names.removeValue(forKey: path) else { throw SystemCallError(errno: ENOENT) }
            state.disk.names[newPath] = node
            state.disk.unsyncedSteps.append([path: nil, newPath: node])
            state.history.append("\(name(path)) > \(name(newPath))")
        }
    }

    func unlink(_ path: String) throws(SystemCallError) {
        try perform(.unlink) { (state, outcome) throws(SystemCallError) in
            guard outcome != .lies else { return }
            guard state.disk.names.removeValue(forKey: path) != nil else { throw SystemCallError(errno: ENOENT) }
            state.disk.unsyncedSteps.append([path: nil])
            state.history.append("delete \(name(path))")
        }
    }

    func list(_ directory: String) throws(SystemCallError) -> [String] {
        state.withLock { state in
            state.disk.names.keys.filter { $0.hasPrefix(directory + "/") }.map { name($0) }
        }
    }

    func makeDirectory(_ path: String) throws(SystemCallError) {}

    func availableBytes(_ directory: String) throws(SystemCallError) -> UInt64 {
        state.withLock { $0.available }
    }

    func lock(_ descriptor: Int32) throws(SystemCallError) -> Bool {
        state.withLock { state in
            guard let node = state.descriptors[descriptor], state.locks[node] == nil else { return false }
            state.locks[node] = descriptor
            return true
        }
    }

    private func name(_ path: String) -> String {
        String(path[path.index(after: path.lastIndex(of: "/") ?? path.startIndex)...])
    }
}

extension SimulatedFileSystem.State {
    /// Lets a later call of `operation` fail, the next one being the first.
    mutating func fail(_ operation: SimulatedFileSystem.Operation, inCalls number: Int) {
        fault = DiskFault(operation: operation, number: (counts[operation] ?? 0) + number)
    }

    func node(_ descriptor: Int32) -> SimulatedFileSystem.Node {
        descriptors[descriptor].flatMap { disk.nodes[$0] } ?? SimulatedFileSystem.Node()
    }

    mutating func changeNode(_ descriptor: Int32, _ body: (inout SimulatedFileSystem.Node) -> Void) {
        guard let number = descriptors[descriptor], var node = disk.nodes.removeValue(forKey: number) else { return }
        body(&node)
        disk.nodes[number] = node
    }
}

extension SimulatedFileSystem.Node {
    /// - Parameter keepsLength: Whether the file's length is durable then as well.
    mutating func persist(keepsLength: Bool = true, where isChosen: (Int) -> Bool) {
        let size = SimulatedFileSystem.sector
        for sector in dirtySectors where isChosen(sector) {
            let start = sector * size
            let end = min(start + size, cached.count)
            guard start < end else { continue }
            if durable.count < end { durable += [UInt8](repeating: 0, count: end - durable.count) }
            durable.replaceSubrange(start..<end, with: cached[start..<end])
        }
        if keepsLength, durable.count < cached.count {
            durable += [UInt8](repeating: 0, count: cached.count - durable.count)
        }
        dirtySectors = []
    }
}

extension SimulatedFileSystem.Disk {
    /// What a power cut leaves: any of the sectors and lengths that were not synced, and the names up to some step.
    ///
    /// - Parameter dropsAll: Whether nothing is left that was not synced.
    func afterPowerCut(seed: UInt64, dropsAll: Bool = false) -> Self {
        var random = SeededGenerator(seed: seed)
        var disk = self
        var names = durableNames
        let steps = dropsAll ? 0 : Int.random(in: 0...unsyncedSteps.count, using: &random)
        for step in unsyncedSteps.prefix(steps) {
            for (path, node) in step { names[path] = node }
        }
        disk.names = names
        disk.durableNames = names
        disk.unsyncedSteps = []
        for (number, var node) in disk.nodes.sorted(by: { $0.key < $1.key }) {
            let share = dropsAll ? 0 : [0, 50, 90, 100].randomElement(using: &random) ?? 0
            let keepsLength = !dropsAll && Bool.random(using: &random)
            node.dirtySectors = Set(
                node.dirtySectors.sorted().filter { _ in Int.random(in: 0..<100, using: &random) < share }
            )
            node.persist(keepsLength: keepsLength) { _ in true }
            node.cached = node.durable
            disk.nodes[number] = node
        }
        return disk
    }

    /// The bytes of a file, by its name without the directory.
    subscript(name: String) -> [UInt8] {
        get { names["/journal/\(name)"].flatMap { nodes[$0]?.cached } ?? [] }
        set {
            guard let number = names["/journal/\(name)"] else { return }
            nodes[number] = SimulatedFileSystem.Node(cached: newValue, durable: newValue)
        }
    }

    var fileNames: [String] { names.keys.map { String($0.dropFirst("/journal/".count)) }.sorted() }

    mutating func delete(_ name: String) {
        names["/journal/\(name)"] = nil
        durableNames["/journal/\(name)"] = nil
    }
}

/// Lets a test hold a sync and know that it is being held.
final class SyncGate: Sendable {
    private nonisolated(unsafe) var isClosed = false
    private nonisolated(unsafe) var waiting = 0
    private let condition = NSCondition()

    func close() {
        condition.withLock { isClosed = true }
    }

    func open() {
        condition.withLock {
            isClosed = false
            condition.broadcast()
        }
    }

    /// Waits until a sync is held.
    func waitForSync() {
        condition.withLock {
            while waiting == 0 { condition.wait() }
        }
    }

    func pass() {
        condition.withLock {
            waiting += 1
            condition.broadcast()
            while isClosed { condition.wait() }
            waiting -= 1
        }
    }
}

/// SplitMix64: the same seed gives the same run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
