internal import CMQBrokerCore
internal import CMQJournal
internal import CMQVersion
internal import CMQWire

extension BrokerLoop {
    /// Everything that `stats` shows.
    func report(now: CoreTime) -> BrokerReport {
        let journalStatistics = journal.statistics
        return BrokerReport(
            version: ToolkitVersion.text,
            uptimeSeconds: Double(now.monotonic - settings.startedAt) / 1e9,
            connections: sessions.count,
            broker: core.statistics(now: now),
            journal: BrokerReport.Journal(
                endPosition: recordsEnd,
                durablePosition: journal.durableThrough,
                segments: journal.segmentInfos.count,
                bytes: journal.segmentInfos.reduce(0) { $0 + $1.endPosition - $1.basePosition },
                syncs: journalStatistics.syncs,
                bytesWritten: journalStatistics.bytesWritten,
                isLowOnSpace: journal.isLowOnSpace
            ),
            projection: BrokerReport.Projection(
                position: projectedThrough ?? 0,
                lagBytes: projectionLag,
                holdsBackPublishers: isProjectionBehind,
                isAway: isCatalogAway
            )
        )
    }
}
