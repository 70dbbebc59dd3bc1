internal import Dispatch
internal import Foundation
internal import Synchronization

/// A connection with the thread that owns it: made when it is needed, and made again after it was lost.
///
/// Whoever needs the database waits until the thread has carried the work out. After a failed attempt to
/// connect, the same failure is reported for a moment without another try, so that many who ask while the
/// server is away do not wait for the time limit one after the other.
package final class PostgreSQLSession: Sendable {
    /// How long a failed attempt to connect stands for the next ones.
    private static let pause = Duration.milliseconds(300)

    private struct Work {
        var jobs: [@Sendable (inout Owned) -> Void] = []
        var isClosed = false
    }

    /// What only the owner thread touches.
    private struct Owned {
        var connection: PostgreSQLConnection?
        var failure: (error: PostgreSQLError, until: ContinuousClock.Instant)?
    }

    private let parameters: PostgreSQLParameters
    private let repeatsAfterLoss: Bool
    private let onConnect: @Sendable (PostgreSQLConnection) throws -> Void
    private let interruption: PostgreSQLInterruption
    private let work = Mutex(Work())
    private let wake = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - parameters: Where to connect to.
    ///   - repeatsAfterLoss: Whether work is done once more, on a new connection, when the old one turns out to be
    ///     lost. It may then be done twice.
    ///   - onConnect: Makes a new connection ready for use; the connection is given up when it throws.
    package init(
        _ parameters: PostgreSQLParameters,
        repeatsAfterLoss: Bool = false,
        onConnect: @escaping @Sendable (PostgreSQLConnection) throws -> Void
    ) throws(PostgreSQLError) {
        self.parameters = parameters
        self.repeatsAfterLoss = repeatsAfterLoss
        self.onConnect = onConnect
        interruption = try PostgreSQLInterruption()
        // The owner, which ends with `close()`.
        let thread = Thread { [self] in run() }
        thread.name = parameters.applicationName
        thread.start()
    }

    /// A session that is connected; the thread ends where that fails.
    package static func connected(
        _ parameters: PostgreSQLParameters,
        onConnect: @escaping @Sendable (PostgreSQLConnection) throws -> Void
    ) throws -> PostgreSQLSession {
        let session = try PostgreSQLSession(parameters, onConnect: onConnect)
        do {
            try session.perform { _ in }
            return session
        } catch {
            session.close()
            throw error
        }
    }

    /// Carries `body` out on the owner thread and waits for it.
    package func perform<Value: Sendable>(
        _ body: @escaping @Sendable (PostgreSQLConnection) throws -> Value
    ) throws -> Value {
        let outcome = Outcome<Value>()
        let isAccepted = work.withLock { work in
            guard !work.isClosed else { return false }
            work.jobs.append { [self] owned in
                outcome.set(Result { try carryOut(body, &owned) })
            }
            return true
        }
        guard isAccepted else { throw PostgreSQLError(.interrupted, "the catalog is closed") }
        wake.signal()
        return try outcome.wait()
    }

    /// Ends what waits for the server now, as if the connection had been lost.
    package func interrupt() {
        interruption.raise()
    }

    /// Ends the thread and the connection after the work that was accepted.
    package func close() {
        work.withLock { $0.isClosed = true }
        wake.signal()
    }

    private func run() {
        var owned = Owned()
        while true {
            wake.wait()
            let (jobs, isClosed) = work.withLock { work in
                defer { work.jobs = [] }
                return (work.jobs, work.isClosed)
            }
            for job in jobs { job(&owned) }
            if isClosed { return }
        }
    }

    private func carryOut<Value>(
        _ body: (PostgreSQLConnection) throws -> Value,
        _ owned: inout Owned
    ) throws -> Value {
        defer { interruption.clear() }
        let isOld = owned.connection != nil
        do {
            return try carryOutOnce(body, &owned)
        } catch let error as PostgreSQLError {
            guard repeatsAfterLoss, isOld, error.kind == .connection else { throw error }
            return try carryOutOnce(body, &owned)
        }
    }

    private func carryOutOnce<Value>(
        _ body: (PostgreSQLConnection) throws -> Value,
        _ owned: inout Owned
    ) throws -> Value {
        let connection = try connection(&owned)
        defer { if !connection.isUsable { owned.connection = nil } }
        return try body(connection)
    }

    private func connection(_ owned: inout Owned) throws -> PostgreSQLConnection {
        if let connection = owned.connection { return connection }
        if let (error, until) = owned.failure, ContinuousClock.now < until { throw error }
        do throws(PostgreSQLError) {
            owned.failure = nil
            let connection = try PostgreSQLConnection.open(parameters, interruption: interruption)
            owned.connection = connection
        } catch {
            owned.failure = (error, .now + Self.pause)
            throw error
        }
        guard let connection = owned.connection else { throw PostgreSQLError(.connection, "there is no connection") }
        do {
            try onConnect(connection)
            return connection
        } catch {
            owned.connection = nil
            throw error
        }
    }
}

/// The result of a job on its way between threads.
private final class Outcome<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)
    private let ready = DispatchSemaphore(value: 0)

    func set(_ value: Result<Value, any Error>) {
        result.withLock { $0 = value }
        ready.signal()
    }

    func wait() throws -> Value {
        ready.wait()
        guard let value = result.withLock({ $0 }) else {
            throw PostgreSQLError(.interrupted, "the database was not asked")
        }
        return try value.get()
    }
}
