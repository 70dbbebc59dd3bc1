internal import NIOCore

/// The commands that one session sent in a row, and the bytes that their envelopes lie in.
struct InputBurst: Sendable {
    /// A command and the bytes that its line took, or that belongs to it in a batch.
    struct Item: Sendable {
        var input: SessionInput
        var bytes: Int

        var publishes: Bool {
            if case .publish = input { true } else { false }
        }
    }

    /// Where the bytes of an envelope are; they stay where they were read.
    struct Slice: Sendable {
        fileprivate var buffer: Int
        fileprivate var offset: Int
        var count: Int
    }

    private(set) var items: [Item] = []
    private var buffers: [ByteBuffer] = []
    /// Bytes of the lines of all commands together.
    private(set) var bytes = 0

    var isEmpty: Bool { items.isEmpty }

    /// The bytes of the buffer that will be given to ``keep(_:)`` next.
    struct Origin {
        fileprivate let buffer: Int
        fileprivate let offset: Int
        fileprivate let base: UnsafeRawPointer?

        /// Where `part` of the bytes is.
        func slice(_ part: UnsafeRawBufferPointer) -> Slice {
            guard let base, let address = part.baseAddress else { return Slice(buffer: buffer, offset: 0, count: 0) }
            return Slice(buffer: buffer, offset: offset + (address - base), count: part.count)
        }
    }

    /// - Parameter offset: Where `bytes` begin in their buffer.
    func origin(of bytes: UnsafeRawBufferPointer, at offset: Int) -> Origin {
        Origin(buffer: buffers.count, offset: offset, base: bytes.baseAddress)
    }

    mutating func append(_ input: SessionInput, bytes count: Int) {
        items.append(Item(input: input, bytes: count))
        bytes += count
    }

    /// Takes back the items from `index` on.
    mutating func removeItems(from index: Int) {
        for item in items[index...] { bytes -= item.bytes }
        items.removeSubrange(index...)
    }

    /// Keeps the buffer that slices were named of since the last call.
    mutating func keep(_ buffer: ByteBuffer) {
        buffers.append(buffer)
    }

    /// Gives `body` the bytes of an envelope.
    func withBytes<Result>(of slice: Slice, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        buffers[slice.buffer].withVeryUnsafeBytes {
            body(UnsafeRawBufferPointer(rebasing: $0[slice.offset..<(slice.offset + slice.count)]))
        }
    }

    /// The items before `index`, and those from there on.
    func split(at index: Int) -> (InputBurst, InputBurst) {
        (part(items[..<index]), part(items[index...]))
    }

    private func part(_ items: ArraySlice<Item>) -> InputBurst {
        var part = InputBurst()
        part.buffers = buffers
        for item in items { part.append(item.input, bytes: item.bytes) }
        return part
    }
}
