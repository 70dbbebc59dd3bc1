import CMQBrokerCore
import CMQWire

/// What goes on now, and what waits: BrokerLoop.submit, .admit, .process, .work, .resumeHeldBack, .resumeStalled
extension LoopModel {
    func submit(_ commands: [ClientCommand], from id: SessionID) throws(Violation) {
        guard !isStopping else { return }
        guard !isJournalFull, heldBack.isEmpty else {
            heldBack.append((id, commands))
            return
        }
        try admit(commands, from: id)
    }

    private func admit(_ commands: [ClientCommand], from id: SessionID) throws(Violation) {
        if waitingPublishers.contains(id), bug != .overtakesHeldPublishers {
            heldPublishers.append((id, commands))
        } else if isProjectionBehind, let first = commands.firstIndex(where: \.publishes) {
            if first > 0 { try process(Array(commands[..<first]), from: id) }
            heldPublishers.append((id, Array(commands[first...])))
            waitingPublishers.insert(id)
        } else {
            try process(commands, from: id)
        }
    }

    func resumeHeldBack() throws(Violation) {
        while !isJournalFull, !isProjectionBehind, !heldPublishers.isEmpty {
            let next = heldPublishers.removeFirst()
            try process(next.commands, from: next.session)
        }
        if heldPublishers.isEmpty { waitingPublishers = [] }
        while !isJournalFull, !heldBack.isEmpty {
            let next = bug == .resumesBackwards ? heldBack.removeLast() : heldBack.removeFirst()
            try admit(next.commands, from: next.session)
        }
        for id in order { try resumeStalled(id) }
    }

    func resumeStalled(_ id: SessionID) throws(Violation) {
        guard !isStopping, !isJournalFull, bug != .forgetsStalledFetches, let session = sessions[id],
            !session.stalled.isEmpty
        else { return }
        let commands = session.stalled
        session.stalled = []
        try work(commands, session, id)
    }

    private func process(_ commands: [ClientCommand], from id: SessionID) throws(Violation) {
        guard let session = sessions[id] else { return }
        guard session.stalled.isEmpty || bug == .overtakesStalledFetches else {
            session.stalled += commands
            return
        }
        try work(commands, session, id)
    }

    private func work(_ commands: [ClientCommand], _ session: Session, _ id: SessionID) throws(Violation) {
        for (index, command) in commands.enumerated() {
            // Records that could not be written are answered with an error, and the session ends.
            guard !hasFailed else {
                session.lines.append(.reply(Self.refusal, ticket: 0, needs: 0))
                continue
            }
            switch command {
            case .publish where journal.isLowOnSpace:
                session.lines.append(.reply(.error("the broker's disk is nearly full"), ticket: 0, needs: 0))
            case .fetch where core.isOutputFull(id):
                session.stalled.append(contentsOf: commands[index...])
                return
            default: try handle(command, session, id)
            }
        }
    }

    static let refusal = Reply.error("the broker's storage has failed, nothing more is accepted")
}
