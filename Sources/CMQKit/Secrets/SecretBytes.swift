internal import COpenSSL
internal import Glibc

/// Key material in memory that is locked against swapping where the system allows it,
/// left out of core dumps, compared in constant time and wiped when the last reference goes.
///
/// It has no `description` that shows its content, so that it cannot reach a log by accident.
public final class SecretBytes: @unchecked Sendable {
    // Unchecked because of the pointer: the memory is written only in `init` and
    // `deinit`, when no other thread can hold a reference.
    private let storage: UnsafeMutableRawBufferPointer

    /// The number of bytes.
    public var count: Int { storage.count }

    /// Allocates `count` bytes and lets `body` fill them; they start as zeros.
    public init<Failure: Error>(
        count: Int,
        filledBy body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        // Whole pages, because locks and core dump advice count in pages and do not nest:
        // a neighbour on the same page would lose them when this one is wiped.
        let pages = Self.roundedUpToPages(count)
        storage = UnsafeMutableRawBufferPointer(
            start: .allocate(byteCount: pages, alignment: Self.pageSize),
            count: count
        )
        if let base = storage.baseAddress {
            memset(base, 0, count)
            // Both are best effort: a container without CAP_IPC_LOCK still has to work.
            _ = mlock(base, pages)
            _ = madvise(base, pages, MADV_DONTDUMP)
        }
        // When it throws, `deinit` runs: every property is set.
        try body(storage)
    }

    /// Copies `bytes`. The caller stays responsible for the copy it passed in.
    public convenience init(copying bytes: some Collection<UInt8>) {
        self.init(count: bytes.count) { $0.copyBytes(from: bytes) }
    }

    deinit {
        Self.wipe(storage)
    }

    private static func wipe(_ storage: UnsafeMutableRawBufferPointer) {
        guard let base = storage.baseAddress else { return }
        let pages = roundedUpToPages(storage.count)
        OPENSSL_cleanse(base, storage.count)
        munlock(base, pages)
        // The allocator gives the pages to others, whose content belongs into a core dump.
        _ = madvise(base, pages, MADV_DODUMP)
        base.deallocate()
    }

    private static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))

    private static func roundedUpToPages(_ count: Int) -> Int {
        max(1, (count + pageSize - 1) / pageSize) * pageSize
    }

    /// Gives `body` the bytes for the time of the call.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(storage))
    }

    /// Gives `body` the address of the bytes for the time of the call, as C functions want it; there is
    /// one even for no bytes.
    package func withUnsafePointer<Result, Failure: Error>(
        _ body: (UnsafePointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard let base = storage.baseAddress else { preconditionFailure("secret memory without an address") }
        return try body(UnsafePointer(base.assumingMemoryBound(to: UInt8.self)))
    }

    /// Lets `body` write `count` bytes; `nil`, with everything wiped, when it returns false.
    package static func make(count: Int, filledBy body: (UnsafeMutablePointer<UInt8>) -> Bool) -> SecretBytes? {
        var isValid = false
        let secret = SecretBytes(count: count) { bytes in
            guard let base = bytes.baseAddress else { return }
            isValid = body(base.assumingMemoryBound(to: UInt8.self))
        }
        return isValid ? secret : nil
    }

    /// Whether both hold the same bytes, in a time that depends on the length only.
    public func isEqual(to other: SecretBytes) -> Bool {
        guard count == other.count else { return false }
        return withUnsafeBytes { left in
            other.withUnsafeBytes { right in
                CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0
            }
        }
    }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible {
    /// `SecretBytes(32 bytes)`: the length, never the content.
    public var description: String { "SecretBytes(\(count) bytes)" }

    /// The same as ``description``.
    public var debugDescription: String { description }
}
