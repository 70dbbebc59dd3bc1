internal import CMQClient
package import CMQCommand
internal import CMQCrypto
internal import CMQWire
internal import Foundation

/// One run of `cmq-recv`: messages in, decrypted messages out, each once, across lost connections.
package final class ReceiveRun {
    let request: ReceiveRequest
    let diagnostics: Diagnostics
    let stopping = ReceiveStop()
    let opener: EnvelopeOpener
    var handled = RecentMessages(countMax: 500_000)
    var reported = RecentMessages(countMax: 100_000)
    let file: OutputFile?
    let printed = PrintedMessages(output: .standardOutput)
    let fetchesOnly: Bool
    /// New messages that were handed on.
    var received = 0
    /// Messages that could not be decrypted, or whose command failed.
    var failures = 0
    private var attempts = 0
    private var wasConnected = false
    /// Tries again what the broker could not store, while messages come.
    private var registration: Task<Void, Never>?
    private var registrationWarned = false
    private var awaySince: ContinuousClock.Instant?
    /// Why the connection is away, told once for each reason.
    private var warned: Set<BrokerClientError.Code> = []
    /// What ended the run from the output's side.
    private var outputFailure: CommandFailure?

    /// - Throws: ``CommandFailure`` when the output file cannot be used.
    package init(_ request: ReceiveRequest, diagnostics: Diagnostics) throws(CommandFailure) {
        self.request = request
        self.diagnostics = diagnostics
        fetchesOnly = request.untilEmpty
        // Without TLS nobody has an identity that a message could name.
        let clientID = request.settings.connection.usesTLS ? try request.settings.identity() : nil
        do throws(CryptoError) {
            opener = try EnvelopeOpener(keys: request.keys, clientID: clientID)
        } catch {
            throw CommandFailure(error)
        }
        if case .file(let path) = request.target {
            let output = try OutputFile(path: path)
            if let repair = output.repair { diagnostics.note(repair) }
            file = output
        } else {
            file = nil
        }
    }

    /// Ends the run after what is at hand. May be called from any thread.
    package var interrupt: @Sendable () -> Void {
        let stopping = stopping
        return { stopping.stop(.interrupted) }
    }

    /// Receives until the request is met.
    ///
    /// - Throws: ``CommandFailure``.
    package func run() async throws(CommandFailure) -> ExitStatus {
        let timer = startTimer()
        defer {
            timer?.cancel()
            registration?.cancel()
        }
        if request.count == 0 { return .success }
        while stopping.reason == nil {
            do throws(BrokerClientError) {
                try await receive(try await connect())
            } catch {
                try await pause(after: error)
            }
        }
        if let outputFailure { throw outputFailure }
        switch stopping.reason {
        case .timeout:
            let wanted = request.count.map { " of \($0)" } ?? ""
            throw CommandFailure(.temporaryFailure, "the time is over: \(received)\(wanted) messages were received")
        case .done, .interrupted, .outputClosed, nil: return failures == 0 ? .success : .failure
        }
    }

    private func startTimer() -> Task<Void, Never>? {
        guard let timeout = request.timeout else { return nil }
        let stopping = stopping
        return Task {
            try? await Task.sleep(for: timeout)
            if !Task.isCancelled { stopping.stop(.timeout) }
        }
    }

    // MARK: Connection

    private func connect() async throws(BrokerClientError) -> BrokerClient {
        let client = try await BrokerClient.connect(request.settings.connection)
        wasConnected = true
        if request.registersKey, let keyPair = request.keys.keyPair {
            try await register(keyPair.publicKey, client)
        }
        guard request.declares else { return client }
        var exchanges: Set<String> = []
        for subscription in request.subscriptions {
            if exchanges.insert(subscription.exchange).inserted {
                try await declareExchange(subscription.exchange, client)
            }
            try await client.declareQueue(subscription.queue)
            try await client.bind(
                queue: subscription.queue,
                to: subscription.exchange,
                routingKey: subscription.routingKey
            )
        }
        return client
    }

    /// A broker of 1.0 keeps no keys; its senders have them from elsewhere. One whose catalog is away cannot store a
    /// key, and hands out messages all the same.
    private func register(_ key: PublicKey, _ client: BrokerClient) async throws(BrokerClientError) {
        registration?.cancel()
        do throws(BrokerClientError) {
            try await client.registerPublicKey(key)
        } catch {
            switch error.code {
            case .unknownCommand:
                diagnostics.note("the broker keeps no public keys; give ours to the senders as a file")
            case .refused:
                if !registrationWarned {
                    diagnostics.warning("\(error)")
                    diagnostics.hint("messages come all the same, and the key is offered again and again")
                    registrationWarned = true
                }
                registration = offerAgain(key, to: client)
            default: throw error
            }
        }
    }

    private func offerAgain(_ key: PublicKey, to client: BrokerClient) -> Task<Void, Never> {
        let diagnostics = diagnostics
        return Task {
            while (try? await Task.sleep(for: .seconds(2))) != nil {
                guard (try? await client.registerPublicKey(key)) != nil else { continue }
                return diagnostics.note("the public key is registered now")
            }
        }
    }

    /// Somebody may have made it with another kind, which is as good.
    private func declareExchange(_ exchange: String, _ client: BrokerClient) async throws(BrokerClientError) {
        do throws(BrokerClientError) {
            try await client.declareExchange(exchange)
        } catch  where error.code == .refused {
            return
        }
    }

    private func pause(after error: BrokerClientError) async throws(CommandFailure) {
        guard stopping.reason == nil else { return }
        let isHopeless = wasConnected ? error.isFinal : error.isMistake
        let now = ContinuousClock.now
        let since = awaySince ?? now
        // A broker that was never there is a mistake more often than an interruption.
        let wait = request.wait ?? (wasConnected ? nil : .zero)
        if isHopeless || wait.map({ now - since >= $0 }) == true { throw CommandFailure(error) }
        if warned.insert(error.code).inserted { diagnostics.note("\(error); trying again") }
        awaySince = since
        attempts += 1
        let delay = request.backoff.delay(afterAttempt: attempts, random: .random(in: 0..<1))
        let sleep = Task { try? await Task.sleep(for: delay) }
        stopping.onStop { sleep.cancel() }
        _ = await sleep.value
        stopping.onStop(nil)
    }

    private func receive(_ client: BrokerClient) async throws(BrokerClientError) {
        if awaySince != nil { diagnostics.note("connected to \(request.settings.connection.address) again") }
        awaySince = nil
        warned = []
        attempts = 0
        let ticker = startAcknowledging(client)
        var lost: BrokerClientError?
        var failure: CommandFailure?
        do throws(BrokerClientError) {
            failure = fetchesOnly ? try await fetch(client) : try await consume(client)
        } catch {
            lost = error
        }
        ticker?.cancel()
        stopping.onStop(nil)
        if let lost { throw lost }
        await giveBack(client)
        if let failure {
            outputFailure = failure
            stopping.stop(.done)
        }
    }
}
