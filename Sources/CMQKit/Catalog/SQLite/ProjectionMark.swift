/// The position up to which a journal's events are applied.
struct ProjectionMark {
    var journalID: String
    var position: UInt64

    /// The position, where it is one of this journal.
    func position(of journalID: String) -> UInt64? { self.journalID == journalID ? position : nil }
}
