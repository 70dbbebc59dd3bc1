import Foundation
import FuzzTargets
import Testing

/// Everything that the fuzzers start from, and everything that they ever found, once more.
///
/// `make fuzz` looks for more; a find goes to `FuzzTesting/FailCases/<target>`. Where a parser traps and takes the
/// tests with it, `make fuzz TARGET=<target> SECONDS=1` names the case. Serialised, because some targets have a file
/// that they write each case to.
@Suite(.serialized) struct FuzzCorpusTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("FuzzTesting")

    @Test(arguments: FuzzTarget.allCases)
    func standsEveryCase(target: FuzzTarget) throws {
        let files = FileManager.default
        var count = 0
        for folder in ["Corpus", "FailCases"] {
            let cases = Self.root.appendingPathComponent(folder).appendingPathComponent(target.rawValue)
            // Not every target had a find.
            guard folder == "Corpus" || files.fileExists(atPath: cases.path) else { continue }
            for name in try files.contentsOfDirectory(atPath: cases.path).sorted() {
                let bytes = [UInt8](try Data(contentsOf: cases.appendingPathComponent(name)))
                do {
                    try target.run(bytes)
                } catch {
                    Issue.record("\(folder)/\(target.rawValue)/\(name): \(error)")
                }
                count += 1
            }
        }
        #expect(count > 1)
    }

    /// The seeds with one byte wrong, each: a small fuzzer that every run of the tests has.
    @Test(arguments: FuzzTarget.allCases)
    func standsDamagedSeeds(target: FuzzTarget) throws {
        let folder = Self.root.appendingPathComponent("Corpus").appendingPathComponent(target.rawValue)
        var random = SystemRandomNumberGenerator()
        var count = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
            let seed = [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
            for _ in 0..<4 where !seed.isEmpty {
                var bytes = seed
                bytes[Int.random(in: bytes.indices, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                do {
                    try target.run(bytes)
                } catch {
                    Issue.record("\(target.rawValue), \(name) damaged: \(error): \(Data(bytes).base64EncodedString())")
                }
                count += 1
            }
        }
        #expect(count > 0)
    }
}
