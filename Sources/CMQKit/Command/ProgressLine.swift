internal import Foundation

/// A line on the terminal that is drawn over as work goes on. Silent where there is no terminal.
package struct ProgressLine {
    private let isShown: Bool
    private var isDrawn = false

    package init(isShown: Bool) {
        self.isShown = isShown
    }

    /// Replaces the line.
    package mutating func show(_ text: String) {
        guard isShown else { return }
        isDrawn = true
        FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
    }

    /// Takes the line away, before other output and at the end.
    package mutating func clear() {
        guard isDrawn else { return }
        isDrawn = false
        FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
    }
}
