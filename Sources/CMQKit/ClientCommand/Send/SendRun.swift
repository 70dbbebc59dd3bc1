internal import CMQClient
package import CMQCommand
internal import CMQCrypto
internal import CMQWire
internal import Foundation

/// One run of `cmq-send`: lines in, acknowledged messages out, across lost connections.
///
/// Everything happens in one task that is woken by events; each event brings a batch.
package final class SendRun {
    let request: SendRequest
    let diagnostics: Diagnostics
    let keys: ReceiverKeys
    var composer: MessageComposer
    var publisher: Publisher
    let spool: Spool?
    var report: SendReport
    var lines: InputLines
    var client: BrokerClient?
    /// The outcome that ends the run early, told when everything under way has come back.
    var failure: CommandFailure?
    var isInputFinished = false
    /// Whether the run was asked to end.
    var isStopping = false
    /// Whether lines may be left in what was read.
    var mayHaveLines = false
    /// The routes of those who get every line.
    var receiverRoutes: [Int] = []
    private var input: InputReader?
    private var generation = 0
    private var awaySince: ContinuousClock.Instant?
    private var wasConnected = false
    /// Why the connection is away, told once for each reason.
    private var warned: Set<BrokerClientError.Code> = []
    /// Why messages are kept back, told once for each reason until nothing is left to send.
    private var refusals: Set<String> = []
    private let output = OutputDescriptor.standardOutput
    private let events: AsyncStream<SendEvent>
    private let post: AsyncStream<SendEvent>.Continuation

    /// - Throws: ``CommandFailure`` for certificates, spool and names.
    package init(_ request: SendRequest, diagnostics: Diagnostics) throws(CommandFailure) {
        self.request = request
        self.diagnostics = diagnostics
        keys = ReceiverKeys(known: request.keys, acceptsNewKeys: request.acceptsNewKeys, diagnostics: diagnostics)
        do throws(BrokerClientError) {
            composer = MessageComposer(request, senderID: try BrokerClient.identity(request.settings.connection))
        } catch {
            throw CommandFailure(error)
        }
        var limits = request.limits
        limits.keepsRefused = request.spoolDirectory != nil
        publisher = Publisher(limits: limits)
        report = SendReport(diagnostics: diagnostics, showsProgress: request.showsProgress)
        lines = InputLines(lineBytesMax: SendRun.lineBytesMax)
        (events, post) = AsyncStream.makeStream()
        if let directory = request.spoolDirectory {
            spool = try Spool(directory: directory)
        } else {
            spool = nil
        }
    }

    /// The longest line, so that its envelope stays below the broker's default of 16 MiB.
    static let lineBytesMax = 11 << 20

    /// Stops reading; what was read is still sent. May be called from any thread.
    package var stop: @Sendable () -> Void {
        let post = post
        return { post.yield(.stop) }
    }

    /// Sends everything, and says how it went.
    ///
    /// - Throws: ``CommandFailure`` when not everything was acknowledged for a reason other than bad lines.
    package func run() async throws(CommandFailure) -> ExitStatus {
        do throws(CommandFailure) {
            try await begin()
            let ticker = startTicker()
            defer { ticker.cancel() }
            for await event in events {
                try await handle(event)
                try await pump()
                if isDone { break }
            }
            try spool?.finish()
        } catch {
            report.end()
            try? spool?.finish()
            await client?.close()
            throw error
        }
        report.end()
        await client?.close()
        if let failure { throw failure }
        return report.failures == 0 ? .success : .failure
    }

    private var isDone: Bool {
        guard publisher.isEmpty else { return false }
        if failure != nil { return true }
        return isInputFinished && !mayHaveLines && (spool?.count ?? 0) == 0
    }

    // MARK: Events

    private func begin() async throws(CommandFailure) {
        // Files that are missing are told before anything is connected.
        input = try InputReader(request.inputs) { [post] in post.yield(.input) }
        if spool == nil, request.wait == nil {
            connected(try await connect(1))
        } else {
            reconnect(after: .zero)
        }
        try await prepareReceivers()
    }

    private func handle(_ event: SendEvent) async throws(CommandFailure) {
        switch event {
        case .input, .tick: break
        case .published(let reports): try settle(reports)
        case .connected(let client, let generation) where generation == self.generation:
            connected(client)
            do throws(CommandFailure) {
                try await prepareReceivers()
            } catch {
                // A connection that is lost again is an event of its own.
                if client.end == nil { throw error }
            }
        case .connected: break
        case .disconnected(let error, let generation) where generation == self.generation:
            client = nil
            connectionLost(error)
        case .disconnected: break
        case .stop:
            input?.stop()
            isStopping = true
        }
    }

    private func settle(_ reports: [PublishReport]) throws(CommandFailure) {
        var settlements: [Publisher.Settlement] = []
        let keptFor = publisher.completed(reports, now: .now, random: .random(in: 0..<1), into: &settlements)
        try settle(settlements)
        if let keptFor {
            refusedForNow(keptFor)
        } else if publisher.isEmpty {
            refusals = []
        }
    }

    /// The attempts of a message in the spool are used up.
    private func refusedForNow(_ reason: String) {
        // As with a lost connection, only the end of the input makes giving up worth anything.
        guard let spool, isInputFinished, !mayHaveLines else {
            if refusals.insert(reason).inserted {
                report.note("the broker refuses messages for now: \(reason); trying again")
            }
            return
        }
        failure = CommandFailure(
            .temporaryFailure,
            "the broker refuses messages for now: \(reason); \(spool.count) messages stay in \(spool.directory)",
            hint: "the next run with --spool \(spool.directory) sends them first"
        )
        _ = publisher.giveUp(reason: reason)
    }

    private func settle(_ settlements: [Publisher.Settlement]) throws(CommandFailure) {
        guard !settlements.isEmpty else { return }
        var settled: [MessageID] = []
        var receipts: [UInt8] = []
        let now = request.printsReceipts ? RFC3339.now() : ""
        for settlement in settlements {
            let tag = MessageTag(rawValue: settlement.tag)
            switch settlement.result {
            case .acknowledged:
                report.acknowledged(1)
                settled.append(settlement.messageID)
                if request.printsReceipts {
                    let destination = composer.destination(tag.route)
                    Receipt(messageID: settlement.messageID, destination: destination, line: tag.line, time: now)
                        .append(to: &receipts)
                }
            case .refused(let reason) where failure == nil:
                settled.append(settlement.messageID)
                report.lineFailed(tag.line, "was refused: \(reason)", hint: Self.remedy(for: reason))
                if request.failsFast { endInput() }
            case .refused, .unknown: break
            }
        }
        if spool != nil { try spool?.settle(settled) }
        try print(receipts)
    }

    private func print(_ receipts: [UInt8]) throws(CommandFailure) {
        guard !receipts.isEmpty else { return }
        do throws(OutputDescriptor.Failure) {
            try output.write(receipts)
        } catch {
            // Nobody reads the receipts any more; the messages matter more.
            guard case .system(let reason) = error else { return }
            throw CommandFailure(.inputOutput, "cannot write to standard output: \(reason)")
        }
    }

    func endInput() {
        input?.stop()
        isInputFinished = true
    }

    /// What was read since the last time.
    func takeInput() throws(CommandFailure) -> Bool {
        guard !isInputFinished, let input else { return false }
        switch try input.take() {
        case .chunk(let chunk):
            lines.feed(chunk)
            mayHaveLines = true
        case .nothing: return false
        case .end:
            lines.finish()
            mayHaveLines = lines.hasBuffered
            isInputFinished = true
        }
        return true
    }

    private static func remedy(for reason: String) -> String? {
        if reason.hasPrefix("No queues bound") {
            return "start cmq-recv at the receiver once, or use --declare"
        }
        return nil
    }

    // MARK: Connection

    private func connect(_ generation: Int) async throws(CommandFailure) -> BrokerClient {
        self.generation = generation
        do throws(BrokerClientError) {
            return try await BrokerClient.connect(request.settings.connection, observer: observer(generation))
        } catch {
            throw CommandFailure(error)
        }
    }

    private func observer(_ generation: Int) -> ConnectionObserver {
        ConnectionObserver(
            published: { [post] in post.yield(.published($0)) },
            closed: { [post] in post.yield(.disconnected($0, generation: generation)) }
        )
    }

    private func connected(_ client: BrokerClient) {
        if !warned.isEmpty {
            report.note("connected to \(request.settings.connection.address) again")
            warned = []
        }
        self.client = client
        wasConnected = true
        awaySince = nil
        publisher.connected(toOlderBroker: client.isOlderBroker)
    }

    /// Connects in a task of its own, which reports by an event.
    private func reconnect(after delay: Duration) {
        generation += 1
        let number = generation
        let configuration = request.settings.connection
        let observer = observer(number)
        let post = post
        Task {
            try? await Task.sleep(for: delay)
            do throws(BrokerClientError) {
                post.yield(
                    .connected(try await BrokerClient.connect(configuration, observer: observer), generation: number)
                )
            } catch {
                // A connection that was made and lost at once is told by the observer too, with the same number.
                post.yield(.disconnected(error, generation: number))
            }
        }
    }

    private func connectionLost(_ error: BrokerClientError) {
        let now = ContinuousClock.now
        let since = awaySince ?? now
        awaySince = since
        let random = Double.random(in: 0..<1)
        var delay = publisher.connectionLost(random: random)
        // What still comes in is safe in the spool; only its end makes giving up worth anything.
        if spool != nil, !isInputFinished || mayHaveLines { delay = publisher.reconnectDelay(random: random) }
        if let wait = request.wait { delay = now - since < wait ? publisher.reconnectDelay(random: random) : nil }
        guard let delay, wasConnected ? !error.isFinal : !error.isMistake else { return giveUp(error) }
        if warned.insert(error.code).inserted { report.note("\(error.message); trying again") }
        reconnect(after: delay)
    }

    private func giveUp(_ error: BrokerClientError) {
        let open = max(publisher.count, spool?.count ?? 0)
        failure = CommandFailure(error)
        _ = publisher.giveUp(reason: error.message)
        generation += 1
        guard open > 0 || !isInputFinished || mayHaveLines else {
            // Everything that was to be sent is acknowledged; the connection does not matter any more.
            if wasConnected { failure = nil }
            return
        }
        if let directory = request.spoolDirectory {
            failure?.status = .temporaryFailure
            failure?.message += "; \(open) messages stay in \(directory)"
            failure?.hint = "the next run with --spool \(directory) sends them first"
        } else if wasConnected {
            failure?.status = .temporaryFailure
            failure?.message += "; \(open) messages were not acknowledged"
            failure?.hint = "whether the broker has them is not known; --spool keeps such messages for the next run"
        }
        if isStopping, mayHaveLines { failure?.message += "; the last lines of the input were not sent" }
    }

    private func startTicker() -> Task<Void, Never> {
        let post = post
        return Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(250))
                post.yield(.tick)
            }
        }
    }
}
