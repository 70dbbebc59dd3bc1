internal import CMQClient
internal import CMQCommand
internal import CMQCrypto

/// Decides with which key to encrypt for a receiver: what the broker says, checked against what is known.
struct ReceiverKeys {
    let known: KnownKeys
    let acceptsNewKeys: Bool
    let diagnostics: Diagnostics

    /// - Parameter client: `nil` while the broker is away: then only a known key serves.
    /// - Returns: `nil` when the broker is away and no key is known.
    /// - Throws: ``CommandFailure`` when there is no key, or another one than before.
    func key(of receiver: String, _ client: BrokerClient?) async throws(CommandFailure) -> PublicKey? {
        guard let client else { return try known.key(of: receiver)?.key }
        let offered: PublicKey?
        do throws(BrokerClientError) {
            offered = try await client.publicKey(of: receiver)
        } catch {
            // A broker whose catalog is away has no keys to give, and takes messages all the same.
            if error.code == .refused || error.code == .keysUnavailable, let known = try known.key(of: receiver) {
                diagnostics.warning("\(error); using the known key")
                return known.key
            }
            throw CommandFailure(error)
        }
        guard let offered else {
            if let known = try known.key(of: receiver) { return known.key }
            throw CommandFailure(
                .temporaryFailure,
                "the broker has no public key of '\(receiver)'",
                hint: "check the name, and start cmq-recv as '\(receiver)' once: it registers the key"
            )
        }
        switch try known.compare(offered, of: receiver) {
        case .same: break
        case .new:
            diagnostics.note("first key of '\(receiver)', fingerprint \(offered.fingerprint)")
            try known.remember(offered, of: receiver)
        case .changed(let old, let path):
            try changed(receiver, from: old, to: offered, path: path)
        }
        return offered
    }

    private func changed(
        _ receiver: String,
        from old: PublicKey,
        to new: PublicKey,
        path: String
    ) throws(CommandFailure) {
        let news = "the key of '\(receiver)' has changed: it was \(old.fingerprint), it is \(new.fingerprint)"
        guard acceptsNewKeys else {
            throw CommandFailure(
                .noPermission,
                news,
                hint: "compare with 'cmq-keygen fingerprint' at the receiver; if it is right, use --accept-new-keys "
                    + "(the known key is in \(path))"
            )
        }
        diagnostics.warning(news)
        try known.remember(new, of: receiver)
    }
}
