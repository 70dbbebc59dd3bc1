import CMQCommand

/// Columns of text under a header line, with a line of totals where there is one.
struct TextTable {
    struct Column {
        var title: String
        var isNumber: Bool

        /// Aligned left, and cut short where the terminal is too narrow.
        static func text(_ title: String) -> Column { Column(title: title, isNumber: false) }
        /// Aligned right, and never cut.
        static func number(_ title: String) -> Column { Column(title: title, isNumber: true) }
    }

    private static let separator = "  "
    /// A column of text is not made narrower than this.
    private static let textWidthMin = 6

    private let columns: [Column]
    private var rows: [[String]] = []
    private var total: [String]?

    init(_ columns: [Column]) {
        self.columns = columns
    }

    mutating func add(_ cells: [String]) {
        // Names are chosen by clients, and must not drive the terminal.
        rows.append(cells.map(Diagnostics.printable))
    }

    mutating func setTotal(_ cells: [String]) {
        total = cells
    }

    /// - Parameter width: The columns of the terminal; `nil` for as many as the content needs.
    func lines(width: Int?) -> [String] {
        let all = [columns.map(\.title)] + rows + (total.map { [$0] } ?? [])
        let widths = widths(of: all, within: width)
        return all.map { cells in
            var line = ""
            for (index, cell) in cells.enumerated() {
                if index > 0 { line += Self.separator }
                let text = Self.cut(cell, to: widths[index])
                let padding = String(repeating: " ", count: max(0, widths[index] - text.count))
                line += columns[index].isNumber ? padding + text : text + padding
            }
            while line.last == " " { line.removeLast() }
            return width.map { Self.cut(line, to: $0) } ?? line
        }
    }

    private func widths(of rows: [[String]], within limit: Int?) -> [Int] {
        var widths = columns.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        guard let limit else { return widths }
        var excess = widths.reduce(0, +) + Self.separator.count * (columns.count - 1) - limit
        while excess > 0 {
            let widest = columns.indices.filter { !columns[$0].isNumber }.max { widths[$0] < widths[$1] }
            guard let widest, widths[widest] > Self.textWidthMin else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    /// At most `width` characters, with a mark where some are missing.
    static func cut(_ text: String, to width: Int) -> String {
        text.count <= width ? text : String(text.prefix(max(0, width - 1))) + "…"
    }
}
