import Foundation
import TestSupport
import Testing

@testable import CMQJournal

/// Writes to files whose pages are not in memory.
@Suite struct PageWriteTests {
    private static let page = 4_096

    /// A file of old bytes, as a recycled segment is one, and what is in it after `change`.
    private func bytes(ofFileWith pages: Int, after change: (JournalFile) throws -> Void) throws -> [UInt8] {
        let directory = try TemporaryDirectory()
        let path = directory.file("segment")
        let old = [UInt8](repeating: 0xAA, count: pages * Self.page)
        #expect(FileManager.default.createFile(atPath: path, contents: Data(old)))
        try change(try JournalFile(path, .readWrite, in: LocalFileSystem()))
        return try Array(Data(contentsOf: URL(fileURLWithPath: path)))
    }

    private func write(_ count: Int, of value: UInt8, at offset: Int, limit: Int, to file: JournalFile) throws {
        try [UInt8](repeating: value, count: count).withUnsafeBytes {
            try file.write($0, at: UInt64(offset), clearingPageBefore: UInt64(limit))
        }
    }

    @Test func clearsTheRestOfTheLastPageAndNothingElse() throws {
        let limit = 4 * Self.page
        let found = try bytes(ofFileWith: 4) { file in
            try write(5_000, of: 1, at: Self.page, limit: limit, to: file)
            // Goes on in the page that the first one ended in.
            try write(100, of: 2, at: Self.page + 5_000, limit: limit, to: file)
        }
        #expect(found[..<Self.page].allSatisfy { $0 == 0xAA })
        #expect(found[Self.page..<(Self.page + 5_000)].allSatisfy { $0 == 1 })
        #expect(found[(Self.page + 5_000)..<(Self.page + 5_100)].allSatisfy { $0 == 2 })
        #expect(found[(Self.page + 5_100)..<(3 * Self.page)].allSatisfy { $0 == 0 })
        #expect(found[(3 * Self.page)...].allSatisfy { $0 == 0xAA })
    }

    @Test func writesAcrossAPageFromItsMiddle() throws {
        let found = try bytes(ofFileWith: 3) { file in
            try write(Self.page, of: 3, at: 1_000, limit: 3 * Self.page, to: file)
        }
        #expect(found[..<1_000].allSatisfy { $0 == 0xAA })
        #expect(found[1_000..<(1_000 + Self.page)].allSatisfy { $0 == 3 })
        #expect(found[(1_000 + Self.page)..<(2 * Self.page)].allSatisfy { $0 == 0 })
        #expect(found[(2 * Self.page)...].allSatisfy { $0 == 0xAA })
    }

    @Test func aFileNeverGrowsBeyondItsSegment() throws {
        let found = try bytes(ofFileWith: 1) { file in
            try write(50, of: 4, at: Self.page, limit: Self.page + 80, to: file)
        }
        #expect(found.count == Self.page + 80)
        #expect(found[Self.page...] == ArraySlice([UInt8](repeating: 4, count: 50) + [UInt8](repeating: 0, count: 30)))
    }

    @Test func aWriteThatEndsWithItsPageNeedsNoMore() throws {
        let found = try bytes(ofFileWith: 2) { file in
            try write(Self.page, of: 5, at: 0, limit: 2 * Self.page, to: file)
        }
        #expect(found[..<Self.page].allSatisfy { $0 == 5 })
        #expect(found[Self.page...].allSatisfy { $0 == 0xAA })
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
