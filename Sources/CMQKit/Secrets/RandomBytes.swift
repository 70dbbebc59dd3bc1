internal import COpenSSL

/// Bytes from OpenSSL's generator, which is seeded, and reseeded, from the system's.
package enum RandomBytes {
    /// Fills `buffer`.
    package static func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        guard !buffer.isEmpty else { return }
        let bytes = buffer.assumingMemoryBound(to: UInt8.self)
        // Without random numbers every key would be worthless, and no input can cause it:
        // it takes a system without a generator.
        precondition(
            bytes.count <= Int(Int32.max) && RAND_bytes(bytes.baseAddress, Int32(bytes.count)) == 1,
            "the system has no random number generator"
        )
    }

    /// `count` random bytes.
    package static func make(count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            fill(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]))
            initialized = count
        }
    }

    /// `count` random bytes for a key.
    package static func makeSecret(count: Int) -> SecretBytes {
        SecretBytes(count: count) { fill($0) }
    }
}
