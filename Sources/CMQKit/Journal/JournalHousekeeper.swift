internal import Synchronization

/// Deletes or recycles retired segments and prepares spare ones, on a thread of its own: neither may hold up a sync.
///
/// Nothing here is needed for correctness. What fails is left as it is; the next start finds it again.
final class JournalHousekeeper: Sendable {
    private struct State {
        var retired: [SegmentStore.Retired] = []
        var isStopping = false
        var thread: JournalThread?
        var lastError: JournalError?
        var lastBegin: ContinuousClock.Instant?
        /// Whether segments follow each other so fast that none is to be prepared.
        var isHurried = false
    }

    /// After so long without a new segment the hurry is over.
    private static let calm = Duration.seconds(1)

    private let segments: SegmentStore
    private let fileSystem: any JournalFileSystem
    private let configuration: JournalConfiguration
    private let state = Mutex(State())
    private let wake = Semaphore()

    init(segments: SegmentStore, configuration: JournalConfiguration, fileSystem: any JournalFileSystem) {
        self.segments = segments
        self.configuration = configuration
        self.fileSystem = fileSystem
    }

    var lastError: JournalError? { state.withLock { $0.lastError } }

    func start() throws(JournalError) {
        let thread = try JournalThread(named: "journal-keeper") { self.run() }
        state.withLock { $0.thread = thread }
        wake.signal()
    }

    /// Ends after the segments retired so far are gone.
    func stop() {
        let thread = state.withLock { state in
            state.isStopping = true
            let thread = state.thread
            state.thread = nil
            return thread
        }
        wake.signal()
        thread?.join()
    }

    func dispose(_ retired: [SegmentStore.Retired]) {
        state.withLock { $0.retired += retired }
        wake.signal()
    }

    /// A segment was begun, perhaps with a spare.
    func prepareSpares() {
        let now = ContinuousClock.now
        state.withLock { state in
            state.isHurried = state.lastBegin.map { now - $0 < configuration.spareInterval } ?? false
            state.lastBegin = now
        }
        wake.signal()
    }

    private func run() {
        while true {
            waitForWork()
            let retired = state.withLock { state in
                let retired = state.retired
                state.retired = []
                return retired
            }
            attempt { () throws(JournalError) in try remove(retired) }
            // One failure is enough: a full disk does not get better by trying on.
            while !isStopping, !isHurried, segments.spareCount < configuration.spareSegments {
                var isPrepared = false
                attempt { () throws(JournalError) in isPrepared = try prepareSpare() }
                if !isPrepared { break }
            }
            if state.withLock({ $0.isStopping && $0.retired.isEmpty }) { return }
        }
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }
    private var isHurried: Bool { state.withLock { $0.isHurried } }

    private func waitForWork() {
        guard isHurried else { return wake.wait() }
        if !wake.wait(atMost: max(Self.calm, configuration.spareInterval)) { state.withLock { $0.isHurried = false } }
    }

    private func attempt(_ step: () throws(JournalError) -> Void) {
        do throws(JournalError) {
            try step()
        } catch {
            state.withLock { $0.lastError = error }
        }
    }

    private func remove(_ retired: [SegmentStore.Retired]) throws(JournalError) {
        guard !retired.isEmpty else { return }
        var failure: JournalError?
        var recycled: [UInt64] = []
        for segment in retired {
            let path = segments.layout.segment(segment.extent.base)
            let isWanted = segments.spareCount + recycled.count < configuration.spareSegments
            do throws(JournalError) {
                if segment.isUnused, isWanted, segment.extent.capacity == UInt64(segments.segmentBytes) {
                    let number = segments.reserveSpare()
                    try fileSystem.move(path, to: segments.layout.spare(number))
                    recycled.append(number)
                } else {
                    try fileSystem.remove(path)
                }
            } catch {
                failure = error
            }
        }
        // Before a recycled file gets another header: were the rename lost, that header would lie under the old name.
        try fileSystem.syncDirectory(segments.layout.directory)
        segments.add(spares: recycled)
        if let failure { throw failure }
    }

    /// Fills a file with zeros; false when the journal is about to close or space is short.
    private func prepareSpare() throws(JournalError) -> Bool {
        let extent = SegmentExtent(base: 0, capacity: UInt64(segments.segmentBytes))
        let available = (try? fileSystem.availableBytes(segments.layout.directory)) ?? 0
        guard available >= configuration.lowWaterBytes + extent.fileBytes else { return false }
        let number = segments.reserveSpare()
        let path = segments.layout.spare(number)
        let temporary = segments.layout.temporary(for: path)
        do throws(JournalError) {
            let file = try JournalFile(temporary, .createUncached, in: fileSystem, laterNamed: path)
            try file.allocate(bytes: extent.fileBytes)
            let isFilled = try withZeroedBytes(JournalFormat.transferBytes) { (zeros) throws(JournalError) in
                var offset: UInt64 = 0
                while offset < extent.fileBytes {
                    if isStopping { return false }
                    let count = Int(min(UInt64(zeros.count), extent.fileBytes - offset))
                    try file.write(
                        UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(zeros)[..<count]),
                        at: offset
                    )
                    offset += UInt64(count)
                }
                return true
            }
            guard isFilled else {
                try fileSystem.remove(temporary)
                return false
            }
            try file.sync()
            try fileSystem.move(temporary, to: path)
            try fileSystem.syncDirectory(segments.layout.directory)
        } catch {
            // The next start sweeps it in any case.
            try? fileSystem.remove(temporary)
            throw error
        }
        segments.add(spares: [number])
        return true
    }
}
