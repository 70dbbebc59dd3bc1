/// Why bytes are not an envelope.
package enum EnvelopeError: Error, Hashable, CustomStringConvertible {
    case invalidJSON(JSONError)
    case missing(EnvelopeMember)
    case repeated(EnvelopeMember)
    case notText(EnvelopeMember)
    /// Empty, too long, or with blanks or control characters.
    case invalidMessageID

    package var description: String {
        switch self {
        case .invalidJSON(let error): error.description
        case .missing(let member): "\(member.name) is missing"
        case .repeated(let member): "\(member.name) occurs twice"
        case .notText(let member): "\(member.name) is not a text"
        case .invalidMessageID:
            "message_id must have 1 to \(MessageID.bytesMax) bytes without blanks and control characters"
        }
    }
}
