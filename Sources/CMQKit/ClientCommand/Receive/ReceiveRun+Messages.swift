internal import CMQClient
internal import CMQCommand
internal import CMQCrypto
internal import CMQWire

/// From messages to output and acknowledgement.
extension ReceiveRun {
    /// Takes what is pushed until the run stops.
    func consume(_ client: BrokerClient) async throws(BrokerClientError) -> CommandFailure? {
        var queues: [String] = []
        for subscription in request.subscriptions where !queues.contains(subscription.queue) {
            queues.append(subscription.queue)
        }
        let batches = try await client.consume(queues, prefetch: request.prefetch)
        stopping.onStop { client.stopConsuming() }
        var iterator = batches.makeAsyncIterator()
        while stopping.reason == nil, let batch = try await iterator.next() {
            if let failure = try await handle(batch, client) { return failure }
        }
        return nil
    }

    /// Takes what is ready, and stops when nothing is. A fetch that finds nothing is the broker's word
    /// for it, where silence on a subscription would be a guess.
    func fetch(_ client: BrokerClient) async throws(BrokerClientError) -> CommandFailure? {
        for subscription in request.subscriptions {
            while stopping.reason == nil {
                // What an older broker hands out is gone from its queue: not more at once than is dealt with at once.
                let most = client.isOlderBroker ? 1 : request.prefetch
                let wanted = min(most, request.count.map { $0 - received } ?? most)
                let batch = try await client.fetch(subscription.queue, count: wanted)
                if let failure = try await handle(batch, client) { return failure }
                if batch.count < wanted { break }
            }
        }
        stopping.stop(.done)
        return nil
    }

    private func handle(
        _ messages: [ReceivedMessage],
        _ client: BrokerClient
    ) async throws(BrokerClientError) -> CommandFailure? {
        var batch = OpenedBatch()
        var identities: Set<MessageID> = []
        identities.reserveCapacity(messages.count)
        var repeated: [MessageID] = []
        var again: [MessageID] = []
        for message in messages {
            if let count = request.count, received + batch.messages.count >= count { break }
            if handled.contains(message.messageID) || file?.identities.contains(message.messageID) == true {
                // What waits in the pipe is acknowledged when its reader has it.
                if !printed.contains(message.messageID) { repeated.append(message.messageID) }
                continue
            }
            guard identities.insert(message.messageID).inserted else {
                // A second copy, from another queue, came with it. It is settled as the first one is, with an
                // acknowledgement of its own; an earlier broker takes one for both.
                if !client.isOlderBroker { again.append(message.messageID) }
                continue
            }
            do throws(OpeningFailure) {
                try open(message, into: &batch)
            } catch {
                try await undecryptable(message.messageID, error, client)
            }
        }
        if request.acknowledges { try await client.acknowledge(repeated) }
        do throws(CommandFailure) {
            let finished = try await output(batch)
            if request.acknowledges {
                let known = Set(finished)
                try await acknowledge(finished + again.filter(known.contains), client)
            }
        } catch {
            return error
        }
        if let count = request.count, received >= count { stopping.stop(.done) }
        return nil
    }

    /// A lost connection shows at the next message; these come again then, and are recognised.
    private func acknowledge(_ messages: [MessageID], _ client: BrokerClient) async throws(CommandFailure) {
        do throws(BrokerClientError) {
            try await client.acknowledge(messages)
        } catch {
            return
        }
    }

    private func open(_ message: ReceivedMessage, into batch: inout OpenedBatch) throws(OpeningFailure) {
        let start = batch.plaintexts.count
        let failure = message.withEnvelope { bytes -> OpeningFailure? in
            do {
                try opener.open(try Envelope(json: bytes), into: &batch.plaintexts)
                return nil
            } catch let error as CryptoError {
                return OpeningFailure(error)
            } catch {
                return OpeningFailure(code: .malformed, message: "\(error)")
            }
        }
        if let failure { throw failure }
        batch.messages.append(OpenedBatch.Message(id: message.messageID, range: start..<batch.plaintexts.count))
    }

