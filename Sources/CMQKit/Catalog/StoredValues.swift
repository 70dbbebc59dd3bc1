/// Values as they stand in the database, which others may write to.
enum StoredValues {
    /// A text that is no time reads as none: one odd row must not hide all the others.
    static func time(_ text: String?) -> CatalogTime? {
        text.flatMap { CatalogTime($0) }
    }

    /// The text of a time.
    ///
    /// - Parameter microseconds: Since 1970.
    static func text(_ microseconds: Int64?) -> String? {
        microseconds.map { CatalogTime(microseconds: $0).description }
    }

    static func state(_ text: String?) -> MessageState {
        text.flatMap { MessageState(rawValue: $0) } ?? .waiting
    }
}
