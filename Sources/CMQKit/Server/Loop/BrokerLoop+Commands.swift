internal import CMQBrokerCore
internal import CMQLogging
internal import CMQSecrets
internal import CMQWire
internal import DequeModule
internal import Foundation
internal import Logging
internal import NIOCore

extension BrokerLoop {
    func handle(_ command: ControlCommand, bytes: Int, from session: SessionState, now: CoreTime) {
        let id = session.id
        switch command {
        case .declareQueue(let queue):
            core.declareQueue(queue, session: id, now: now, effects: &effects)
        case .declareExchange(let exchange, let kind):
            core.declareExchange(exchange, kind: kind, session: id, now: now, effects: &effects)
        case .bind(let first, let second, let routingKey):
            core.bind(first, second, routingKey: routingKey, session: id, now: now, effects: &effects)
        case .consume(let queue, let prefetch):
            core.consume(queue, prefetch: prefetch, session: id, now: now, effects: &effects)
        case .fetch(let queue):
            core.fetch(queue, session: id, now: now, effects: &effects)
        case .release(let message):
            core.release(message, session: id, now: now, effects: &effects)
        case .reject(let message, let reason):
            core.reject(message, reason: reason, session: id, now: now, effects: &effects)
        case .resend(let message):
            core.resend(message, session: id, now: now, effects: &effects)
        case .redrive(let queue):
            core.redriveAll(queue, session: id, now: now, effects: &effects)
        case .purge(let queue):
            core.purge(queue, session: id, now: now, effects: &effects)
        case .registerKey(let registration):
            return register(registration, bytes: bytes, from: session, now: now)
        case .getKey(let client, let dialect):
            return lookUpKey(of: client, dialect: dialect, bytes: bytes, from: session)
        case .stats:
            return answer(statistics(for: session, now: now), bytes: bytes, to: session)
        }
        log(command, from: session)
        carryOut(answering: session, bytes: bytes)
    }

    func answer(_ reply: Reply, bytes: Int, to session: SessionState) {
        enqueue(to: session) { $0.append(reply, ticket: 0, answers: bytes, commit: commitCount) }
    }

    // MARK: Public keys

    private func register(_ registration: KeyRegistration, bytes: Int, from session: SessionState, now: CoreTime) {
        let client = registration.client ?? session.identity
        guard client == session.identity else {
            let text = "Refused to register a public key for another client"
            clientLog.log(LimitedLog.Kind(text: text, field: .client, value: session.identity))
            let reason = "a client registers a key for itself only, and this one is '\(session.identity)'"
            return answer(.errorRegisteringKey(reason), bytes: bytes, to: session)
        }
        guard let key = Base64.decode(registration.key), key.count == 32 else {
            let reason = "a public key is 32 bytes in base64"
            let reply = registration.dialect == .older ? Reply.errorRegisteringKey(reason) : .error(reason)
            return answer(reply, bytes: bytes, to: session)
        }
        let dialect = registration.dialect
        wait(bytes: bytes, in: session) { loop, completion in
            loop.keys.register(key, text: registration.key, for: client, at: now.wall) { result in
                switch result {
                case .success: completion(.publicKeyRegistered)
                case .failure(let error):
                    completion(dialect == .older ? .errorRegisteringKey(error.reason) : .error(error.reason))
                }
            }
        }
    }

    private func lookUpKey(of client: String, dialect: KeyDialect, bytes: Int, from session: SessionState) {
        let missing = dialect == .older ? Reply.noPublicKeyFound : .publicKeyNotFound
        if let text = keys.cached(client) {
            return answer(.publicKey(text), bytes: bytes, to: session)
        }
        wait(bytes: bytes, in: session) { loop, completion in
            loop.keys.find(client) { result in
                switch result {
                case .success(let text?): completion(.publicKey(text))
                case .success(nil): completion(missing)
                case .failure(let error): completion(.error(error.reason))
                }
            }
        }
    }

    /// Keeps a place in the session's line for an answer that comes later.
    private func wait(
        bytes: Int,
        in session: SessionState,
        _ start: (BrokerLoop, @escaping @Sendable (Reply) -> Void) -> Void
    ) {
        let token = nextToken
        nextToken += 1
        session.lookups += 1
        enqueue(to: session) { $0.appendPending(token, answers: bytes) }
        let (id, reference) = (session.id, LoopReference(self))
        start(self) { reply in
            reference.execute { $0.complete(token, of: id, with: reply) }
        }
    }

    private func complete(_ token: UInt64, of id: SessionID, with reply: Reply) {
        guard let session = sessions[id] else { return }
        session.lookups -= 1
        session.output.complete(token, with: reply)
        resumeStalled(id)
        scheduleFlush()
    }

    // MARK: Statistics

    private func statistics(for session: SessionState, now: CoreTime) -> Reply {
        guard settings.admins.contains(session.identity) else {
            return .error("only identities in [security] admins may ask for statistics")
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(report(now: now)) else { return .error("no statistics") }
        return .stats(String(decoding: json, as: UTF8.self))
    }

    // MARK: Log

    private func log(_ command: ControlCommand, from session: SessionState) {
        switch command {
        case .declareQueue(let queue):
            logger.debug("Queue '\(queue)' declared", metadata: Logger.Metadata([.client: "\(session.identity)"]))
        case .declareExchange(let exchange, _):
            logger.debug("Exchange '\(exchange)' declared", metadata: Logger.Metadata([.client: "\(session.identity)"]))
        case .bind(let queue, let exchange, let key):
            logger.debug(
                "Queue '\(queue)' bound to exchange '\(exchange)' with routing key '\(key)'",
                metadata: Logger.Metadata([.client: "\(session.identity)"])
            )
        case .consume(let queue, _):
            let text = "Consumer subscribed"
            let kind = LimitedLog.Kind(text: text, level: .info, field: .client, value: session.identity)
            clientLog.log(kind, "\(text) to queue '\(queue)'")
        case .redrive(let queue), .purge(let queue):
            // Others are refused.
            guard settings.admins.contains(session.identity) else { return }
            logger.notice(
                "Administration of queue '\(queue)'",
                metadata: Logger.Metadata([.client: "\(session.identity)"])
            )
        default: break
        }
    }
}
