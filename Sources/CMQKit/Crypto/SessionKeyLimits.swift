/// How long one session key serves one receiver.
///
/// Sealing a session key costs as much as encrypting some hundred messages; whoever learns one reads
/// what it served.
public struct SessionKeyLimits: Hashable, Sendable {
    /// The most messages under one key, at least 1.
    public var messages: Int
    /// The longest time from a key's first message to its last.
    public var age: Duration

    /// - Parameters:
    ///   - messages: The most messages under one key, 1 to 65,536; numbers beyond count as the nearest of these.
    ///   - age: The longest time from a key's first message to its last.
    public init(messages: Int = 256, age: Duration = .seconds(1)) {
        // Far below the 2^32 messages that GCM allows under one key (NIST SP 800-38D, section 8.3).
        self.messages = min(max(messages, 1), 65_536)
        self.age = age
    }
}
