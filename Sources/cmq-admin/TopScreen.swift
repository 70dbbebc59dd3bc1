import Dispatch
import Glibc
import Synchronization

/// The whole terminal: its second screen, without echo and cursor, until ``close()``.
final class TopScreen: Sendable {
    private struct State {
        var isOpen = true
        var quit: (@Sendable () -> Void)?
    }

    private let before: termios
    private let state = Mutex(State())
    // Unsafe only for the compiler: dispatch sources may be used from any thread.
    private nonisolated(unsafe) let input: any DispatchSourceRead

    /// Takes the terminal; `nil` when standard input and output are not one that can be drawn on.
    static func open() -> TopScreen? {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else { return nil }
        if let kind = getenv("TERM"), strcmp(kind, "dumb") == 0 { return nil }
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else { return nil }
        return TopScreen(before)
    }

    private init(_ before: termios) {
        self.before = before
        input = DispatchSource.makeReadSource(fileDescriptor: STDIN_FILENO, queue: .global())
        var raw = before
        // Keys come at once and unseen. Ctrl-C stays a signal; Ctrl-Z would leave the screen as it is.
        raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
        raw.c_cc.10 = cc_t(0)
        tcsetattr(STDIN_FILENO, TCSANOW, &raw)
        Self.write("\u{1B}[?1049h\u{1B}[?25l")
        input.setEventHandler { [weak self] in self?.readKey() }
        input.resume()
    }

    /// Calls `quit` when the user presses q, or the terminal is gone.
    func onQuit(_ quit: @escaping @Sendable () -> Void) {
        state.withLock { $0.quit = quit }
    }

    var size: TerminalSize {
        TerminalSize.ofStandardOutput ?? TerminalSize(columns: 80, lines: 24)
    }

    /// Replaces what is on the screen.
    func show(_ lines: [String]) {
        state.withLock { state in
            guard state.isOpen else { return }
            // Line by line over the old picture: clearing first would flicker.
            Self.write("\u{1B}[H" + lines.map { "\($0)\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J")
        }
    }

    /// Gives the terminal back as it was.
    func close() {
        state.withLock { state in
            guard state.isOpen else { return }
            state.isOpen = false
            input.cancel()
            Self.write("\u{1B}[?25h\u{1B}[?1049l")
            var before = before
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
        }
    }

    private func readKey() {
        var keys = [UInt8](repeating: 0, count: 64)
        let count = read(STDIN_FILENO, &keys, keys.count)
        let isQuit = count <= 0 || keys[..<count].contains { $0 == UInt8(ascii: "q") || $0 == UInt8(ascii: "Q") }
        guard isQuit else { return }
        // A terminal that is gone would be ready to read for ever.
        if count <= 0 { input.cancel() }
        state.withLock { $0.quit }?()
    }

    private static func write(_ text: String) {
        var text = text
        // A terminal that takes no output is noticed when its input ends.
        _ = text.withUTF8 { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}
