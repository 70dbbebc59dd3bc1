import Foundation
import TestSupport

/// A time of day that tests set, for processes that are started with its environment.
struct ShiftedClock {
    static let day = 86_400

    /// For the processes that see this clock.
    let environment: [String: String]
    private let path: String

    /// - Parameters:
    ///   - directory: Where the shift is kept, in a file.
    ///   - name: Tells clocks apart.
    init(in directory: TemporaryDirectory, name: String = "clock") async throws {
        path = directory.file("\(name)-shift")
        environment = ["LD_PRELOAD": try await Interposer.shiftClock.path(), "CLOCK_SHIFT_FILE": path]
        try set(0)
    }

    /// - Parameter seconds: By how much the processes' clock is ahead of the machine's from now on.
    func set(_ seconds: Int) throws {
        try Data("\(seconds)\n".utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    }
}
