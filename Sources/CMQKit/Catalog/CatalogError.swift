/// Why the catalog did not do what it was asked to: what failed, and the remedy where one is known.
///
/// Neither text contains keys, passwords or statements with their values.
package struct CatalogError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// The database cannot be reached, opened or locked now; trying again may help.
        case unavailable
        /// The database server does not let this user in, or not do this; or the catalog is not the journal's.
        case refused
        /// The database, or a row of it, is not what was written.
        case corrupt
        /// An earlier version made the database and nobody has migrated it yet.
        case olderSchema
        /// A later version made the database.
        case newerSchema
        /// `aes_key` does not decrypt the stored public keys.
        case keyMismatch
        /// The database refuses a row.
        case constraint
        /// Reading or writing failed.
        case io
    }

    package var code: Code
    /// What failed, in one line without a capital and without a full stop.
    package var message: String
    package var remedy: String?

    package init(_ code: Code, _ message: String, remedy: String? = nil) {
        self.code = code
        self.message = message
        self.remedy = remedy
    }

    package var description: String {
        remedy.map { "\(message) (\($0))" } ?? message
    }
}
