internal import CMQCatalog
internal import CMQSecrets
internal import Dispatch
internal import Synchronization

/// The clients' public keys: the catalog holds them, this remembers those that were asked for, so that
/// senders go on while the catalog is away. The catalog is used on a queue of its own, because it blocks.
final class KeyDirectory: Sendable {
    /// Why there is no answer, for the client.
    struct Failure: Error {
        var reason: String
    }

    /// More than this many are forgotten all at once and asked for again.
    private static let cachedMax = 100_000

    private let catalog: any Catalog
    private let queue = DispatchQueue(label: "cmq.keys")
    private let keys = Mutex<[String: String]>([:])

    init(catalog: any Catalog) {
        self.catalog = catalog
    }

    /// Lets what is asked for be answered, so that the catalog may be closed then. Blocks.
    func drain() {
        queue.sync {}
    }

    /// The key in base64, if it is known without asking the catalog.
    func cached(_ client: String) -> String? {
        keys.withLock { $0[client] }
    }

    /// Reads the keys anew: they are then at hand while the catalog is away.
    func refresh() {
        queue.async { [self] in
            guard let stored = try? catalog.publicKeys(limit: Self.cachedMax) else { return }
            let texts = stored.mapValues { Base64.encode($0) }
            keys.withLock { $0 = texts }
        }
    }

    func find(_ client: String, _ completion: @escaping @Sendable (Result<String?, Failure>) -> Void) {
        queue.async { [self] in
            do throws(CatalogError) {
                let text = try catalog.publicKey(of: client).map { Base64.encode($0) }
                if let text { remember(text, of: client) }
                completion(.success(text))
            } catch {
                completion(.failure(Failure(reason: "public keys are not available (\(error.code.rawValue))")))
            }
        }
    }

    /// Stores a key; it is durable when `completion` is called with success.
    func register(
        _ key: [UInt8],
        text: String,
        for client: String,
        at time: Int64,
        _ completion: @escaping @Sendable (Result<Void, Failure>) -> Void
    ) {
        queue.async { [self] in
            let registration = PublicKeyRegistration(
                clientID: client,
                key: key,
                fingerprint: KeyFingerprint.text(of: key),
                registeredBy: client,
                time: time
            )
            do throws(CatalogError) {
                try catalog.registerPublicKey(registration)
                remember(text, of: client)
                completion(.success(()))
            } catch {
                // A receiver that starts again registers the key that it registered before: nothing is to be stored.
                if error.code == .unavailable, cached(client) == text { return completion(.success(())) }
                // It may have been stored all the same.
                keys.withLock { $0[client] = nil }
                completion(.failure(Failure(reason: "the key cannot be stored (\(error.code.rawValue))")))
            }
        }
    }

    private func remember(_ text: String, of client: String) {
        keys.withLock { keys in
            if keys.count >= Self.cachedMax { keys = [:] }
            keys[client] = text
        }
    }
}
