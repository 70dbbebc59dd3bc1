/// A table of the configuration file.
package enum ConfigurationSection: String, CaseIterable, Sendable {
    case server
    case tls
    case logging
    case database
    case encryption
    case limits
    case delivery
    case journal
    case security

    /// What the section is about, for the reference.
    var meaning: String {
        switch self {
        case .server: "Where the broker listens and where it keeps its data."
        case .tls: "The broker's certificate and whom it lets in."
        case .logging: "Which events are kept, where, and for how long."
        case .database:
            """
            Where public keys and the audit trail are kept. Without this section: SQLite.

            `url` or `host` choose PostgreSQL. Whatever is set neither here nor in the URL, libpq then takes from its \
            own variables (`PGHOST`, `PGPORT`, `PGUSER`, `PGPASSWORD`, `PGPASSFILE`, `PGDATABASE`, `PGSSLMODE`, \
            `PGSSLROOTCERT`, `PGSERVICE` and so on), and then from its defaults. Those variables alone never lead \
            a broker away from its SQLite file. Parameters of libpq that have no setting here, such as \
            `target_session_attrs`, can stand in the URL.
            """
        case .encryption: "How public keys are kept at rest."
        case .limits: "Every bound on what clients can make the broker hold."
        case .delivery: "How often a message is tried, and what becomes of it then."
        case .journal: "The durable log that every acknowledged message is in."
        case .security: "Who may do what."
        }
    }

    /// The settings of this section, in the order of the reference.
    var settings: [Setting] { Setting.all.filter { $0.section == self } }
}
