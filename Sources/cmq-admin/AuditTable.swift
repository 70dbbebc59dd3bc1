import CMQCatalog

/// The audit as a table for people, and as fields of CSV.
enum AuditTable {
    static func lines(_ rows: [AuditRow], time: TimeText, width: Int?) -> [String] {
        var table = TextTable([
            .text("FROM"), .text("TO"), .number("SENT"), .number("DELIVERED"), .number("ACKED"), .number("MISSING"),
            .number("OVERDUE"), .number("DEAD"), .number("PURGED"), .number("DELIVERY P50"), .number("P99"),
            .number("ACK P50"), .number("P99"), .text("OLDEST MISSING"),
        ])
        for row in rows {
            table.add(
                [row.clientID ?? "-", row.receiverClientID ?? "-"] + counts([row]) + [
                    TimeText.latency(row.deliveryLatency?.p50), TimeText.latency(row.deliveryLatency?.p99),
                    TimeText.latency(row.acknowledgementLatency?.p50),
                    TimeText.latency(row.acknowledgementLatency?.p99), time.text(row.oldestMissingTime),
                ]
            )
        }
        let oldest = rows.compactMap(\.oldestMissingTime).min()
        // Percentiles of several rows do not add up.
        table.setTotal(["total", ""] + counts(rows) + ["", "", "", "", time.text(oldest)])
        return table.lines(width: width)
    }

    static let csvHeader = [
        "client_id", "receiver_client_id", "sent", "delivered", "acknowledged", "missing", "overdue", "dead", "purged",
        "oldest_missing_time", "delivery_p50_microseconds", "delivery_p95_microseconds", "delivery_p99_microseconds",
        "delivery_max_microseconds", "acknowledgement_p50_microseconds", "acknowledgement_p95_microseconds",
        "acknowledgement_p99_microseconds", "acknowledgement_max_microseconds",
    ]

    static func csvFields(_ row: AuditRow) -> [String?] {
        var fields: [String?] = [row.clientID, row.receiverClientID]
        fields += counts([row]).map(Optional.some)
        fields.append(row.oldestMissingTime?.description)
        return fields + latencies(row.deliveryLatency) + latencies(row.acknowledgementLatency)
    }

    private static func counts(_ rows: [AuditRow]) -> [String] {
        let columns: [KeyPath<AuditRow, Int>] = [
            \.sent, \.delivered, \.acknowledged, \.missing, \.overdue, \.dead, \.purged,
        ]
        return columns.map { column in "\(rows.reduce(0) { $0 + $1[keyPath: column] })" }
    }

    private static func latencies(_ summary: LatencySummary?) -> [String?] {
        [summary?.p50, summary?.p95, summary?.p99, summary?.largest].map { $0.map { "\($0)" } }
    }
}
