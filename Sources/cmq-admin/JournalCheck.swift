import CMQJournal

/// What a look at every byte of a journal found.
struct JournalCheck: Encodable {
    struct Problem: Encodable {
        var message: String
        var segment: String?
        var offset: UInt64?
        var remedy: String

        var text: String {
            guard let segment else { return message }
            return message + " (\(segment)" + (offset.map { ", offset \($0))" } ?? ")")
        }

        init(_ error: JournalError) {
            message = error.message
            segment = error.path
            offset = error.offset
            remedy = error.remedy
        }

        init(_ row: JournalRow, problem: String, path: String) {
            message = "a record's checksum is right, but its content is not: \(problem)"
            segment = path
            offset = row.offset
            remedy = "use the cmq-admin of the broker's version"
        }
    }

    private(set) var directory: String
    private(set) var isWhole = false
    private(set) var segments = 0
    private(set) var checkpoints = 0
    private(set) var records = 0
    private(set) var payloadBytes: UInt64 = 0
    private(set) var endPosition: UInt64 = 0
    private(set) var provenThrough: UInt64 = 0
    private(set) var tornBytes: UInt64 = 0
    private(set) var lost = 0
    private(set) var problems: [Problem] = []

    private enum CodingKeys: String, CodingKey {
        case directory, segments, checkpoints, records, lost, problems
        case isWhole = "whole"
        case payloadBytes = "payload_bytes"
        case endPosition = "end_position"
        case provenThrough = "proven_through"
        case tornBytes = "torn_bytes"
    }

    init(directory: String) {
        self.directory = directory
    }

    mutating func run() throws(JournalError) {
        var queueNames: [UInt32: String] = [:]
        var contentProblems: [Problem] = []
        let found = try JournalInspector(directory: directory).walk { entry in
            let row = JournalRow(entry, queueNames: &queueNames)
            // What is damaged is among the walk's own problems already.
            if entry.isIntact, let problem = row.problem {
                contentProblems.append(Problem(row, problem: problem, path: entry.path))
            }
            return true
        }
        segments = found.segments.count
        checkpoints = found.checkpoints.count
        records = found.recordCount
        payloadBytes = found.payloadBytes
        endPosition = found.endPosition
        provenThrough = found.provenThrough
        tornBytes = found.tornBytes
        lost = found.lostCount
        problems = found.problems.map(Problem.init) + contentProblems
        isWhole = problems.isEmpty
    }

    var lines: [String] {
        var lines = [
            "journal      \(directory)",
            "segments     \(segments), and \(checkpoints) \(checkpoints == 1 ? "checkpoint" : "checkpoints")",
            "records      \(records), \(SizeText.text(payloadBytes))",
            "end          position \(endPosition), proven durable through \(provenThrough)",
        ]
        if tornBytes > 0 { lines.append("torn         \(tornBytes) bytes, which the next start drops") }
        if lost > 0 {
            lines.append("lost         \(lost) \(lost == 1 ? "place" : "places") that an earlier repair gave up")
        }
        lines += problems.map { "PROBLEM      \($0.text)" }
        return lines + [isWhole ? "result       whole" : "result       damaged"]
    }
}
