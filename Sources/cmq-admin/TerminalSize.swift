import Glibc

/// How large the terminal is.
struct TerminalSize {
    var columns: Int
    var lines: Int

    /// The size of the terminal that standard output is; `nil` when it is something else.
    static var ofStandardOutput: TerminalSize? {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return TerminalSize(columns: 80, lines: 24)
        }
        return TerminalSize(columns: Int(size.ws_col), lines: Int(size.ws_row))
    }
}
