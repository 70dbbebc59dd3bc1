/// Values as they come from the database, which others may write to.
enum StoredValues {
    /// A text that is no time reads as none: one odd row must not hide all the others.
    static func time(_ text: String?) -> CatalogTime? {
        text.flatMap { CatalogTime($0) }
    }

    static func state(_ text: String?) -> MessageState {
        text.flatMap { MessageState(rawValue: $0) } ?? .waiting
    }
}
