internal import CMQWire
internal import NIOCore

/// The commands that one session sent in a row, and the bytes that their envelopes lie in.
struct InputBurst: Sendable {
    /// A command, and what it counts as: the bytes of its line, which belong to the first one in a batch, and its own.
    struct Item: Sendable {
        /// What a command takes in memory besides its line, at least: a line may be one byte long.
        static let memoryBytes = 192

        var input: SessionInput
        /// 0 for what ends the connection.
        var bytes: Int

        var publishes: Bool {
            if case .publish = input { true } else { false }
        }
    }

    /// Where the bytes of an envelope are; they stay where they were read.
    struct Slice: Sendable {
        fileprivate var buffer: Int
        /// From the first byte of the buffer that can be read.
        fileprivate var offset: Int
        var count: Int
    }

    private(set) var items: [Item] = []
    private var buffers: [ByteBuffer] = []
    /// What all commands count as together.
    private(set) var bytes = 0

    var isEmpty: Bool { items.isEmpty }

    /// The bytes of the buffer that will be given to ``keep(_:)`` next.
    struct Origin {
        fileprivate let buffer: Int
        fileprivate let base: UnsafeRawPointer?

        /// Where `part` of the bytes is.
        func slice(_ part: UnsafeRawBufferPointer) -> Slice {
            guard let base, let address = part.baseAddress else { return Slice(buffer: buffer, offset: 0, count: 0) }
            return Slice(buffer: buffer, offset: address - base, count: part.count)
        }
    }

    /// - Parameter bytes: All bytes of that buffer that can be read.
    func origin(of bytes: UnsafeRawBufferPointer) -> Origin {
        Origin(buffer: buffers.count, base: bytes.baseAddress)
    }

    /// - Parameter lineBytes: Bytes of lines that are done with this command.
    mutating func append(_ input: SessionInput, lineBytes: Int) {
        append(Item(input: input, bytes: lineBytes + Item.memoryBytes))
    }

    /// Adds the last answer, with which the connection ends.
    mutating func append(last reply: Reply) {
        append(Item(input: .answer(reply), bytes: 0))
    }

    private mutating func append(_ item: Item) {
        items.append(item)
        bytes += item.bytes
    }

    /// Takes back the items from `index` on.
    mutating func removeItems(from index: Int) {
        for item in items[index...] { bytes -= item.bytes }
        items.removeSubrange(index...)
    }

    /// Keeps the first `count` bytes of the buffer that slices were named of since the last call.
    ///
    /// Copies them out of a buffer that is large for them: TLS hands out small records in large buffers.
    mutating func keep(_ buffer: ByteBuffer, count: Int) {
        let isSmall = count < buffer.storageCapacity / 2
        buffers.append(isSmall ? ByteBuffer(bytes: buffer.readableBytesView.prefix(count)) : buffer)
    }

    /// Gives `body` the bytes of an envelope.
    func withBytes<Result>(of slice: Slice, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        buffers[slice.buffer].withUnsafeReadableBytes {
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
        for item in items { part.append(item) }
        return part
    }
}
