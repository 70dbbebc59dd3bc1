import CMQJournal
import Foundation
import TestSupport
import Testing

@Suite struct RoundTripTests {
    @Test func recordsOfAllSizesComeBackFromRealFiles() throws {
        let directory = try TemporaryDirectory()
        var configuration = JournalConfiguration.small(segmentBytes: 4096, spares: 2)
        configuration.directory = directory.file("journal")
        var written: [StoredRecord] = []
        for round in 0..<3 {
            let opened = try OpenedJournal(configuration, LocalFileSystem())
            #expect(opened.records == written)
            #expect(opened.report.recordCount == written.count)
            #expect(opened.report.droppedBytes == 0)
            for size in [0, 1, 7, 8, 9, 15, 16, 17, 600, 4040, 4064, 4072, 4080, 4088, 4096, 5000, 20_000] {
                written += try opened.append([payload(size, seed: UInt64(round)), payload(size % 9)])
            }
            try opened.journal.close()
        }
        let opened = try OpenedJournal(configuration, LocalFileSystem())
        #expect(opened.records == written)
        try opened.journal.close()
    }

    @Test(arguments: stride(from: 8, through: 256, by: 8).map { $0 })
    func aSegmentMayEndAnywhere(segmentRemainder: Int) throws {
        let disk = SimulatedFileSystem()
        let configuration = JournalConfiguration.small(segmentBytes: 512 + segmentRemainder)
        var opened = try OpenedJournal(configuration, disk)
        var written: [StoredRecord] = []
        for size in 0..<40 {
            written += try opened.append([payload(size * 7), payload(size)])
        }
        try opened.journal.close()
        opened = try OpenedJournal(configuration, disk)
        #expect(opened.records == written)
        #expect(opened.report.segments.count > 5)
        for (segment, next) in zip(opened.report.segments, opened.report.segments.dropFirst()) {
            #expect(segment.endPosition == next.basePosition)
        }
        for record in written {
            let read = try opened.journal.read(at: record.position, expecting: 10) { StoredRecord($0) }
            #expect(read == record)
        }
        try opened.journal.close()
    }

    @Test func aRecordOfTheLargestSizeIsTakenAndALargerOneIsNot() throws {
        let disk = SimulatedFileSystem()
        var configuration = JournalConfiguration.small()
        configuration.recordBytesMax = 3 << 20
        var opened = try OpenedJournal(configuration, disk)
        let written = try opened.append([payload(5), payload(3 << 20), payload(6)])
        let batch = try opened.journal.makeBatch()
        let error = #expect(throws: JournalError.self) {
            try batch.append(kind: 1, payloadSize: 3 << 20 + 1) { _ in }
        }
        #expect(error?.code == .recordTooLarge)
        try opened.journal.commit(batch)
        try opened.journal.close()
        opened = try OpenedJournal(configuration, disk)
        #expect(opened.records == written)
        try opened.journal.close()
    }

    @Test func aChunkServesRecordsFromMemory() throws {
        let opened = try OpenedJournal(.small(), SimulatedFileSystem())
        let batch = try opened.journal.makeBatch()
        let contents = [payload(0), payload(9), payload(700), payload(6000)]
        let placements = try contents.map { content in
            try content.withUnsafeBytes { try batch.append(kind: 7, $0) }
        }
        try opened.journal.commit(batch)
        for (placement, content) in zip(placements, contents) {
            let bytes = placement.chunk.withUnsafeBytes(at: placement.position, length: content.count) { [UInt8]($0) }
            #expect(bytes == content)
            let record = placement.chunk.withRecord(at: placement.position) { StoredRecord($0) }
            #expect(record == StoredRecord(position: placement.position, kind: 7, payload: content))
            #expect(
                placement.chunk.withRecord(at: placement.chunk.basePosition + UInt64(placement.chunk.count)) { _ in 1 }
                    == nil
            )
        }
        try opened.journal.close()
    }

    @Test func anAbandonedBatchLeavesNoTrace() throws {
        let disk = SimulatedFileSystem()
        var opened = try OpenedJournal(.small(), disk)
        var written = try opened.append([payload(10)])
        do {
            let batch = try opened.journal.makeBatch()
            for _ in 0..<20 {
                try batch.append(kind: 9, payloadSize: 300) { $0.initializeMemory(as: UInt8.self, repeating: 9) }
            }
        }
        written += try opened.append([payload(11), payload(900)])
        try opened.journal.commit(try opened.journal.makeBatch())
        written += try opened.append([payload(12)])
        try opened.journal.close()
        opened = try OpenedJournal(.small(), disk)
        #expect(opened.records == written)
        try opened.journal.close()
    }

    @Test func shortWritesAreContinued() throws {
        let disk = SimulatedFileSystem()
        disk.change { $0.shortensWrites = true }
        var opened = try OpenedJournal(.small(), disk)
        let written = try opened.append([payload(100), payload(2000), payload(30)])
        try opened.journal.close()
        opened = try OpenedJournal(.small(), disk)
        #expect(opened.records == written)
        try opened.journal.close()
    }

    @Test func theCallersErrorStopsTheReplayAndKeepsItsReason() throws {
        struct Unknown: Error {}
        let disk = SimulatedFileSystem()
        let opened = try OpenedJournal(.small(), disk)
        let written = try opened.append([payload(10), payload(20)])
        try opened.journal.close()
        let error = #expect(throws: JournalError.self) {
            _ = try Journal.open(
                .small(),
                fileSystem: disk,
                onCheckpoint: { _ in },
                onRecord: { record in if record.position == written[1].position { throw Unknown() } }
            )
        }
        #expect(error?.code == .rejectedByCaller)
        #expect(error?.cause is Unknown)
        #expect(error?.offset == 4096 + written[1].position)
    }

    @Test func anInvalidConfigurationIsRefused() {
        var configuration = JournalConfiguration.small(segmentBytes: 1001)
        #expect(refusal(configuration, SimulatedFileSystem())?.code == .invalidConfiguration)
        configuration = .small()
        configuration.spareSegments = -1
        #expect(refusal(configuration, SimulatedFileSystem())?.code == .invalidConfiguration)
    }
}
