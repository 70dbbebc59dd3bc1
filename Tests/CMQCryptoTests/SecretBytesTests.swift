import CMQSecrets
import Foundation
import TestSupport
import Testing

@Suite struct SecretBytesTests {
    private struct Refusal: Error {}

    @Test func memoryIsLockedAndLeftOutOfCoreDumps() throws {
        let secret = SecretBytes(copying: [1, 2, 3])
        // Foundation's one-call readers stop early where a file reports no size, as this one does.
        let file = try #require(FileHandle(forReadingAtPath: "/proc/self/smaps"))
        let map = String(decoding: file.readDataToEndOfFile(), as: UTF8.self)
        // The secret lives at least until here.
        let address = secret.withUnsafePointer { UInt(bitPattern: $0) }
        var flags: Substring?
        var isInside = false
        for line in map.split(separator: "\n") {
            let range = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
            if range.count == 2 { isInside = range[0] <= address && address < range[1] }
            if isInside, line.hasPrefix("VmFlags:") { flags = line }
        }
        // "dd" is the kernel's mark for MADV_DONTDUMP; locking may be forbidden, this never is.
        #expect(try #require(flags).contains(" dd"))
    }

    @Test func comparesContentAndLength() {
        let secret = SecretBytes(copying: [1, 2, 3])
        #expect(secret.isEqual(to: SecretBytes(copying: [1, 2, 3])))
        #expect(!secret.isEqual(to: SecretBytes(copying: [1, 2, 4])))
        #expect(!secret.isEqual(to: SecretBytes(copying: [1, 2])))
        #expect(SecretBytes(copying: []).isEqual(to: SecretBytes(copying: [])))
    }

    @Test func anErrorWhileFillingIsPassedOn() {
        #expect(throws: Refusal.self) {
            try SecretBytes(count: 16) { (_) throws(Refusal) in throw Refusal() }
        }
        #expect(SecretBytes.make(count: 16) { _ in false } == nil)
    }

    @Test func aFileAtTheLimitIsReadAndOneBeyondItIsNot() throws {
        let directory = try TemporaryDirectory()
        try directory.write("12345678", to: "file")
        #expect(try SafeFile.readSecret(at: directory.file("file"), limit: 8).count == 8)
        let error = #expect(throws: FileError.self) { try SafeFile.readSecret(at: directory.file("file"), limit: 7) }
        #expect(error?.description == "cannot read \(directory.file("file")): it is longer than 7 bytes")
    }

    @Test func aNewFileNeverFollowsALink() throws {
        let directory = try TemporaryDirectory()
        let target = directory.file("target")
        try FileManager.default.createSymbolicLink(atPath: directory.file("link"), withDestinationPath: target)
        let error = #expect(throws: FileError.self) {
            try SafeFile.write("secret", to: directory.file("link"), mode: 0o600)
        }
        #expect(error?.isExisting == true)
        #expect(!directory.exists("target"))
    }
}
