/// A receiver's two keys: the public one for senders, the private one to open what they sealed.
public struct KeyPair: Sendable {
    /// Opens messages.
    public let privateKey: PrivateKey
    /// Is given to senders.
    public let publicKey: PublicKey

    /// A new random pair.
    public init() {
        self.init(PrivateKey())
    }

    /// The pair that `privateKey` belongs to.
    public init(_ privateKey: PrivateKey) {
        self.privateKey = privateKey
        publicKey = privateKey.publicKey
    }
}
