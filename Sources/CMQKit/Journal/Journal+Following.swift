/// What a reader that follows the log needs to know about it.
extension Journal {
    /// The journal's own identity, which a copy shares and a new journal does not: 32 hexadecimal digits.
    package var identifier: String { segments.journalID.description }

    /// Where the unbroken rest of the log begins: older segments may be missing, newer ones are all there.
    package var oldestContiguousPosition: JournalPosition {
        let infos = segmentInfos
        guard var oldest = infos.last?.basePosition else { return 0 }
        for info in infos.reversed() where info.endPosition == oldest { oldest = info.basePosition }
        return oldest
    }
}
