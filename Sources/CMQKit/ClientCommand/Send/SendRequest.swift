package import CMQClient
package import CMQCrypto

/// What `cmq-send` is asked to do, with every source of settings already considered.
package struct SendRequest: Sendable {
    package var settings: ClientSettings
    /// Who gets every line; empty with ``isAddressed``.
    package var receivers: [String]
    /// Files with lines; none means standard input.
    package var inputs: [String] = []
    /// Whether every line carries its own destination.
    package var isAddressed = false
    /// Whether a line is the plaintext as it is.
    package var isRaw = false
    /// Whether the first bad line ends the input.
    package var failsFast = false
    /// Whether acknowledged messages are told on standard output.
    package var printsReceipts = false
    /// Whether exchange, queue and binding of each receiver are made first.
    package var declares = false
    package var suite = EnvelopeSuite.aes256GCM
    package var sessionKeyLimits = SessionKeyLimits()
    package var limits = PublisherLimits()
    /// How long to try while the broker is away; by attempts when `nil`.
    package var wait: Duration?
    package var spoolDirectory: String?
    package var keys = KnownKeys()
    package var acceptsNewKeys = false
    package var rsaKeys = RSAKeys()
    package var showsProgress = false

    package init(settings: ClientSettings, receivers: [String]) {
        self.settings = settings
        self.receivers = receivers
    }
}
