import Foundation

/// What goes wrong at one call to a simulated disk, or from that call on.
struct DiskFault: Sendable, CustomStringConvertible {
    enum Outcome: Sendable {
        /// Nothing is done, and the caller is told.
        case fails
        /// Part of it is done, or all where there are no parts, and the caller is told that it failed.
        case failsHalfway
        /// Less is read or written than was asked for, and the caller is told.
        case shortens
        /// Nothing is done, and the caller is told that all is well.
        case lies
    }

    var operation: SimulatedFileSystem.Operation
    var outcome = Outcome.fails
    var errno = EIO
    /// Which call of this operation, counted from 1.
    var number = 1
    /// Whether all later calls of this operation fare the same.
    var lasts = false

    func strikes(_ operation: SimulatedFileSystem.Operation, count: Int) -> Bool {
        self.operation == operation && (lasts ? count >= number : count == number)
    }

    /// Whether what was written may be missing as soon as the process is gone.
    var losesWhatWasWritten: Bool {
        outcome == .lies && [.write, .allocate, .rename].contains(operation)
    }

    /// Whether what was synced may be missing after a power cut.
    var losesWhatWasSynced: Bool { outcome == .lies && operation != .unlink }

    var description: String { "\(operation) \(outcome) at \(number)\(lasts ? " and after" : "") (\(errno))" }

    /// Each way in which each call can go wrong, but for the number.
    static let all: [DiskFault] = {
        let operations = SimulatedFileSystem.Operation.allCases
        let lying: [SimulatedFileSystem.Operation] = [
            .write, .allocate, .syncData, .sync, .syncDirectory, .rename, .unlink,
        ]
        return operations.map { DiskFault(operation: $0) }
            + operations.filter { $0 != .read }.map { DiskFault(operation: $0, outcome: .failsHalfway) }
            + [.write, .allocate, .rename].map { DiskFault(operation: $0, errno: ENOSPC, lasts: true) }
            + [.syncData, .sync, .syncDirectory].map { DiskFault(operation: $0, lasts: true) }
            + [.read, .write].map { DiskFault(operation: $0, outcome: .shortens) }
            + lying.map { DiskFault(operation: $0, outcome: .lies) }
    }()
}
