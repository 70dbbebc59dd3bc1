import CMQCommand

extension JournalRow {
    static let header = "    POSITION  TIME                     KIND               WHAT"

    /// The last line; the journal's own marks are counted apart where they are shown.
    static func total(records: Int, marks: Int) -> String {
        "\(records) \(records == 1 ? "record" : "records")"
            + (marks > 0 ? ", \(marks) \(marks == 1 ? "mark" : "marks")" : "")
    }

    /// One line: position, time, kind, and what is known about it.
    ///
    /// - Parameter width: The columns of the terminal, where there is one; a problem is shown whole.
    func line(time form: TimeText, width: Int?) -> String {
        let place = Self.padded("\(position)", 12, isRight: true)
        let clock = Self.padded(form.text(time), form.isUTC ? 24 : 23)
        let line = Diagnostics.printable("\(place)  \(clock)  \(Self.padded(kind, 17))  \(what)")
        guard problem == nil, let width else { return line }
        return TextTable.cut(line, to: width)
    }

    private var what: String {
        var parts: [String] = []
        if let messageID { parts.append(messageID) }
        if let exchange { parts.append("exchange=\(exchange)") }
        if let exchangeKind { parts.append("exchange_kind=\(exchangeKind)") }
        if let routingKey { parts.append("routing_key=\(routingKey)") }
        if let queues, !queues.isEmpty { parts.append("queue=\(queues.joined(separator: ","))") }
        if let intoQueue { parts.append("into=\(intoQueue)") }
        if let client { parts.append("client=\(client)") }
        if let receiver { parts.append("receiver=\(receiver)") }
        if let attempt { parts.append("attempt=\(attempt)") }
        if let reason { parts.append("reason=\(reason)") }
        if let envelopeBytes { parts.append("envelope=\(envelopeBytes)") }
        if let durableThrough { parts.append("durable_through=\(durableThrough)") }
        parts.append("bytes=\(payloadBytes)")
        if let problem { parts.append("PROBLEM: \(problem) (\(segment), offset \(offset))") }
        return parts.joined(separator: " ")
    }

    private static func padded(_ text: String, _ width: Int, isRight: Bool = false) -> String {
        let padding = String(repeating: " ", count: max(0, width - text.count))
        return isRight ? padding + text : text + padding
    }
}
