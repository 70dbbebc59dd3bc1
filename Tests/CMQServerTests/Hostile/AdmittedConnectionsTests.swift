import CMQServer
import Testing

@Suite struct AdmittedConnectionsTests {
    private func number<Connection>(_ admission: AdmittedConnections<Connection>.Admission) throws -> UInt64 {
        switch admission {
        case .admitted(let number), .inPlaceOf(_, let number): return number
        case .refused: throw Refused()
        }
    }

    private struct Refused: Error {}

    @Test func theOldestStrangerMakesRoom() throws {
        var connections = AdmittedConnections<String>(limit: 3)
        let numbers = try ["a", "b", "c"].map { try number(connections.admit($0)) }
        connections.introduce(numbers[0])
        guard case .inPlaceOf("b", let fourth) = connections.admit("d") else {
            Issue.record("b stays")
            return
        }
        #expect(connections.count == 3 && connections.all.sorted() == ["a", "c", "d"])
        // What becomes known or goes meanwhile is passed over.
        connections.introduce(fourth)
        connections.remove(numbers[2])
        let fifth = try number(connections.admit("e"))
        connections.introduce(fifth)
        guard case .refused = connections.admit("f") else {
            Issue.record("everybody is known")
            return
        }
        #expect(connections.all.sorted() == ["a", "d", "e"])
        connections.remove(numbers[0])
        #expect(throws: Never.self) { _ = try number(connections.admit("g")) }
    }

    @Test func manyThatComeAndGoAreForgotten() throws {
        var connections = AdmittedConnections<Int>(limit: 2)
        guard case .admitted(let first) = connections.admit(0) else {
            Issue.record("there is room")
            return
        }
        for connection in 1...1_000 {
            let number = try self.number(connections.admit(connection))
            if connection.isMultiple(of: 2) { connections.introduce(number) }
            connections.remove(number)
        }
        #expect(connections.all == [0])
        _ = connections.admit(1_001)
        guard case .inPlaceOf(0, _) = connections.admit(1_002) else {
            Issue.record("0 is the oldest")
            return
        }
        connections.remove(first)
        #expect(connections.all.sorted() == [1_001, 1_002])
    }
}
