internal import CSodium

/// libsodium, initialised before its first use.
enum Sodium {
    /// Touch it before any other call; the initialisation itself runs once.
    ///
    /// It fails only without a source of random numbers, which is no state to go on in.
    static let isReady: Bool = {
        precondition(sodium_init() >= 0, "libsodium cannot be initialised")
        return true
    }()
}
