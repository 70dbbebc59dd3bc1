internal import CMQKit

/// The messages of a run, sealed beforehand or when each is asked for.
struct Envelopes {
    let count: Int
    private let prepared: [[UInt8]]
    private let sealer: MessageSealer
    private let plaintext: [UInt8]
    private let route: BenchRoute

    init(count: Int, body: Int, receiver: PublicKey, beforehand: Bool, route: BenchRoute) throws {
        let sealer = MessageSealer(receiver: receiver, receiverClientID: "bob")
        let plaintext = [UInt8](repeating: UInt8(ascii: "x"), count: body)
        prepared =
            beforehand
            ? try (0..<count).map { try sealer.seal(plaintext, messageID: try route.messageID($0)) } : []
        self.count = count
        self.sealer = sealer
        self.plaintext = plaintext
        self.route = route
    }

    func envelope(_ number: Int, id: MessageID) throws -> [UInt8] {
        prepared.isEmpty ? try sealer.seal(plaintext, messageID: id) : prepared[number]
    }
}
