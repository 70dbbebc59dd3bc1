internal import CMQClientCommand

/// A client's `config.json`.
enum ClientConfigurationTarget {
    private static let file = AnonymousFile()

    static func run(_ bytes: [UInt8]) throws(FuzzFailure) {
        file.write(bytes)
        guard let configuration = try? ClientConfigurationFile.read(file.path) else { return }
        try require((1...65_535).contains(configuration.port ?? 1), "a port of \(configuration.port ?? 0)")
        try require(configuration.receivers.allSatisfy { !$0.isEmpty }, "a receiver without a name")
        try require(configuration.host != "", "a host without a name")
        let sender = configuration.sender
        try require((1...1_000_000).contains(sender.window ?? 1), "a window of \(sender.window ?? 0)")
        try require((1...86_400).contains(sender.ackTimeoutSeconds ?? 1), "a time-out out of bounds")
    }
}
