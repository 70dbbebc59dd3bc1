import CMQJournal
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct JournalInspectorTests {
    @Test func aJournalIsShownByteForByteWhileItIsOpen() throws {
        let fileSystem = SimulatedFileSystem()
        var configuration = JournalConfiguration.small(segmentBytes: 512)
        configuration.idleMarkDelay = .seconds(3600)
        let opened = try OpenedJournal(configuration, fileSystem)
        let records = try opened.appendDurably([payload(200), payload(3)]) + opened.appendDurably([payload(250)])
        try opened.writeCheckpoint(at: records[1].nextPosition, payload(77))
        let inspector = JournalInspector(directory: "/journal", fileSystem: fileSystem)
        var lines: [String] = []
        let verification = try inspector.walk { entry in
            lines.append("\(entry.position) \(entry.kind) \(entry.payloadBytes) \(entry.isIntact) \(entry.offset)")
            if entry.role == .record {
                #expect(
                    records.contains(
                        StoredRecord(position: entry.position, kind: entry.kind, payload: [UInt8](entry.payload))
                    )
                )
            }
            return true
        }
        #expect(
            lines == [
                "0 255 8 true 4096", "24 1 200 true 4120", "240 2 3 true 4336", "264 255 8 true 4360",
                "288 254 0 true 4384", "512 1 250 true 4096",
            ]
        )
        #expect(verification.recordCount == 3)
        #expect(verification.payloadBytes == 453)
        #expect(verification.endPosition == 784)
        #expect(verification.provenThrough == 264)
        #expect(verification.problems.isEmpty)
        #expect(verification.segments.map(\.basePosition) == [0, 512])
        #expect(verification.segments.map(\.endPosition) == [512, 1024])
        #expect(verification.segments.map(\.fileBytes) == [4608, 4608])
        #expect(verification.checkpoints.map(\.position) == [264])
        #expect(verification.checkpoints.map(\.payloadBytes) == [77])
        var seen = 0
        _ = try inspector.walk(from: 240) { _ in
            seen += 1
            return seen < 2
        }
        #expect(seen == 2)
        try opened.journal.close()
        #expect(try inspector.verify().provenThrough == 784)
    }

    @Test func theFirstProblemHasItsSegmentAndOffset() throws {
        let fileSystem = SimulatedFileSystem()
        let opened = try OpenedJournal(.small(segmentBytes: 512), fileSystem)
        var records: [StoredRecord] = []
        for _ in 0..<6 { records += try opened.appendDurably([payload(100), payload(50)]) }
        try opened.journal.close()
        let damaged = records[3]
        let name = (damaged.position / 512 * 512).name(".segment")
        let offset = 4096 + Int(damaged.position % 512)
        for (byte, shown) in [(offset, false), (offset + 16, true)] {
            var disk = fileSystem.disk
            disk[name][byte] ^= 1
            let inspector = JournalInspector(directory: "/journal", fileSystem: SimulatedFileSystem(disk: disk))
            var broken: [JournalPosition] = []
            let verification = try inspector.walk { entry in
                if !entry.isIntact { broken.append(entry.position) }
                return true
            }
            #expect(verification.problems.map(\.code) == [.corruptSegment])
            #expect(verification.problems.first?.path == "/journal/\(name)")
            #expect(verification.problems.first?.offset == UInt64(offset))
            // A record whose header is right can be stepped over.
            #expect(broken == (shown ? [damaged.position] : []))
            #expect(verification.recordCount == records.count - 1 || !shown)
        }
    }

    @Test func nothingIsChangedAndNoJournalIsSaidSo() throws {
        let directory = try TemporaryDirectory()
        let inspector = JournalInspector(directory: directory.path)
        let error = #expect(throws: JournalError.self) { try inspector.verify() }
        #expect(error?.message == "there is no journal here")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    }

    @Test func aLiveJournalIsNeverCalledDamaged() async throws {
        let directory = try TemporaryDirectory()
        var configuration = JournalConfiguration.small(segmentBytes: 4096, spares: 1)
        configuration.directory = directory.file("journal")
        configuration.idleMarkDelay = .zero
        let opened = try OpenedJournal(configuration, LocalFileSystem())
        let path = configuration.directory
        let isDone = Atomic(false)
        let inspecting = Task.detached {
            var problems: [JournalError] = []
            for _ in 0..<40 { problems += try JournalInspector(directory: path).verify().problems }
            isDone.store(true, ordering: .releasing)
            return problems
        }
        var step = 0
        while !isDone.load(ordering: .acquiring) {
            let records = try opened.append([payload(step % 200), payload(40)])
            if step % 20 == 19 {
                opened.progress.wait(for: records[1].nextPosition)
                try opened.writeCheckpoint(at: records[1].nextPosition, [])
                opened.journal.retire { _ in true }
            }
            step += 1
            await Task.yield()
        }
        let problems = try await inspecting.value
        #expect(problems.isEmpty, "\(problems)")
        try opened.journal.close()
    }
}
