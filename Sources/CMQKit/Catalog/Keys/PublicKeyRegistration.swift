/// A client's public key as the broker received it.
package struct PublicKeyRegistration: Sendable, Equatable {
    package var clientID: String
    /// The raw bytes.
    package var key: [UInt8]
    /// The key's fingerprint in the toolkit's form, kept readable in the history.
    package var fingerprint: String
    /// The identity that registered it.
    package var registeredBy: String
    /// Microseconds since 1970.
    package var time: Int64

    package init(clientID: String, key: [UInt8], fingerprint: String, registeredBy: String, time: Int64) {
        self.clientID = clientID
        self.key = key
        self.fingerprint = fingerprint
        self.registeredBy = registeredBy
        self.time = time
    }
}

/// What a registration changed.
package enum PublicKeyChange: Sendable, Equatable {
    /// The client had no key.
    case added
    /// The same key was there; nothing was written.
    case unchanged
    case replaced
}
