import CMQBrokerCore
import CMQClient
import CMQCommand
import Foundation

/// Asks the broker for its figures again and again.
struct BrokerWatch {
    var settings: BrokerClientConfiguration
    var broker: LiveBroker
    var interval: Duration

    /// Prints each report as a line of JSON; ends when the reader goes away.
    func print(first: String, count: Int?) async throws {
        var output = OutputLines()
        try output.add(first)
        try output.flush()
        var printed = 1
        while printed < count ?? .max, !output.isClosed {
            try await Task.sleep(for: interval)
            if OutputDescriptor.standardOutput.isClosed { return }
            try output.add(try await broker.statistics())
            try output.flush()
            printed += 1
        }
    }

    /// Draws each report until a key, a signal or the count ends it. The terminal is as before afterwards.
    func draw(on screen: TopScreen, first: String, count: Int?) async throws {
        let (ends, continuation) = AsyncStream<Result<Void, CommandFailure>>.makeStream()
        let signals = StopSignals { continuation.yield(.success(())) }
        screen.onQuit { continuation.yield(.success(())) }
        let drawing = Task {
            do throws(CommandFailure) {
                try await draw(on: screen, first: first, shown: count)
                continuation.yield(.success(()))
            } catch {
                continuation.yield(.failure(error))
            }
        }
        // A broker that does not answer must not keep the user: the drawing is not waited for.
        let end = await ends.first { _ in true }
        drawing.cancel()
        screen.close()
        withExtendedLifetime(signals) {}
        try end?.get()
    }

    private func draw(on screen: TopScreen, first: String, shown count: Int?) async throws(CommandFailure) {
        var view = TopView(address: settings.address)
        view.update(try LiveBroker.report(first), at: .now)
        var broker: LiveBroker? = self.broker
        var drawn = 0
        while !Task.isCancelled {
            screen.show(view.lines(size: screen.size))
            drawn += 1
            guard drawn < count ?? .max else { return }
            // Ends early only when the drawing is cancelled, which the loop sees.
            try? await Task.sleep(for: interval)
            do throws(CommandFailure) {
                let current: LiveBroker
                if let broker { current = broker } else { current = try await LiveBroker.connect(settings) }
                broker = current
                view.update(try await current.report(), at: .now)
            } catch {
                guard [.unavailable, .temporaryFailure].contains(error.status) else { throw error }
                // It may be restarting: look again.
                broker = nil
                view.failed(error.message)
            }
        }
    }
}
