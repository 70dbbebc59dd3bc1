import CMQJournal
import Foundation
import Testing

@Suite struct RepairTests {
    private static let configuration = JournalConfiguration.small(segmentBytes: 256)

    /// Repairs what `disk` holds, and starts on it.
    private func repaired(
        _ disk: SimulatedFileSystem.Disk
    ) throws -> (report: JournalRepairReport, records: [StoredRecord], fileSystem: SimulatedFileSystem) {
        let fileSystem = SimulatedFileSystem(disk: disk)
        let report = try JournalRepair(directory: "/journal", fileSystem: fileSystem).run(backup: "/backup")
        let opened = try OpenedJournal(Self.configuration, fileSystem)
        let more = try opened.appendDurably([payload(33, seed: 7)])
        try opened.journal.close()
        let again = try OpenedJournal(Self.configuration, fileSystem, starts: false)
        try again.journal.close()
        #expect(again.records == opened.records + more)
        return (report, opened.records, fileSystem)
    }

    /// Whatever byte of the log is damaged: one place is given up, it is named, and all other records are there.
    @Test(arguments: 0..<4)
    func aDamagedByteCostsTheRecordThatItIsInAndNoOther(share: Int) throws {
        let (disk, records, _) = try DamageTests.written(checkpoints: false)
        var repairs = 0
        for name in disk.fileNames where name.hasSuffix("segment") {
            for offset in stride(from: 4096 + share, to: disk[name].count, by: 4) {
                var damaged = disk
                damaged[name][offset] ^= 1 << UInt8(offset / 4 % 8)
                guard refusal(Self.configuration, SimulatedFileSystem(disk: damaged)) != nil else { continue }
                repairs += 1
                let (report, found, _) = try repaired(damaged)
                let lost = records.filter { !found.contains($0) }
                #expect(found == records.filter { !lost.contains($0) }, "\(name) \(offset)")
                #expect(lost.count <= 1, "\(name) \(offset): \(lost)")
                let loss = try #require(report.losses.first, "\(name) \(offset)")
                #expect(report.losses.count == 1 && loss.path == "/journal/\(name)")
                #expect(loss.offset <= offset && UInt64(offset) < loss.offset + loss.bytes, "\(name) \(offset)")
                for record in lost {
                    #expect(loss.position <= record.position, "\(name) \(offset)")
                    #expect(record.nextPosition <= loss.position + loss.bytes, "\(name) \(offset)")
                }
            }
        }
        #expect(repairs > 100)
    }

    @Test func withoutABackupNothingIsChanged() throws {
        var (disk, _, _) = try DamageTests.written(checkpoints: false)
        disk["0000000000000000.segment"][4096 + 60] ^= 1
        let fileSystem = SimulatedFileSystem(disk: disk)
        let report = try JournalRepair(directory: "/journal", fileSystem: fileSystem).run(backup: nil)
        #expect(report.losses.count == 1 && report.backup == nil)
        for name in disk.fileNames where name != "journal.lock" { #expect(fileSystem.disk[name] == disk[name]) }
    }

    @Test func theOriginalIsKept() throws {
        var (disk, _, _) = try DamageTests.written()
        disk["0000000000000000.segment"][4096 + 60] ^= 1
        let (report, _, fileSystem) = try repaired(disk)
        #expect(report.backup == "/backup")
        let copies = fileSystem.disk
        for name in disk.fileNames where name != "journal.lock" {
            let number = try #require(copies.names["/backup/\(name)"], "\(name)")
            #expect(copies.nodes[number]?.durable == disk[name], "\(name)")
        }
    }

    @Test func aMissingSegmentIsALossOfItsSize() throws {
        let (disk, records, _) = try DamageTests.written(checkpoints: false)
        let names = disk.fileNames.filter { $0.hasSuffix("segment") }
        for name in names.dropFirst() {
            var damaged = disk
            damaged.delete(name)
            let (report, found, _) = try repaired(damaged)
            #expect(found.allSatisfy { records.contains($0) })
            let loss = try #require(report.losses.first)
            #expect(loss.path == "/journal/\(name)")
            #expect(loss.bytes == (name == names.last ? 0 : 256))
            let base = try #require(UInt64(name.prefix(16), radix: 16))
            let lost = records.filter { !found.contains($0) }
            #expect(lost.allSatisfy { $0.position >= base && $0.position < base + 256 })
        }
    }

    @Test func headersAndTheIdentityAreMadeAnewWithoutALoss() throws {
        let (disk, records, checkpoints) = try DamageTests.written()
        for name in disk.fileNames where name.hasSuffix("segment") || name == "journal.id" {
            var damaged = disk
            damaged[name][20] ^= 1
            let (report, found, _) = try repaired(damaged)
            #expect(report.losses.isEmpty && !report.changes.isEmpty, "\(name)")
            #expect(found == records.filter { $0.position >= checkpoints[1] }, "\(name)")
        }
    }

    @Test func aCheckpointThatStandsForSegmentsThatAreGoneIsBeyondRepair() throws {
        var (disk, _, checkpoints) = try DamageTests.written(retires: true)
        let name = checkpoints[1].name(".checkpoint")
        disk[name][70] ^= 1
        let repair = JournalRepair(directory: "/journal", fileSystem: SimulatedFileSystem(disk: disk))
        let error = #expect(throws: JournalError.self) { try repair.run(backup: "/backup") }
        #expect(error?.code == .beyondRepair)
        #expect(error?.path == "/journal/\(name)")
    }

    @Test func aJournalInUseIsLeftAlone() throws {
        let fileSystem = SimulatedFileSystem()
        let opened = try OpenedJournal(Self.configuration, fileSystem)
        let repair = JournalRepair(directory: "/journal", fileSystem: fileSystem)
        let error = #expect(throws: JournalError.self) { try repair.run(backup: "/backup") }
        #expect(error?.code == .locked)
        #expect(error?.remedy.hasPrefix("stop the broker first") == true)
        try opened.journal.close()
    }
}
