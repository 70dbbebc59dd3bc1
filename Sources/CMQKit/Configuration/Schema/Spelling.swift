/// Guesses what somebody meant to write.
enum Spelling {
    /// The candidate that is the fewest typing mistakes away, if that is few for a word of this length.
    static func closest(to word: String, among candidates: [String]) -> String? {
        let word = word.lowercased()
        let best = candidates.map { (name: $0, mistakes: mistakes(word, $0)) }.min { $0.mistakes < $1.mistakes }
        guard let best, best.mistakes <= max(1, word.count / 3) else { return nil }
        return best.name
    }

    /// How many characters were left out, added, replaced, or swapped with the next one (optimal
    /// string alignment).
    static func mistakes(_ left: String, _ right: String) -> Int {
        // A key as long as the file would take time that grows with its square.
        guard left.count <= 128, right.count <= 128 else { return .max }
        let (left, right) = (Array(left), Array(right))
        var table = (0...left.count).map { [Int](repeating: $0, count: right.count + 1) }
        table[0] = Array(0...right.count)
        for row in left.indices {
            for column in right.indices {
                let replaced = table[row][column] + (left[row] == right[column] ? 0 : 1)
                var cost = min(replaced, table[row][column + 1] + 1, table[row + 1][column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, table[row - 1][column - 1] + 1)
                }
                table[row + 1][column + 1] = cost
            }
        }
        return table[left.count][right.count]
    }
}
