/// Elements in one block of memory, named by small numbers that are used again after removal.
struct Slab<Element> {
    private var elements: ContiguousArray<Element> = []
    private var free: ContiguousArray<UInt32> = []

    /// The number of elements.
    var count: Int { elements.count - free.count }

    /// One more than the largest number in use; for walks over everything.
    var end: UInt32 { UInt32(elements.count) }

    mutating func insert(_ element: Element) -> UInt32 {
        if let index = free.popLast() {
            elements[Int(index)] = element
            return index
        }
        elements.append(element)
        return UInt32(elements.count - 1)
    }

    /// Puts `vacant` in the element's place, so that it holds on to nothing.
    mutating func remove(_ index: UInt32, leaving vacant: Element) {
        elements[Int(index)] = vacant
        free.append(index)
    }

    subscript(index: UInt32) -> Element {
        _read { yield elements[Int(index)] }
        _modify { yield &elements[Int(index)] }
    }
}

/// No element: the end of a list that runs through a slab.
let none = UInt32.max
