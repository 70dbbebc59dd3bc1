internal import Foundation
internal import TestSupport
internal import Torture

/// `run-torture SEED SECONDS [sqlite|postgresql [SENDERS [RECEIVERS]]]`: one run, and what it found.
@main enum RunTorture {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count >= 2, let seed = UInt64(arguments[0]), let seconds = Int(arguments[1]) else {
            FileHandle.standardError.write(Data("run-torture: error: give a seed and a number of seconds\n".utf8))
            exit(64)
        }
        let engine: ToolkitFixture.Engine = arguments.dropFirst(2).first == "postgresql" ? .postgreSQL : .sqlite
        func count(_ index: Int, orElse number: Int) -> Int {
            arguments.count > index ? max(Int(arguments[index]) ?? number, 1) : number
        }
        let settings = TortureSettings(
            seed: seed,
            duration: .seconds(seconds),
            engine: engine,
            senders: count(3, orElse: 4),
            receivers: count(4, orElse: 2)
        )
        let report = try await Torture(settings).run(keepingIn: "torture-\(seed)-\(getpid())")
        print(report)
        if !report.problems.isEmpty {
            print("the files are in torture-\(seed)-\(getpid())")
            exit(1)
        }
    }
}
