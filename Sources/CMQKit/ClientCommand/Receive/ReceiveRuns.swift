package import CMQCommand
internal import Synchronization

/// Several runs of `cmq-recv` side by side, each with its queues and its output.
package enum ReceiveRuns {
    /// Runs all of them until the last has ended, or a signal stops them.
    ///
    /// - Throws: ``CommandFailure`` of the first that failed; the others are stopped then.
    package static func run(
        _ requests: [ReceiveRequest],
        diagnostics: Diagnostics
    ) async throws(CommandFailure) -> ExitStatus {
        let interruption = Interruption()
        let signals = StopSignals(onRequest: { interruption.interrupt() })
        let results = await withTaskGroup(of: Result<ExitStatus, CommandFailure>.self) { group in
            for request in requests {
                group.addTask {
                    do throws(CommandFailure) {
                        let run = try ReceiveRun(request, diagnostics: diagnostics)
                        interruption.add(run.interrupt)
                        return .success(try await run.run())
                    } catch {
                        interruption.interrupt()
                        return .failure(error)
                    }
                }
            }
            var results: [Result<ExitStatus, CommandFailure>] = []
            for await result in group { results.append(result) }
            return results
        }
        withExtendedLifetime(signals) {}
        var status = ExitStatus.success
        for result in results {
            let one = try result.get()
            if one != .success { status = one }
        }
        return status
    }
}

/// Ends runs that are there, and those that come later.
private final class Interruption: Sendable {
    private struct State {
        var actions: [@Sendable () -> Void] = []
        var isInterrupted = false
    }

    private let state = Mutex(State())

    func add(_ action: @escaping @Sendable () -> Void) {
        let isInterrupted = state.withLock { state in
            state.actions.append(action)
            return state.isInterrupted
        }
        if isInterrupted { action() }
    }

    func interrupt() {
        let actions = state.withLock { state in
            state.isInterrupted = true
            return state.actions
        }
        for action in actions { action() }
    }
}
