/// The position up to which a journal's events are applied.
struct ProjectionMark {
    var journalID: String
    var position: UInt64
}
