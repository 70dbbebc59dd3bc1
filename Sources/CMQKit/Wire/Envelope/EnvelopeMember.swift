/// The members of an envelope that a receiver needs, in the order in which they are written.
package enum EnvelopeMember: Int, CaseIterable, Sendable {
    case messageID
    case receiverClientID
    case encSessionKey
    case nonce
    case tag
    case ciphertext

    /// The name in JSON.
    package var name: StaticString {
        switch self {
        case .messageID: "message_id"
        case .receiverClientID: "receiver_client_id"
        case .encSessionKey: "enc_session_key"
        case .nonce: "nonce"
        case .tag: "tag"
        case .ciphertext: "ciphertext"
        }
    }

    /// Whether every generation of envelopes has it.
    package var isRequired: Bool { self != .receiverClientID && self != .tag }

    package init?(name: UnsafeRawBufferPointer) {
        guard let member = Self.allCases.first(where: { $0.name.isEqual(to: name) }) else { return nil }
        self = member
    }
}

extension StaticString {
    fileprivate func isEqual(to bytes: UnsafeRawBufferPointer) -> Bool {
        UnsafeRawBufferPointer(start: utf8Start, count: utf8CodeUnitCount).elementsEqual(bytes)
    }
}
