package import CMQCommand

/// Says on standard error what went wrong with lines, and not a million times.
package struct SendReport {
    private static let shownMax = 20

    private let diagnostics: Diagnostics
    private var progress: ProgressLine
    private var shown = 0
    /// Lines that were not sent and never will be.
    package private(set) var failures = 0
    package private(set) var acknowledged = 0
    private let start = ContinuousClock.now

    package init(diagnostics: Diagnostics, showsProgress: Bool) {
        self.diagnostics = diagnostics
        progress = ProgressLine(isShown: showsProgress)
    }

    package mutating func lineFailed(_ line: Int, _ reason: String, hint: String? = nil) {
        failures += 1
        shown += 1
        progress.clear()
        if shown <= Self.shownMax {
            diagnostics.error(line > 0 ? "line \(line) \(reason)" : reason, hint: shown == 1 ? hint : nil)
        } else if shown == Self.shownMax + 1 {
            diagnostics.error("more lines failed; only the first \(Self.shownMax) are shown")
        }
    }

    package mutating func acknowledged(_ count: Int) {
        acknowledged += count
    }

    package mutating func note(_ text: String) {
        progress.clear()
        diagnostics.note(text)
    }

    package mutating func showProgress(inFlight: Int) {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let rate = seconds > 0 ? Int(Double(acknowledged) / seconds) : 0
        progress.show("\(acknowledged) acknowledged, \(inFlight) in flight, \(rate)/s")
    }

    package mutating func end() {
        progress.clear()
    }
}
