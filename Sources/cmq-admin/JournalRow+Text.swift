import CMQCommand

extension JournalRow {
    static let header = "    POSITION  TIME                     KIND               WHAT"

    /// One line: position, time, kind, and what is known about it.
    func line(time form: TimeText) -> String {
        let place = Self.padded("\(position)", 12, isRight: true)
        let clock = Self.padded(form.text(time), form.isUTC ? 24 : 23)
        return Diagnostics.printable("\(place)  \(clock)  \(Self.padded(kind, 17))  \(what)")
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
