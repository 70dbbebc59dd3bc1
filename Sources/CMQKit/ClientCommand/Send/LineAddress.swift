internal import CMQWire

/// What an addressed line says: `{"to":…, "exchange":…, "routing_key":…, "content":…}`.
package struct LineAddress {
    package var receivers: [String]
    package var exchange: String?
    package var routingKey: String?
    /// The bytes of the content; they live as long as the line.
    package var content: UnsafeRawBufferPointer

    /// Why a line is not addressed.
    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    package init(_ line: UnsafeRawBufferPointer) throws(Failure) {
        var members: [String: UnsafeRawBufferPointer] = [:]
        do throws(JSONError) {
            try JSONObjectScanner.scan(line) { name, value in
                members[JSONString.unescape(name) ?? ""] = value
            }
        } catch {
            throw Failure(description: "is not an addressed message: \(error)")
        }
        guard let content = members.removeValue(forKey: "content") else {
            throw Failure(description: "has no \"content\"")
        }
        self.content = content
        guard let to = members.removeValue(forKey: "to") else { throw Failure(description: "has no \"to\"") }
        receivers = try Self.receivers(to)
        exchange = try Self.text("exchange", &members)
        routingKey = try Self.text("routing_key", &members)
        if let unknown = members.keys.sorted().first {
            throw Failure(description: "has an unknown member \"\(unknown)\"")
        }
    }

    private static func text(
        _ name: String,
        _ members: inout [String: UnsafeRawBufferPointer]
    ) throws(Failure) -> String? {
        guard let value = members.removeValue(forKey: name) else { return nil }
        guard let text = JSONString.decode(value), !text.isEmpty else {
            throw Failure(description: "has a \"\(name)\" that is no text")
        }
        return text
    }

    private static func receivers(_ value: UnsafeRawBufferPointer) throws(Failure) -> [String] {
        if let one = JSONString.decode(value), !one.isEmpty { return [one] }
        var receivers: [String] = []
        do throws(JSONError) {
            var cursor = JSONCursor(value)
            try cursor.array { (cursor) throws(JSONError) in
                if let text = JSONString.decode(try cursor.value(depth: 1)), !text.isEmpty { receivers.append(text) }
            }
        } catch {
            receivers = []
        }
        guard !receivers.isEmpty else { throw Failure(description: "has a \"to\" that names nobody") }
        return receivers
    }
}
