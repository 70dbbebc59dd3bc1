import CMQBrokerCore
import CMQWire

extension LoopModel {
    /// BrokerLoop.handle
    func handle(_ command: ClientCommand, _ session: Session, _ id: SessionID) throws(Violation) {
        switch command {
        case .publish(let publication):
            try act(.publish(publication, id), for: session) { core, now, effects in
                core.publish(publication, session: id, now: now, effects: &effects)
            }
        case .acknowledge(let message):
            try call(.acknowledge(message, id), session) { $0.acknowledge(message, session: id, now: $1, effects: &$2) }
        case .declareQueue(let name):
            try call(.topology(id), session) { $0.declareQueue(name, session: id, now: $1, effects: &$2) }
        case .declareExchange(let name, let kind):
            try call(.topology(id), session) {
                $0.declareExchange(name, kind: kind, session: id, now: $1, effects: &$2)
            }
        case .bind(let queue, let exchange, let key):
            try call(.topology(id), session) {
                $0.bind(queue, exchange, routingKey: key, session: id, now: $1, effects: &$2)
            }
        case .consume(let queue, let prefetch):
            try call(.consume(queue, prefetch: prefetch, id), session) {
                $0.consume(queue, prefetch: prefetch, session: id, now: $1, effects: &$2)
            }
        case .fetch(let queue):
            try call(.fetch(queue, id), session) { $0.fetch(queue, session: id, now: $1, effects: &$2) }
        case .release(let message):
            try call(.release(message, id), session) { $0.release(message, session: id, now: $1, effects: &$2) }
        case .reject(let message, let reason):
            try call(.reject(message, id), session) {
                $0.reject(message, reason: reason, session: id, now: $1, effects: &$2)
            }
        case .resend(let message):
            try call(.resend(message, id), session) { $0.resend(message, session: id, now: $1, effects: &$2) }
        case .redrive(let queue):
            try call(.redrive(queue, id), session) { $0.redriveAll(queue, session: id, now: $1, effects: &$2) }
        case .purge(let queue):
            try call(.purge(queue, id), session) { $0.purge(queue, session: id, now: $1, effects: &$2) }
        }
    }

    private func call(
        _ cause: Cause,
        _ session: Session,
        _ body: (inout BrokerCore, CoreTime, inout Effects) -> Void
    ) throws(Violation) {
        try act(cause, for: session) { core, now, effects in
            body(&core, now, &effects)
            return nil
        }
    }
}
