/// One encrypted message as it travels: a JSON object whose binary members are base64, still as text.
///
/// Decoding copies the JSON text once and remembers where its members lie.
package struct Envelope: Sendable {
    package let messageID: MessageID
    // The JSON text, followed by the text of those members that were written with escapes.
    private let text: [UInt8]
    private let places: InlineArray<6, Range<Int>?>

    /// Takes exactly one JSON object; members that are not ours, such as `sent_time`, are passed over.
    ///
    /// A `tag` or `receiver_client_id` of `null` counts as absent.
    ///
    /// - Throws: ``EnvelopeError``, also when one of our members occurs twice: two readers must not
    ///   be able to see two different messages.
    package init(json: UnsafeRawBufferPointer) throws(EnvelopeError) {
        var text = [UInt8](json)
        var places = InlineArray<6, Range<Int>?>(repeating: nil)
        var refusal: EnvelopeError?
        do throws(JSONError) {
            try JSONObjectScanner.scan(json) { (name, value) throws(JSONError) in
                guard let member = Self.member(named: name) else { return }
                switch Self.place(of: value, for: member, in: json) {
                case .success(let place):
                    if places[member.rawValue] != nil { refusal = refusal ?? .repeated(member) }
                    places[member.rawValue] = place
                case .failure(let error): refusal = refusal ?? error
                }
            }
        } catch {
            throw .invalidJSON(error)
        }
        if let refusal { throw refusal }
        for member in EnvelopeMember.allCases {
            guard let place = places[member.rawValue] else {
                guard !member.isRequired else { throw .missing(member) }
                continue
            }
            // An empty range marks an optional member that is null.
            if place.lowerBound < 0 {
                places[member.rawValue] = nil
                continue
            }
            let content = UnsafeRawBufferPointer(rebasing: json[place])
            guard content.contains(UInt8(ascii: "\\")) else { continue }
            guard let plain = JSONString.unescape(content) else { throw .notText(member) }
            let start = text.count
            text.append(contentsOf: plain.utf8)
            places[member.rawValue] = start..<text.count
        }
        guard let identity = places[EnvelopeMember.messageID.rawValue] else { throw .missing(.messageID) }
        let messageID = text.withUnsafeBufferPointer { text in
            MessageID(utf8: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: text[identity])))
        }
        guard let messageID else { throw .invalidMessageID }
        self.messageID = messageID
        self.text = text
        self.places = places
    }

    /// The identity of the receiver that the sender meant, where it says.
    package var receiverClientID: String? {
        withText(of: .receiverClientID) { $0.map { String(decoding: $0, as: UTF8.self) } }
    }

    /// Gives `body` the text of a member, without quotes and escapes, for the time of the call;
    /// `nil` when the envelope does not have it.
    package func withText<Result, Failure: Error>(
        of member: EnvelopeMember,
        _ body: (UnsafeRawBufferPointer?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard let place = places[member.rawValue] else { return try body(nil) }
        return try text.withUnsafeBufferPointer { (text) throws(Failure) in
            try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: text[place])))
        }
    }

    private static func member(named name: UnsafeRawBufferPointer) -> EnvelopeMember? {
        guard name.contains(UInt8(ascii: "\\")) else { return EnvelopeMember(name: name) }
        guard var plain = JSONString.unescape(name) else { return nil }
        return plain.withUTF8 { EnvelopeMember(name: UnsafeRawBufferPointer($0)) }
    }

    /// Where the characters of a text lie in `json`; a range before its start for an allowed `null`.
    private static func place(
        of value: UnsafeRawBufferPointer,
        for member: EnvelopeMember,
        in json: UnsafeRawBufferPointer
    ) -> Result<Range<Int>, EnvelopeError> {
        guard let start = value.baseAddress, let origin = json.baseAddress else { return .failure(.notText(member)) }
        if value[0] == UInt8(ascii: "\"") {
            let offset = start - origin
            return .success(offset + 1..<offset + value.count - 1)
        }
        if value[0] == UInt8(ascii: "n"), !member.isRequired { return .success(-1 ..< -1) }
        return .failure(.notText(member))
    }
}
