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
}
