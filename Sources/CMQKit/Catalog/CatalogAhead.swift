/// A catalog that has more of a journal than there is: the journal was restored from an older backup, and the catalog
/// was not.
///
/// What the journal is given from now on would be taken for what the catalog has already, up to the middle of a record.
package struct CatalogAhead: Error, CustomStringConvertible {
    /// Everything before this is in the catalog.
    package var position: UInt64
    /// Where the journal ends.
    package var end: UInt64

    package init(position: UInt64, end: UInt64) {
        self.position = position
        self.end = end
    }

    package var asCatalogError: CatalogError {
        CatalogError(
            .refused,
            "the catalog is of a later state than the journal: it goes to position \(position), the journal to \(end)",
            remedy: "restore the catalog of the journal's backup, or move the catalog away to begin a new one"
        )
    }

    package var description: String { asCatalogError.description }
}
