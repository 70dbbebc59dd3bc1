import Foundation
import TestSupport
import Testing

@testable import CMQJournal

/// Writes to files whose pages are not in memory.
@Suite struct PageWriteTests {
    private static let page = 4_096

    /// A segment's file of old bytes, as a recycled one is, and what is in it after `change`.
    private func bytes(
        ofSegmentWith pages: Int,
        more: Int = 0,
        at position: JournalPosition = 0,
        after change: (SegmentWriter) throws -> Void
    ) throws -> [UInt8] {
        let directory = try TemporaryDirectory()
        let path = directory.file("segment")
        let old = [UInt8](repeating: 0xAA, count: (pages + 1) * Self.page + more)
        #expect(FileManager.default.createFile(atPath: path, contents: Data(old)))
        let extent = SegmentExtent(base: 0, capacity: UInt64(pages * Self.page + more))
        try change(try SegmentWriter(path, extent, at: position, in: LocalFileSystem()))
        let found = try Array(Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(found.count == old.count)
        #expect(found[..<Self.page].allSatisfy { $0 == 0xAA })
        return Array(found[Self.page...])
    }

    private func write(_ count: Int, of value: UInt8, at position: Int, to writer: SegmentWriter) throws {
        try [UInt8](repeating: value, count: count).withUnsafeBytes { try writer.write($0, at: UInt64(position)) }
    }

    @Test func clearsTheRestOfTheLastPageAndNothingElse() throws {
        let found = try bytes(ofSegmentWith: 3) { writer in
            try write(5_000, of: 1, at: 0, to: writer)
            // Goes on in the page that the first one ended in.
            try write(100, of: 2, at: 5_000, to: writer)
        }
        #expect(found[..<5_000].allSatisfy { $0 == 1 })
        #expect(found[5_000..<5_100].allSatisfy { $0 == 2 })
        #expect(found[5_100..<(2 * Self.page)].allSatisfy { $0 == 0 })
        #expect(found[(2 * Self.page)...].allSatisfy { $0 == 0xAA })
    }

    @Test func keepsWhatItsFirstPageHasAlready() throws {
        let found = try bytes(ofSegmentWith: 3, at: 1_000) { writer in
            try write(Self.page, of: 3, at: 1_000, to: writer)
            try write(1, of: 4, at: 1_000 + Self.page, to: writer)
        }
        #expect(found[..<1_000].allSatisfy { $0 == 0xAA })
        #expect(found[1_000..<(1_000 + Self.page)].allSatisfy { $0 == 3 })
        #expect(found[1_000 + Self.page] == 4)
        #expect(found[(1_001 + Self.page)..<(2 * Self.page)].allSatisfy { $0 == 0 })
        #expect(found[(2 * Self.page)...].allSatisfy { $0 == 0xAA })
    }

    @Test func aFileNeverGrowsBeyondItsSegment() throws {
        let found = try bytes(ofSegmentWith: 1, more: 80) { writer in
            try write(Self.page, of: 3, at: 0, to: writer)
            try write(50, of: 4, at: Self.page, to: writer)
            try write(30, of: 5, at: Self.page + 50, to: writer)
        }
        #expect(found[..<Self.page].allSatisfy { $0 == 3 })
        #expect(found[Self.page...] == ArraySlice([UInt8](repeating: 4, count: 50) + [UInt8](repeating: 5, count: 30)))
    }

    @Test(arguments: [1, 4_096, 3_000_000, 1 << 20])
    func writesOfAnySizeFollowEachOther(size: Int) throws {
        let count = size < 4_096 ? 5_000 : 4
        let pages = (count * size + Self.page - 1) / Self.page + 1
        let found = try bytes(ofSegmentWith: pages) { writer in
            for number in 0..<count { try write(size, of: UInt8(number % 251), at: number * size, to: writer) }
        }
        for number in 0..<count {
            #expect(
                found[(number * size)..<((number + 1) * size)].allSatisfy { $0 == UInt8(number % 251) },
                "\(number)"
            )
        }
        let end = (count * size + Self.page - 1) / Self.page * Self.page
        #expect(found[(count * size)..<end].allSatisfy { $0 == 0 })
        #expect(found[end...].allSatisfy { $0 == 0xAA })
    }

    @Test func goesOnInAnotherSegment() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("next")
        #expect(FileManager.default.createFile(atPath: path, contents: Data(count: 2 * Self.page)))
        _ = try bytes(ofSegmentWith: 2) { writer in
            try write(100, of: 1, at: 0, to: writer)
            let extent = SegmentExtent(base: UInt64(2 * Self.page), capacity: UInt64(Self.page))
            try writer.move(to: path, extent, in: LocalFileSystem())
            try write(100, of: 2, at: 2 * Self.page, to: writer)
        }
        let found = try Array(Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(found[Self.page..<(Self.page + 100)].allSatisfy { $0 == 2 })
        #expect(found[(Self.page + 100)...].allSatisfy { $0 == 0 })
    }

    @Test func theCacheIsLeftOutOnlyWhereThatIsPossible() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("spare")
        let file = try JournalFile(path, .createUncached, in: LocalFileSystem())
        // Neither this place nor this length can be written past the cache.
        try [UInt8](repeating: 6, count: 100).withUnsafeBytes { try file.write($0, at: 10) }
        let found = try Array(Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(found == [UInt8](repeating: 0, count: 10) + [UInt8](repeating: 6, count: 100))
    }
}
