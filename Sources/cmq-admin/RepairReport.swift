import CMQBrokerCore
import CMQJournal
import CMQWire

/// What a repair of a journal loses, for people and as JSON.
struct RepairReport: Encodable {
    struct Loss: Encodable {
        var what: String
        var segment: String
        var offset: UInt64
        var position: UInt64
        var bytes: UInt64
        /// Of the record, where it can still be read; damage may have changed either.
        var kind: String?
        var messageID: String?

        private enum CodingKeys: String, CodingKey {
            case what, segment, offset, position, bytes, kind
            case messageID = "message_id"
        }

        init(_ loss: JournalLoss) {
            segment = loss.path
            offset = loss.offset
            position = loss.position
            bytes = loss.bytes
            switch loss.extent {
            case .record: what = "a record"
            case .stretch: what = "one record or more"
            case .segment: what = "a whole segment"
            case .end: what = "all behind the last segment"
            }
            guard let kind = BrokerRecord.Kind(rawValue: loss.kind) else { return }
            self.kind = JournalRow.word(kind)
            messageID = loss.remains.withUnsafeBytes { bytes in
                let record = try? BrokerRecord.decode(kind: loss.kind, payload: bytes).record
                return record?.messageID.map(\.description)
            }
        }

        var text: String {
            var text = "\(what), position \(position), \(bytes) bytes (\(segment), offset \(offset))"
            if let kind { text += ", perhaps \(kind)" }
            if let messageID { text += " of message \(messageID)" }
            return text
        }
    }

    var directory: String
    var isNeeded: Bool
    var isDone: Bool
    var backup: String?
    var changedFiles: [String]
    var losses: [Loss]

    private enum CodingKeys: String, CodingKey {
        case directory, backup, losses
        case isNeeded = "needed"
        case isDone = "repaired"
        case changedFiles = "changed_files"
    }

    init(_ directory: String, _ report: JournalRepairReport) {
        self.directory = directory
        isNeeded = !report.changes.isEmpty
        isDone = report.backup != nil
        backup = report.backup
        var seen: Set<String> = []
        changedFiles = report.changes.filter { seen.insert($0).inserted }
        losses = report.losses.map(Loss.init)
    }

    var lostText: String {
        let bytes = losses.reduce(0) { $0 + $1.bytes }
        return "\(bytes) bytes in \(losses.count) \(losses.count == 1 ? "place" : "places")"
    }

    var lines: [String] {
        var lines = ["journal      \(directory)"]
        lines += losses.map { "LOST         \($0.text)" }
        lines += changedFiles.map { "\(isDone ? "changed" : "to change")\(isDone ? "      " : "    ")\($0)" }
        if let backup { lines.append("original     \(backup)") }
        let result = isDone ? "repaired" : isNeeded ? "damaged, nothing was changed" : "nothing to repair"
        return lines + ["result       \(result)"]
    }
}

extension BrokerRecord {
    /// Which message it is about, if any.
    var messageID: MessageID? {
        switch self {
        case .published(let record): record.id
        case .delivered(let copy, _), .acknowledged(let copy), .purged(let copy), .failureCounted(let copy),
            .deadLettered(let copy, _, _), .redriven(let copy, _):
            copy.id
        case .exchangeDeclared, .queueDeclared, .bound: nil
        }
    }
}
