/// One key of the configuration: the only description of it, from which parsing, the names of
/// environment variables, suggestions and the reference are made.
struct Setting: Sendable {
    /// The first version that had it.
    enum Origin: Sendable {
        /// A CipherMQ version, whose files are read as they are.
        case cipherMQ(String)
        case cmq

        var name: String {
            switch self {
            case .cipherMQ(let version): version
            case .cmq: "cmq"
            }
        }
    }

    typealias Read = @Sendable (BrokerConfiguration) -> SettingValue?
    typealias Write = @Sendable (SettingValue, inout BrokerConfiguration) throws(SettingMistake) -> Void

    var section: ConfigurationSection
    var key: String
    var form: SettingForm
    var since: Origin
    /// What it does, in sentences.
    var meaning: String
    /// Its default in words, where the default is not a value.
    var defaultInWords: String?
    /// Environment variables beside the one that every setting has.
    var extraVariables: [String] = []
    /// Its value; `nil` where it has none.
    var read: Read
    var write: Write

    /// `section.key`
    var name: String { "\(section.rawValue).\(key)" }

    /// Its environment variables; a later one wins.
    var variables: [String] {
        extraVariables + ["CMQ_\(section.rawValue)_\(key)".uppercased()]
    }

    var isSecret: Bool {
        if case .secret = form { true } else { false }
    }

    /// Its default for the reference, in Markdown.
    var defaultText: String {
        defaultInWords ?? read(BrokerConfiguration()).map { "`\($0.literal)`" } ?? "none"
    }

    /// All settings, in the order in which they are applied and documented.
    static let all: [Setting] =
        ServerSettings.schema + TLSSettings.schema + LoggingSettings.schema + DatabaseSettings.schema
        + EncryptionSettings.schema + LimitSettings.schema + DeliverySettings.schema + JournalSettings.schema
        + SecuritySettings.schema

    /// The settings by their names.
    static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// The keys that 1.0 to 1.2 wrote without a section, and the settings they are.
    static let withoutSection = [
        "address": "server.address",
        "connection_type": "server.connection_type",
        "cert_path": "tls.cert_path",
        "key_path": "tls.key_path",
        "ca_cert_path": "tls.ca_cert_path",
    ]
}
