internal import CMQConfiguration

/// The broker's `config.toml`.
enum BrokerConfigurationTarget {
    private static let file = AnonymousFile()
    /// The value of the secret settings in the corpus.
    private static let secret = "hunter2-hunter2"

    static func run(_ bytes: [UInt8]) throws(FuzzFailure) {
        file.write(bytes)
        let (_, problems) = BrokerConfiguration.load(file: file.path, environment: [:], workingDirectory: "/")
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        for problem in problems {
            if let line = problem.line {
                try require((1...lines.count).contains(line), "a mistake in line \(line) of \(lines.count)")
            }
        }
        guard lines.allSatisfy({ holdsNoSecretElsewhere($0) }) else { return }
        for problem in problems {
            try require(!"\(problem)".contains(secret), "a secret in a message: \(problem)")
        }
    }

    /// Whether a line with the secret is plainly one of a secret setting: of others, a message may show the value.
    private static func holdsNoSecretElsewhere(_ line: ArraySlice<UInt8>) -> Bool {
        let text = String(decoding: line, as: UTF8.self)
        if text.contains("'''") || text.contains("\"\"\"") { return false }
        return !text.contains("hunter") || text.wholeMatch(of: /(password|aes_key) *=[^=]*/) != nil
    }
}