    /// Reports a message that cannot be decrypted, once, and has the broker put it aside with the reason.
    private func undecryptable(
        _ id: MessageID,
        _ error: OpeningFailure,
        _ client: BrokerClient
    ) async throws(BrokerClientError) {
        if reported.insert(id) {
            failures += 1
            diagnostics.error(
                "message \(id) cannot be decrypted (\(error.code.rawValue)): \(error.message)",
                hint: error.hint
            )
        }
        // A message for somebody else is not ours to judge; it goes back when this run ends.
        guard request.acknowledges, error.code != .notForMe else { return }
        do throws(BrokerClientError) {
            try await client.reject(id, reason: error.code.rawValue)
        } catch  where error.code == .unknownCommand || error.code == .refused {
            return
        }
    }

    // MARK: Output

    /// Hands a batch on, and returns what may be acknowledged now.
    private func output(_ batch: OpenedBatch) async throws(CommandFailure) -> [MessageID] {
        guard !batch.messages.isEmpty else { return [] }
        switch request.target {
        case .standardOutput: return try print(batch)
        case .file: return try append(batch)
        case .command(let command): return try await run(MessageCommand(command: command), batch)
        }
    }

    private func print(_ batch: OpenedBatch) throws(CommandFailure) -> [MessageID] {
        var lines: [UInt8] = []
        lines.reserveCapacity(batch.plaintexts.count + batch.messages.count)
        var ends: [(end: Int, id: MessageID)] = []
        ends.reserveCapacity(batch.messages.count)
        batch.visit { id, plaintext in
            MessageText.append(plaintext, request.field, to: &lines)
            lines.append(UInt8(ascii: "\n"))
            ends.append((lines.count, id))
        }
        do throws(OutputDescriptor.Failure) {
            try printed.write(lines, ends)
        } catch {
            guard case .system(let reason) = error else {
                stopping.stop(.outputClosed)
                return []
            }
            throw CommandFailure(.inputOutput, "cannot write to standard output: \(reason)")
        }
        for message in batch.messages { handled.insert(message.id) }
        received += batch.messages.count
        return request.acknowledges ? printed.takeRead() : []
    }

    private func append(_ batch: OpenedBatch) throws(CommandFailure) -> [MessageID] {
        var lines: [UInt8] = []
        lines.reserveCapacity(batch.plaintexts.count + batch.messages.count * 120)
        let timestamp = RFC3339.now()
        batch.visit { id, plaintext in
            MessageText.appendRecord(id, plaintext, request.field, timestamp: timestamp, to: &lines)
        }
        let ids = batch.messages.map(\.id)
        try file?.append(lines, ids)
        received += ids.count
        return ids
    }

    private func run(_ command: MessageCommand, _ batch: OpenedBatch) async throws(CommandFailure) -> [MessageID] {
        var finished: [MessageID] = []
        for message in batch.messages {
            guard stopping.reason == nil else { break }
            var text: [UInt8] = []
            batch.plaintexts[message.range].withUnsafeBytes { MessageText.append($0, request.field, to: &text) }
            let status = try await command.run(message.id, text)
            guard status == 0 else {
                failures += 1
                diagnostics.error("the command failed with status \(status) for message \(message.id)")
                continue
            }
            handled.insert(message.id)
            finished.append(message.id)
            received += 1
        }
        return finished
    }

    // MARK: The end of a connection

    /// Acknowledges what the reader of a pipe has taken, and notices when it leaves.
    func startAcknowledging(_ client: BrokerClient) -> Task<Void, Never>? {
        guard request.target == .standardOutput else { return nil }
        let printed = printed
        let stopping = stopping
        let acknowledges = request.acknowledges
        return Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(20))
                if acknowledges {
                    // A lost connection is told to whoever waits for messages.
                    try? await client.acknowledge(printed.takeRead())
                }
                if printed.isClosed { stopping.stop(.outputClosed) }
            }
        }
    }

    /// Ends a connection in order: what was handed on is acknowledged, everything else goes back.
    func giveBack(_ client: BrokerClient) async {
        client.stopConsuming()
        do throws(BrokerClientError) {
            if request.acknowledges {
                try await client.acknowledge(printed.isClosed ? printed.takeRead() : printed.takeAccepted())
                try await client.waitUntilConfirmed()
            }
            try await client.releaseAll()
        } catch {
            // An older broker, or a lost connection: the messages go back when the connection ends.
        }
        await client.close()
    }
}
