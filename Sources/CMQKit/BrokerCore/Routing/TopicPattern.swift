/// A binding key of a topic exchange: words separated by dots, `*` for exactly one word and
/// `#` for any number of words (AMQP 0-9-1, section 3.1.3.3).
package struct TopicPattern: Sendable, Equatable {
    private let words: [Substring]

    package init(_ key: String) {
        words = key.split(separator: ".", omittingEmptySubsequences: false)
    }

    package func matches(_ routingKey: String) -> Bool {
        matches(Self.words(of: routingKey))
    }

    /// The words of a routing key, for ``matches(_:)-([Substring])``.
    package static func words(of routingKey: String) -> [Substring] {
        routingKey.split(separator: ".", omittingEmptySubsequences: false)
    }

    package func matches(_ key: [Substring]) -> Bool {
        // Backtracks to the last # only: linear in practice, words × words at worst.
        var (word, place) = (0, 0)
        var lastHash: (word: Int, place: Int)?
        while place < key.count {
            if word < words.count, words[word] == "#" {
                lastHash = (word, place)
                word += 1
            } else if word < words.count, words[word] == "*" || words[word] == key[place] {
                word += 1
                place += 1
            } else if let hash = lastHash {
                lastHash = (hash.word, hash.place + 1)
                word = hash.word + 1
                place = hash.place + 1
            } else {
                return false
            }
        }
        return words[word...].allSatisfy { $0 == "#" }
    }
}
