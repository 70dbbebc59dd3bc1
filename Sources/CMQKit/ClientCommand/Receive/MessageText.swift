internal import CMQSecrets
package import CMQWire

/// How a plaintext is shown: as one line of JSON wherever it can be.
package enum MessageText {
    /// Appends what `field` asks for, without a line end.
    package static func append(
        _ plaintext: UnsafeRawBufferPointer,
        _ field: ReceiveRequest.Field,
        to output: inout [UInt8]
    ) {
        switch field {
        case .raw: output.append(contentsOf: plaintext)
        case .full: appendJSON(plaintext, to: &output)
        case .content: appendJSON(content(of: plaintext) ?? plaintext, to: &output)
        }
    }

    /// Appends a record of an output file: `message_id`, `message` and `timestamp`, with the line end.
    package static func appendRecord(
        _ id: MessageID,
        _ plaintext: UnsafeRawBufferPointer,
        _ field: ReceiveRequest.Field,
        timestamp: String,
        to output: inout [UInt8]
    ) {
        output += Array("{\"message_id\":".utf8)
        JSONString.append(id.description, to: &output)
        output += Array(",\"message\":".utf8)
        if field == .raw {
            appendString(plaintext, to: &output)
        } else {
            append(plaintext, field, to: &output)
        }
        output += Array(",\"timestamp\":\"\(timestamp)\"}\n".utf8)
    }

    /// The bytes of `content` in a message of the standard form.
    static func content(of plaintext: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        var content: UnsafeRawBufferPointer?
        do throws(JSONError) {
            try JSONObjectScanner.scan(plaintext) { name, value in
                if name.equals("content") { content = value }
            }
        } catch {
            return nil
        }
        return content
    }

    /// JSON as it is, on one line; anything else as a string.
    private static func appendJSON(_ text: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        guard isJSON(text) else { return appendString(text, to: &output) }
        let start = output.count
        output.append(contentsOf: text)
        // A line end in JSON is a blank between its parts: strings have none.
        for index in start..<output.count where output[index] == 0x0A || output[index] == 0x0D { output[index] = 0x20 }
    }

    private static func appendString(_ text: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        if let string = String(validating: text, as: UTF8.self) {
            JSONString.append(string, to: &output)
        } else {
            output += Array("{\"base64\":\"\(Base64.encode(Array(text)))\"}".utf8)
        }
    }

    private static func isJSON(_ text: UnsafeRawBufferPointer) -> Bool {
        var cursor = JSONCursor(text)
        do throws(JSONError) {
            _ = try cursor.value()
            try cursor.expectEnd()
            return true
        } catch {
            return false
        }
    }
}
