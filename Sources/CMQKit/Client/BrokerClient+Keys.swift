public import CMQCrypto

/// The public keys that the broker keeps for its clients.
extension BrokerClient {
    /// Leaves our public key with the broker, for those who send to us.
    ///
    /// - Throws: ``BrokerClientError``; `unknown_command` from a broker of 1.0, which keeps no keys.
    public func registerPublicKey(_ key: PublicKey) async throws(BrokerClientError) {
        var reply = try await command("register_public_key", key.base64)
        if isOlderBroker, reply == "Unknown command" {
            reply = try await command("register_key", clientID, key.base64)
        }
        try expect("Public key registered", reply, "register the public key")
    }

    /// The public key of another client, as the broker has it; `nil` when it has none.
    ///
    /// The broker could hand out a key of its own: compare fingerprints with the receiver.
    ///
    /// - Throws: ``BrokerClientError``, also when the answer is not a sound key.
    public func publicKey(of clientID: String) async throws(BrokerClientError) -> PublicKey? {
        var reply = try await command("get_public_key", clientID)
        if isOlderBroker, reply == "Unknown command" { reply = try await command("get_key", clientID) }
        if reply == "Public key not found" || reply == "No public key found" { return nil }
        if reply.hasPrefix("Error: public keys are not available") {
            throw BrokerClientError(
                .keysUnavailable,
                "the broker cannot give the public key of '\(clientID)' now: \(reply.dropFirst(7))",
                remedy: "try again when the broker's database is back"
            )
        }
        guard reply.hasPrefix("Public key: ") else {
            throw Self.refusal(reply, "give the public key of '\(clientID)'")
        }
        do throws(CryptoError) {
            return try PublicKey(base64: reply.dropFirst(12))
        } catch {
            throw BrokerClientError(
                .protocolViolation,
                "the broker gives a bad public key for '\(clientID)': \(error.message)",
                remedy: error.hint
            )
        }
    }
}
