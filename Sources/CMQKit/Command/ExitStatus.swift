/// How a command ends, after sysexits(3). The table in `docs/exit-status.md` is compared with this one by a test.
package enum ExitStatus: Int32, CaseIterable, Sendable {
    /// Done for the whole input, or stopped cleanly on request.
    case success = 0
    /// Some lines failed, or the answer to a check is no.
    case failure = 1
    /// The command line is wrong.
    case usage = 64
    /// The input is malformed or fails authentication.
    case dataError = 65
    /// An input file is missing or cannot be read.
    case noInput = 66
    /// The broker or the database cannot be reached.
    case unavailable = 69
    /// A bug in this program.
    case software = 70
    /// An output exists already or cannot be created.
    case cannotCreate = 73
    /// Reading or writing failed.
    case inputOutput = 74
    /// Try again: busy, outcome unknown, or `--timeout` was reached.
    case temporaryFailure = 75
    /// The peer broke the protocol.
    case protocolError = 76
    /// Refused: certificate or permission.
    case noPermission = 77
    /// The configuration is wrong.
    case configuration = 78
}
