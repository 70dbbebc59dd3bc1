package import CMQCommand

/// `host:port` as users write it; an IPv6 address goes in brackets.
package struct ServerAddress: Hashable, Sendable {
    package var host: String
    package var port: Int

    /// The port of the earlier brokers.
    package static let defaultPort = 5_672

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// - Throws: ``CommandFailure`` with the status for wrong usage.
    package init(_ text: String) throws(CommandFailure) {
        var host = Substring(text)
        var port: Substring?
        if text.hasPrefix("[") {
            let end = text.firstIndex(of: "]") ?? text.index(before: text.endIndex)
            host = text[end] == "]" ? text[text.index(after: text.startIndex)..<end] : ""
            let rest = text[text.index(after: end)...]
            port = rest.isEmpty ? nil : rest.dropFirst()
            if !rest.isEmpty, !rest.hasPrefix(":") { host = "" }
        } else if let colon = text.lastIndex(of: ":"), text.firstIndex(of: ":") == colon {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        let number = port.map { Int($0) ?? 0 } ?? Self.defaultPort
        guard !host.isEmpty, !host.contains(where: { " []".contains($0) }), 1...65_535 ~= number else {
            throw CommandFailure(
                .usage,
                "'\(text)' is not a server address",
                hint: "write HOST:PORT, such as localhost:\(Self.defaultPort)"
            )
        }
        self.init(host: String(host), port: number)
    }
}
