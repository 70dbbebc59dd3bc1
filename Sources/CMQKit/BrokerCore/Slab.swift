/// Elements named by small numbers that are used again after removal.
///
/// They lie in chunks, so that growth copies none of them, chunks without any are given back, and a copy of the
/// whole, taken for a checkpoint, costs only the chunks that change while it is held.
struct Slab<Element: Sendable>: Sendable {
    fileprivate struct Chunk: Sendable {
        var elements: ContiguousArray<Element> = []
        /// Places in `elements` whose element was removed.
        var free: ContiguousArray<UInt16> = []
        /// Whether it stands in `open`.
        var isOpen = true

        var isFull: Bool { free.isEmpty && elements.count == chunkElements }
        var isEmpty: Bool { free.count == elements.count }
    }

    fileprivate static var chunkBits: UInt32 { 12 }
    fileprivate static var chunkElements: Int { 1 << Int(chunkBits) }
    /// A chunk of so many elements gets all of its memory at once; a small slab stays small.
    fileprivate static var smallElements: Int { 256 }

    private var chunks: ContiguousArray<Chunk> = []
    /// Chunks with room, the next one to be filled last.
    private var open: ContiguousArray<UInt32> = []
    /// The chunk that was emptied last. It keeps its memory, for who adds and removes by turns.
    private var emptied = none
    /// The number of elements.
    private(set) var count = 0

    mutating func insert(_ element: Element) -> UInt32 {
        if open.isEmpty {
            open.append(UInt32(chunks.count))
            chunks.append(Chunk())
        }
        let chunk = open[open.count - 1]
        let place = chunks[Int(chunk)].insert(element)
        if chunks[Int(chunk)].isFull {
            chunks[Int(chunk)].isOpen = false
            open.removeLast()
        }
        count += 1
        return chunk << Self.chunkBits | UInt32(place)
    }

    /// Puts `vacant` in the element's place, so that it holds on to nothing.
    mutating func remove(_ index: UInt32, leaving vacant: Element) {
        let chunk = index >> Self.chunkBits
        self[index] = vacant
        chunks[Int(chunk)].free.append(UInt16(index & UInt32(Self.chunkElements - 1)))
        if !chunks[Int(chunk)].isOpen {
            chunks[Int(chunk)].isOpen = true
            open.append(chunk)
        }
        count -= 1
        if chunks[Int(chunk)].isEmpty { giveBack(chunk) }
    }

    private mutating func giveBack(_ chunk: UInt32) {
        chunks[Int(chunk)].elements.removeAll(keepingCapacity: true)
        chunks[Int(chunk)].free.removeAll(keepingCapacity: true)
        if emptied != none, emptied != chunk, chunks[Int(emptied)].isEmpty { chunks[Int(emptied)] = Chunk() }
        emptied = chunk
    }

    // Inlined always: a call would allocate memory for the time of the access.
    subscript(index: UInt32) -> Element {
        @inline(__always) _read {
            yield chunks[Int(index >> Self.chunkBits)].elements[Int(index) & (Self.chunkElements - 1)]
        }
        @inline(__always) _modify {
            yield &chunks[Int(index >> Self.chunkBits)].elements[Int(index) & (Self.chunkElements - 1)]
        }
    }

    /// Gives `body` every number that may name an element; what was removed is `vacant` there.
    func forEachNumber(_ body: (UInt32) throws -> Void) rethrows {
        for chunk in chunks.indices {
            let first = UInt32(chunk) << Self.chunkBits
            for number in first..<(first + UInt32(chunks[chunk].elements.count)) { try body(number) }
        }
    }

    /// The same numbers, for who changes elements meanwhile.
    var numbers: [UInt32] {
        var numbers: [UInt32] = []
        forEachNumber { numbers.append($0) }
        return numbers
    }
}

extension Slab.Chunk {
    fileprivate mutating func insert(_ element: Element) -> UInt16 {
        if let place = free.popLast() {
            elements[Int(place)] = element
            return place
        }
        if elements.count == Slab.smallElements { elements.reserveCapacity(Slab.chunkElements) }
        elements.append(element)
        return UInt16(elements.count - 1)
    }
}

/// No element: the end of a list that runs through a slab.
let none = UInt32.max
