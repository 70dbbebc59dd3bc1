internal import Glibc

/// Remembers the text that the last bytes stood for: commands in a row usually name the same things.
package struct TextMemo {
    /// Longer texts are not kept: a name may be as long as a line, and every connection has such memories.
    private static let bytesMax = 1_024

    private var bytes: [UInt8] = []
    private var text: String?

    package init() {}

    /// What `make` says of `bytes`, without asking it again for the same ones.
    package mutating func text(
        of bytes: UnsafeRawBufferPointer,
        make: (UnsafeRawBufferPointer) -> String?
    ) -> String? {
        if let text, isRemembered(bytes) { return text }
        guard bytes.count <= Self.bytesMax else { return make(bytes) }
        text = make(bytes)
        self.bytes.removeAll(keepingCapacity: true)
        self.bytes.append(contentsOf: bytes)
        return text
    }

    private func isRemembered(_ candidate: UnsafeRawBufferPointer) -> Bool {
        guard candidate.count == bytes.count, let address = candidate.baseAddress else { return false }
        return bytes.withUnsafeBytes { $0.baseAddress.map { memcmp($0, address, candidate.count) == 0 } ?? true }
    }
}
