import CMQJournal
import Foundation
import Testing

/// Reads the files as docs/journal.md describes them, with nothing of the journal's own code.
@Suite struct FormatTests {
    /// CRC-32C bit by bit, as RFC 3720 defines it.
    static func crc32c(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var crc: UInt32 = ~0
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
        }
        return ~crc
    }

    private func integer(_ bytes: some Collection<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private func bytes(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    @Test func checksumsOfAllSizesAreTheStandardOnes() throws {
        #expect(Self.crc32c("123456789".utf8) == 0xE306_9283)
        let fileSystem = SimulatedFileSystem()
        let opened = try OpenedJournal(.small(segmentBytes: 1 << 20), fileSystem)
        let records = try opened.append((0..<300).map { payload($0) })
        try opened.journal.close()
        let segment = fileSystem.disk["0000000000000000.segment"]
        for record in records {
            let offset = 4096 + Int(record.position)
            #expect(integer(segment[(offset + 8)..<(offset + 12)]) == UInt64(Self.crc32c(record.payload)))
        }
    }

    @Test func filesAreAsDocumented() throws {
        let fileSystem = SimulatedFileSystem()
        let opened = try OpenedJournal(.small(segmentBytes: 512), fileSystem)
        let records = try opened.appendDurably([payload(100), payload(13), payload(300)])
        try opened.writeCheckpoint(at: records[0].nextPosition, Array("state".utf8))
        try opened.journal.close()
        let disk = fileSystem.disk

        let identity = disk["journal.id"]
        #expect(Array(identity[..<8]) == Array("CMQJOUR\n".utf8))
        #expect(integer(identity[8..<12]) == 1)
        let id = identity[16..<32]
        #expect(integer(identity[44..<48]) == UInt64(Self.crc32c(identity[..<44])))

        var found: [StoredRecord] = []
        var marks: [UInt64] = []
        for base in [0, 512] as [UInt64] {
            let segment = disk[base.name(".segment")]
            #expect(segment.count == 4096 + 512)
            #expect(Array(segment[..<8]) == Array("CMQJSEG\n".utf8))
            #expect(integer(segment[8..<12]) == 1)
            #expect(integer(segment[12..<16]) == 4096)
            #expect(integer(segment[16..<24]) == base)
            #expect(integer(segment[24..<32]) == 512)
            #expect(segment[32..<48].elementsEqual(id))
            #expect(integer(segment[4092..<4096]) == UInt64(Self.crc32c(segment[..<4092])))
            var offset = 4096
            while segment[offset + 4] != 0 {
                let header = segment[offset..<(offset + 12)]
                let position = base + UInt64(offset - 4096)
                let covered = Array(id) + bytes(position) + Array(header)
                #expect(integer(segment[(offset + 12)..<(offset + 16)]) == UInt64(Self.crc32c(covered)))
                let length = Int(integer(segment[offset..<(offset + 4)]))
                let content = segment[(offset + 16)..<(offset + 16 + length)]
                #expect(integer(segment[(offset + 8)..<(offset + 12)]) == UInt64(Self.crc32c(content)))
                let kind = segment[offset + 4]
                if kind == 0xFE { break }
                if kind == 0xFF {
                    marks.append(integer(content))
                } else {
                    found.append(StoredRecord(position: position, kind: kind, payload: Array(content)))
                }
                offset += (16 + length + 7) / 8 * 8
            }
        }
        #expect(found == records)
        #expect(marks == [0, records[2].nextPosition])

        let checkpoint = disk[records[0].nextPosition.name(".checkpoint")]
        #expect(Array(checkpoint[..<8]) == Array("CMQJCKP\n".utf8))
        #expect(integer(checkpoint[8..<12]) == 1)
        #expect(integer(checkpoint[16..<24]) == records[0].nextPosition)
        #expect(integer(checkpoint[24..<32]) == 5)
        #expect(Array(checkpoint[32..<48]) == Array(id))
        #expect(integer(checkpoint[48..<52]) == UInt64(Self.crc32c("state".utf8)))
        #expect(integer(checkpoint[60..<64]) == UInt64(Self.crc32c(checkpoint[..<60])))
        #expect(Array(checkpoint[64...]) == Array("state".utf8))
    }

    @Test func aNewerVersionIsRefusedByItsNumber() throws {
        let fileSystem = SimulatedFileSystem()
        let opened = try OpenedJournal(.small(segmentBytes: 512), fileSystem)
        try opened.appendDurably([payload(1)])
        try opened.journal.close()
        var disk = fileSystem.disk
        var segment = disk["0000000000000000.segment"]
        segment[8] = 2
        let checksum = Self.crc32c(segment[..<4092])
        for index in 0..<4 { segment[4092 + index] = UInt8(truncatingIfNeeded: checksum >> (8 * UInt32(index))) }
        disk["0000000000000000.segment"] = segment
        let error = refusal(.small(segmentBytes: 512), SimulatedFileSystem(disk: disk))
        #expect(error?.code == .unsupportedVersion)
        #expect(error?.description.contains("format version 2") == true)
    }
}
