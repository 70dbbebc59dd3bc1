import Foundation
import TestSupport
import Testing

/// A small C library from `Tests/Interposers` that stands between a command and the C library, built with the
/// machine's C compiler when it is first asked for.
enum Interposer: String {
    case killAtCall = "kill-at-call"
    case shiftClock = "shift-clock"

    /// Why tests that need one are skipped.
    static let reason: Comment = "needs a C compiler, cc, which is not here"

    static let isAvailable = ["/usr/bin/cc", "/usr/local/bin/cc"].contains(where: FileManager.default.isExecutableFile)

    private static let folder = try? TemporaryDirectory()

    private static let killAtCallBuild = Task { try await build(.killAtCall) }
    private static let shiftClockBuild = Task { try await build(.shiftClock) }

    /// The path for `LD_PRELOAD`.
    func path() async throws -> String {
        switch self {
        case .killAtCall: try await Self.killAtCallBuild.value
        case .shiftClock: try await Self.shiftClockBuild.value
        }
    }

    private static func build(_ interposer: Interposer) async throws -> String {
        let source = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Interposers/\(interposer.rawValue).c").path
        let library = try #require(folder).file("\(interposer.rawValue).so")
        let built = try await run("cc", ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"])
        try #require(built.status == 0, "\(built.errors)")
        return library
    }
}
