import CMQCatalog
import CMQCommand

extension DatabaseRow {
    /// The engine in one line: `PostgreSQL 15.8, 12.3 MiB, no standby`.
    var summary: String {
        var line = "\(engine == "postgresql" ? "PostgreSQL" : "SQLite") \(version), \(SizeText.text(sizeBytes))"
        if isStandby == true { return line + ", a standby: what it shows may be behind" }
        guard let replicas else { return line }
        for replica in replicas {
            line += ", standby \(Diagnostics.printable(replica.name)) \(replica.state ?? "in a hidden state")"
            if let lagBytes = replica.lagBytes { line += ", \(SizeText.text(max(lagBytes, 0))) behind" }
        }
        return replicas.isEmpty ? line + ", no standby" : line
    }
}
