internal import CMQClient
internal import CMQCommand
internal import CMQCrypto
internal import CMQWire

/// From lines to the connection.
extension SendRun {
    /// A line that waits for the keys of receivers that were not met before.
    private struct Deferred {
        let content: [UInt8]
        let line: Int
        let routes: [Int]
    }

    /// Moves on whatever can move: input to the window or the spool, the spool to the window, the
    /// window to the connection.
    func pump() async throws(CommandFailure) {
        composer.tick()
        // Without a connection, too: whether something is left to be sent decides how the run ends.
        if isStopping {
            while try takeInput() {}
        }
        while failure == nil {
            var hasMoved = false
            if spool != nil {
                hasMoved = try await spoolInput()
                hasMoved = try await takeFromSpool() || hasMoved
            } else if client != nil {
                hasMoved = try await takeFromInput()
            }
            hasMoved = write() || hasMoved
            guard hasMoved else { break }
        }
        if request.showsProgress { report.showProgress(inFlight: publisher.inFlight) }
    }

    /// Makes the routes of those who get every line, and their keys as far as they can be had.
    func prepareReceivers() async throws(CommandFailure) {
        var routes: [Int] = []
        for receiver in request.receivers {
            routes.append(try composer.route(request.settings.destination(of: receiver)))
        }
        receiverRoutes = routes
        for route in routes {
            let destination = composer.destination(route)
            try await prepare(route, hasNewConnection: true)
            if request.declares, let client { try await declare(destination, client) }
        }
    }

    // MARK: Without a spool

    private func takeFromInput() async throws(CommandFailure) -> Bool {
        var hasMoved = false
        while publisher.hasRoom, failure == nil {
            var deferred: Deferred?
            let hasLine = try nextLine { run, content, line throws(CommandFailure) in
                deferred = try run.enqueue(content, line)
            }
            if let deferred {
                for route in deferred.routes {
                    guard try await prepareOrFail(route, deferred.line) else { continue }
                    try deferred.content.withUnsafeBytes { content in
                        Result { () throws(CommandFailure) in try enqueue(content, deferred.line, route) }
                    }.get()
                }
            }
            if !hasLine, try !takeInput() { break }
            hasMoved = true
        }
        return hasMoved
    }

    /// Seals a line for each of its receivers; gives it back where a key is missing.
    private func enqueue(_ content: UnsafeRawBufferPointer, _ line: Int) throws(CommandFailure) -> Deferred? {
        guard let targets = try targets(of: content, line) else { return nil }
        guard targets.routes.allSatisfy({ composer.hasKey($0) }) else {
            return Deferred(content: Array(targets.content), line: line, routes: targets.routes)
        }
        for route in targets.routes { try enqueue(targets.content, line, route) }
        return nil
    }

    private func enqueue(_ content: UnsafeRawBufferPointer, _ line: Int, _ route: Int) throws(CommandFailure) {
        let id = composer.newIdentity()
        let command = try composer.command(id, content, route)
        publisher.enqueue(id, bytes: command, tag: MessageTag(line: line, route: route).rawValue)
    }

    /// Gets the key of a receiver that a line names; a failure is the line's, not the run's.
    private func prepareOrFail(_ route: Int, _ line: Int) async throws(CommandFailure) -> Bool {
        guard !composer.hasKey(route) else { return true }
        do throws(CommandFailure) {
            try await prepare(route, hasNewConnection: false)
            if request.declares, let client { try await declare(composer.destination(route), client) }
            return true
        } catch {
            // Without a connection the line would be lost for the wrong reason.
            if error.status == .temporaryFailure, client?.end != nil { throw error }
            report.lineFailed(line, "was not sent: \(error.message)", hint: error.hint)
            if request.failsFast { endInput() }
            return false
        }
    }

    private func prepare(_ route: Int, hasNewConnection: Bool) async throws(CommandFailure) {
        guard hasNewConnection || !composer.hasKey(route) else { return }
        let receiver = composer.destination(route).receiver
        if request.suite.needsRSAKey {
            composer.setKey(.rsa(try request.rsaKeys.key(of: receiver)), for: route)
        } else if let key = try await keys.key(of: receiver, client) {
            composer.setKey(.x25519(key), for: route)
        }
    }

    private func declare(_ destination: Destination, _ client: BrokerClient) async throws(CommandFailure) {
        let queue = request.settings.queue ?? request.settings.queue(of: destination.receiver)
        do throws(BrokerClientError) {
            try await client.declareExchange(destination.exchange)
            try await client.declareQueue(queue)
            try await client.bind(queue: queue, to: destination.exchange, routingKey: destination.routingKey)
        } catch {
            throw CommandFailure(error)
        }
    }

    // MARK: With a spool

