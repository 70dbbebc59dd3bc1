import Testing

@testable import CMQBrokerCore

@Suite struct SlabTests {
    /// Against a dictionary, through growth, holes, empty chunks and reuse.
    @Test func keepsEveryElementUnderItsNumber() {
        var slab = Slab<Int>()
        var expected: [UInt32: Int] = [:]
        var random = SystemRandomNumberGenerator()
        for round in 0..<6 {
            for value in 0..<10_000 {
                let number = slab.insert(value + round * 10_000)
                #expect(expected.updateValue(value + round * 10_000, forKey: number) == nil, "\(number) was in use")
            }
            // Every second round everything goes.
            for number in expected.keys.sorted() where round % 2 == 1 || random.next() % 3 == 0 {
                slab.remove(number, leaving: -1)
                expected[number] = nil
            }
            #expect(slab.count == expected.count)
            #expect(expected.allSatisfy { slab[$0.key] == $0.value })
            let found = slab.numbers.filter { slab[$0] != -1 }
            #expect(found == expected.keys.sorted())
        }
    }

    /// Numbers are used again from the lowest chunks that have room: a slab does not grow by coming and going.
    @Test func doesNotGrowByComingAndGoing() {
        var slab = Slab<Int>()
        var numbers = (0..<10_000).map { slab.insert($0) }
        let highest = numbers.max() ?? 0
        for round in 0..<10 {
            for number in numbers { slab.remove(number, leaving: -1) }
            #expect(slab.numbers.count <= 10_000)
            numbers = (0..<10_000).map { slab.insert($0 + round) }
            #expect((numbers.max() ?? 0) <= highest | 0xFFF)
        }
    }

    @Test func aCopyDoesNotSeeLaterChanges() {
        var slab = Slab<Int>()
        let numbers = (0..<10_000).map { slab.insert($0) }
        let copy = slab
        for number in numbers { slab[number] += 1 }
        for number in numbers.prefix(5_000) { slab.remove(number, leaving: -1) }
        #expect(numbers.enumerated().allSatisfy { copy[$0.element] == $0.offset })
    }
}
