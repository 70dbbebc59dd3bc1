internal import Foundation
internal import TestSupport
internal import Torture

/// `run-torture SEED SECONDS [sqlite|postgresql]`: one run, and what it found.
@main enum RunTorture {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count >= 2, let seed = UInt64(arguments[0]), let seconds = Int(arguments[1]) else {
            FileHandle.standardError.write(Data("run-torture: error: give a seed and a number of seconds\n".utf8))
            exit(64)
        }
        let engine: ToolkitFixture.Engine = arguments.dropFirst(2).first == "postgresql" ? .postgreSQL : .sqlite
        let settings = TortureSettings(seed: seed, duration: .seconds(seconds), engine: engine)
        let report = try await Torture(settings).run(keepingIn: "torture-\(seed)-\(getpid())")
        print(report)
        if !report.problems.isEmpty {
            print("the files are in torture-\(seed)-\(getpid())")
            exit(1)
        }
    }
}