    private func spoolInput() async throws(CommandFailure) -> Bool {
        // What is left of an input that was stopped is little, and nobody else keeps it.
        guard let waiting = spool?.unreadBytes, waiting < Self.spoolBytesMax || isStopping else { return false }
        var count = 0
        while count < Self.spoolLinesAtOnce {
            let hasLine = try nextLine { run, content, line throws(CommandFailure) in
                guard let targets = try run.targets(of: content, line) else { return }
                for route in targets.routes { try run.spoolMessage(targets.content, line, route) }
            }
            if !hasLine, try !takeInput() { break }
            count += 1
        }
        try spool?.sync()
        return count > 0
    }

    /// At this size the input waits.
    private static let spoolBytesMax = 4 << 30
    private static let spoolLinesAtOnce = 4_096

    private func spoolMessage(
        _ content: UnsafeRawBufferPointer,
        _ line: Int,
        _ route: Int
    ) throws(CommandFailure) {
        let id = composer.newIdentity()
        let destination = composer.destination(route)
        if !composer.hasKey(route), client == nil, !request.suite.needsRSAKey,
            let known = try request.keys.key(of: destination.receiver)
        {
            composer.setKey(.x25519(known.key), for: route)
        }
        let body: SpoolRecord.Body =
            composer.hasKey(route)
            ? .sealed(try composer.envelope(id, content, route))
            : .plaintext(composer.plaintext(id, content))
        try spool?.append(SpoolRecord(messageID: id, destination: destination, line: line, body: body))
    }

    private func takeFromSpool() async throws(CommandFailure) -> Bool {
        guard client != nil else { return false }
        var hasMoved = false
        while publisher.hasRoom, let record = try spool?.next() {
            let route = try composer.route(record.destination)
            if case .plaintext = record.body, !composer.hasKey(route) {
                try await prepare(route, hasNewConnection: false)
            }
            let command = try composer.command(record, route)
            publisher.enqueue(
                record.messageID,
                bytes: command,
                tag: MessageTag(line: record.line, route: route).rawValue
            )
            hasMoved = true
        }
        return hasMoved
    }

    // MARK: Both

    /// The routes that a line takes, and what of it is sent.
    private struct Targets {
        let routes: [Int]
        let content: UnsafeRawBufferPointer
    }

    /// Where a line goes and what of it; `nil` when it is bad, which is reported.
    private func targets(of content: UnsafeRawBufferPointer, _ line: Int) throws(CommandFailure) -> Targets? {
        if request.isAddressed { return addressedTargets(of: content, line) }
        guard !request.isRaw else { return Targets(routes: receiverRoutes, content: content) }
        var cursor = JSONCursor(content)
        do throws(JSONError) {
            let value = try cursor.value()
            try cursor.expectEnd()
            return Targets(routes: receiverRoutes, content: value)
        } catch {
            return badLine(line, "is not JSON: \(error)")
        }
    }

    private func addressedTargets(of content: UnsafeRawBufferPointer, _ line: Int) -> Targets? {
        do {
            let address = try LineAddress(content)
            var routes: [Int] = []
            for receiver in address.receivers {
                var destination = try request.settings.destination(of: receiver)
                if let exchange = address.exchange { destination.exchange = exchange }
                if let key = address.routingKey { destination.routingKey = key }
                routes.append(try composer.route(destination))
            }
            return Targets(routes: routes, content: address.content)
        } catch let failure as CommandFailure {
            return badLine(line, "was not sent: \(failure.message)")
        } catch {
            return badLine(line, "\(error)")
        }
    }

    private func badLine(_ line: Int, _ reason: String) -> Targets? {
        report.lineFailed(line, reason)
        if request.failsFast { endInput() }
        return nil
    }

    /// Gives `body` the next line of the input that is not blank; says whether there was one.
    private func nextLine(
        _ body: (SendRun, UnsafeRawBufferPointer, Int) throws(CommandFailure) -> Void
    ) throws(CommandFailure) -> Bool {
        guard !(request.failsFast && report.failures > 0) else {
            mayHaveLines = false
            return false
        }
        var failure: CommandFailure?
        var isOversized: Int?
        let hasLine = lines.next { line, number in
            switch line {
            case .tooLong: isOversized = number
            case .content(let content):
                guard request.isRaw || !content.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else { return }
                do throws(CommandFailure) {
                    try body(self, content, number)
                } catch {
                    failure = error
                }
            }
        }
        if let isOversized { _ = badLine(isOversized, "has more than \(Self.lineBytesMax) bytes") }
        if let failure { throw failure }
        if !hasLine { mayHaveLines = false }
        return hasLine
    }

    private func write() -> Bool {
        guard let client else { return false }
        var hasMoved = false
        while true {
            let ready = publisher.takeReady(now: .now)
            guard !ready.isEmpty else { return hasMoved }
            client.publish(ready)
            hasMoved = true
        }
    }
}
