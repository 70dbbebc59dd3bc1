internal import CMQWire
internal import Foundation

/// What the broker and a receiver read of an envelope, against two other readers of JSON.
enum EnvelopeTarget {
    static func run(_ bytes: [UInt8]) throws(FuzzFailure) {
        let depth = ReferenceJSON.depth(of: bytes)
        let isObject = depth != nil && bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "{")
        let accepts = bytes.withUnsafeBytes { bytes in (try? JSONObjectScanner.scan(bytes) { _, _ in }) != nil }
        let expected = isObject && depth ?? 0 <= 64
        try require(accepts == expected, accepts ? "accepts what is no JSON object" : "refuses a JSON object")
        var receivers = TextMemo()
        let header = bytes.withUnsafeBytes { try? EnvelopeHeader.read($0, receivers: &receivers) }
        let envelope = bytes.withUnsafeBytes { try? Envelope(json: $0) }
        try require(accepts || (header == nil && envelope == nil), "reads an envelope from what is no JSON object")
        if let header, let envelope {
            // The broker decides by the one, the receiver by the other.
            try require(header.messageID == envelope.messageID, "two message_id in one envelope")
            let receiver = envelope.receiverClientID.flatMap { $0.isEmpty ? nil : $0 }
            try require(header.receiver == receiver, "two receivers in one envelope")
        }
        if let header { try compare(header, withFoundationOn: bytes) }
    }

    private static func compare(_ header: EnvelopeHeader, withFoundationOn bytes: [UInt8]) throws(FuzzFailure) {
        guard let object = (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any] else {
            try require(isBeyondFoundation(bytes), "Foundation refuses it")
            return
        }
        // Foundation takes one of two members of the same name.
        try require(object["message_id"] as? String == header.messageID.description, "Foundation reads another id")
        let receiver = (object["receiver_client_id"] as? String).flatMap { $0.isEmpty ? nil : $0 }
        try require(receiver == header.receiver, "Foundation reads another receiver")
    }

    /// Lone surrogates and numbers that do not fit are JSON, but Foundation has no value for them.
    private static func isBeyondFoundation(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        return text.contains("\\u") || text.contains(/[0-9][eE]/) || text.contains(/[0-9.]{16}/)
    }
}
