import CMQConfiguration
import CMQSecrets
import TestSupport
import Testing

struct CatalogKeyTests {
    @Test func aGeneratedKeyIsMadeOnceForItsOwnerOnly() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("catalog.key")
        let key = CatalogKey.generated(path: path)
        let missing = #expect(throws: FileError.self) { try key.read() }
        #expect(missing?.isMissing == true)
        try key.generate()
        #expect(try SafeFile.permissions(at: path) == 0o600)
        let first = try key.read()
        #expect(first.count == CatalogKey.byteCount)
        let existing = #expect(throws: FileError.self) { try key.generate() }
        #expect(existing?.isExisting == true)
        let second = try key.read()
        #expect(first.isEqual(to: second))
    }

    @Test func twoGeneratedKeysDiffer() throws {
        let directory = try TemporaryDirectory()
        let keys = [CatalogKey.generated(path: directory.file("a")), .generated(path: directory.file("b"))]
        for key in keys { try key.generate() }
        let (first, second) = (try keys[0].read(), try keys[1].read())
        #expect(!first.isEqual(to: second))
    }

    @Test func opensslReadsAGeneratedKey() async throws {
        let directory = try TemporaryDirectory()
        let key = CatalogKey.generated(path: directory.file("catalog.key"))
        try key.generate()
        let decoded = try await run("openssl", ["base64", "-d", "-A", "-in", directory.file("catalog.key")])
        let expected = try key.read().withUnsafeBytes { Array($0) }
        #expect(Array(decoded.standardOutput) == expected)
    }

    @Test func aDamagedKeyIsRefusedWithoutShowingIt() throws {
        let directory = try TemporaryDirectory()
        try directory.write("bm90IGEga2V5", to: "catalog.key")
        let error = #expect(throws: FileError.self) {
            try CatalogKey.generated(path: directory.file("catalog.key")).read()
        }
        #expect(error?.reason == "has 9 bytes, 32 are needed")
        #expect(error?.description.contains("bm90") == false)
    }
}
