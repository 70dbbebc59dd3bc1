import CMQKit

func send(_ text: String, to receiver: String, through broker: BrokerClient) async throws -> PublishOutcome {
    guard let key = try await broker.publicKey(of: receiver),
        let id = MessageID("report-\(UInt64.random(in: 0 ... .max))")
    else { return .notDone(reason: "\(receiver) has no key yet") }
    let sealer = MessageSealer(receiver: key, receiverClientID: receiver)
    let envelope = try sealer.seal(Array(text.utf8), messageID: id)
    return try await broker.publish(envelope: envelope, messageID: id, exchange: "cmq", routingKey: receiver)
}

func receive(with keyPair: KeyPair, from broker: BrokerClient, _ body: (String) -> Void) async throws {
    let opener = EnvelopeOpener(keyPair: keyPair, clientID: broker.clientID)
    try await broker.registerPublicKey(keyPair.publicKey)
    for try await message in try await broker.consume([broker.clientID]).messages {
        body(String(decoding: try opener.open(message.envelopeBytes), as: UTF8.self))
        try await broker.acknowledge([message.messageID])
    }
}
