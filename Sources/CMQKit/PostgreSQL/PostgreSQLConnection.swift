internal import CLibPQ
internal import Dispatch
internal import Glibc

/// A connection to PostgreSQL, used by one thread at a time: whoever owns it.
///
/// Every wait for the server has an end: a time limit or an interruption from another thread gives the
/// connection up, since nobody knows then what the server still sends.
package final class PostgreSQLConnection {
    /// How long an answer may take where the caller does not say otherwise.
    package static let timeout = Duration.seconds(60)

    private let handle: OpaquePointer
    private let interruption: PostgreSQLInterruption
    private var preparedNames: [SQL: String] = [:]
    package private(set) var isUsable = true

    private init(_ handle: OpaquePointer, _ interruption: PostgreSQLInterruption) {
        self.handle = handle
        self.interruption = interruption
    }

    deinit {
        PQfinish(handle)
    }

    /// The server's version as a number: 150018 for 15.18.
    package var serverVersion: Int { Int(PQserverVersion(handle)) }

    // MARK: Connecting

    /// Tries the servers of `parameters` in turn.
    ///
    /// A host name is looked up first, for which the system's resolver has time limits of its own.
    /// - Throws: ``PostgreSQLError`` of the last server tried, with the `SQLSTATE` where the server refused.
    package static func open(
        _ parameters: PostgreSQLParameters,
        interruption: PostgreSQLInterruption
    ) throws(PostgreSQLError) -> PostgreSQLConnection {
        var failure = PostgreSQLError(.parameters, "the connection names no host")
        for attempt in try parameters.attempts() {
            let handle = attempt.withPointers { PQconnectStartParams($0, $1, 0) }
            guard let handle else { throw PostgreSQLError(.connection, "no memory for a connection") }
            let connection = PostgreSQLConnection(handle, interruption)
            do throws(PostgreSQLError) {
                try connection.finishConnecting(by: .now + parameters.connectTimeout)
                return connection
            } catch {
                failure = error
                if error.kind == .interrupted { break }
            }
        }
        throw failure
    }

    private func finishConnecting(by deadline: ContinuousClock.Instant) throws(PostgreSQLError) {
        // With the codes in them: libpq does not tell the one of a refused connection in any other way.
        PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        // Notices would go to standard error.
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        guard PQstatus(handle) != CONNECTION_BAD else { throw connectionFailure() }
        var events = Int16(POLLOUT)
        while true {
            try wait(for: events, until: deadline)
            let isSecuring = PQstatus(handle) == CONNECTION_SSL_STARTUP
            switch PQconnectPoll(handle) {
            case PGRES_POLLING_READING: events = Int16(POLLIN)
            case PGRES_POLLING_WRITING: events = Int16(POLLOUT)
            case PGRES_POLLING_OK:
                PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
                PQsetnonblocking(handle, 1)
                return
            default:
                var failure = connectionFailure()
                // libpq has no code for it. These words are of a connection that broke meanwhile.
                let broken = ["SYSCALL", "closed the connection", "Connection reset", "could not receive", "timed out"]
                if isSecuring, failure.sqlState == nil, !broken.contains(where: failure.message.contains) {
                    failure.kind = .protection
                }
                throw failure
            }
        }
    }

    /// libpq's message about the connection in one line.
    private func connectionFailure() -> PostgreSQLError {
        isUsable = false
        let text = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
        let lines = text.split(separator: "\n").map { line in line.drop { $0 == " " || $0 == "\t" } }
        var message = lines.filter { !$0.hasPrefix("LOCATION:") }.joined(separator: " ")
        let code = #/:  ([0-9A-Z]{5}): /#
        guard let match = message.firstMatch(of: code) else {
            return PostgreSQLError(.connection, message.isEmpty ? "the connection was lost" : message)
        }
        let sqlState = String(match.1)
        message.replaceSubrange(match.range, with: ": ")
        return PostgreSQLError(.connection, message, sqlState: sqlState)
    }

    // MARK: Statements

    /// Carries one statement out.
    package func execute(
        _ statement: SQL,
        _ values: [PostgreSQLValue] = [],
        timeout: Duration = timeout
    ) throws(PostgreSQLError) -> PostgreSQLResult {
        let deadline = ContinuousClock.now + timeout
        try send { withParameters(values) { PQsendQueryParams(handle, statement.text, $0, $1, $2, $3, $4, 1) } }
        return try oneResult(by: deadline)
    }

    /// Carries out a statement that comes again and again: the server keeps it prepared.
    package func executePrepared(
        _ statement: SQL,
        _ values: [PostgreSQLValue] = [],
        timeout: Duration = timeout
    ) throws(PostgreSQLError) -> PostgreSQLResult {
        let deadline = ContinuousClock.now + timeout
        let name = try prepare(statement, values, by: deadline)
        try send { withParameters(values) { PQsendQueryPrepared(handle, name, $0, $2, $3, $4, 1) } }
        return try oneResult(by: deadline)
    }

    /// Carries several statements out in one round trip, in order. The first that fails ends it; what comes
    /// behind that is not done.
    package func pipeline(
        _ statements: [(SQL, [PostgreSQLValue])],
        timeout: Duration = timeout
    ) throws(PostgreSQLError) -> [PostgreSQLResult] {
        let deadline = ContinuousClock.now + timeout
        var names: [String] = []
        for (statement, values) in statements { names.append(try prepare(statement, values, by: deadline)) }
        guard PQenterPipelineMode(handle) == 1 else { throw connectionFailure() }
        for ((_, values), name) in zip(statements, names) {
            try send { withParameters(values) { PQsendQueryPrepared(handle, name, $0, $2, $3, $4, 1) } }
        }
        try send { PQpipelineSync(handle) }
        var results: [PostgreSQLResult] = []
        var failure: PostgreSQLError?
        for _ in statements {
            do throws(PostgreSQLError) {
                results.append(try oneResult(by: deadline))
            } catch {
                guard isUsable else { throw error }
                failure = failure ?? error
            }
        }
        // The mark that ends the pipeline.
        if let mark = try nextResult(by: deadline) { PQclear(mark) }
        guard PQexitPipelineMode(handle) == 1 else { throw connectionFailure() }
        if let failure { throw failure }
        return results
    }

    /// Copies rows into a table. Says how many there were.
    ///
    /// - Parameter statement: `COPY … FROM STDIN (FORMAT binary)`.
    package func copy(
        _ statement: SQL,
        timeout: Duration = timeout,
        _ rows: (inout PostgreSQLCopy) throws(PostgreSQLError) -> Void
    ) throws(PostgreSQLError) -> Int {
        let deadline = ContinuousClock.now + timeout
        try send { PQsendQuery(handle, statement.text) }
        guard let begun = try nextResult(by: deadline) else { throw connectionFailure() }
        let isReady = PQresultStatus(begun) == PGRES_COPY_IN
        let refusal = isReady ? nil : Self.failure(begun)
        PQclear(begun)
        if let refusal {
            while let rest = try nextResult(by: deadline) { PQclear(rest) }
            throw refusal
        }
        var copy = PostgreSQLCopy { [self] (bytes) throws(PostgreSQLError) in try sendCopied(bytes, by: deadline) }
        try rows(&copy)
        try copy.finish()
        try send { PQputCopyEnd(handle, nil) }
        return try oneResult(by: deadline).affectedRows
    }

    private func sendCopied(_ bytes: [UInt8], by deadline: ContinuousClock.Instant) throws(PostgreSQLError) {
        while true {
            let status = bytes.withUnsafeBytes { buffer in
                PQputCopyData(
                    handle,
                    buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
                    Int32(truncatingIfNeeded: buffer.count)
                )
            }
            guard status >= 0 else { throw connectionFailure() }
            let flushed = PQflush(handle)
            guard flushed >= 0 else { throw connectionFailure() }
            if status == 1, flushed == 0 { return }
            try drain(by: deadline)
            if status == 1 { return }
        }
    }

    /// Waits until everything is on its way. Takes what the server says meanwhile, for which it might wait in turn.
    private func drain(by deadline: ContinuousClock.Instant) throws(PostgreSQLError) {
        while true {
            let flushed = PQflush(handle)
            guard flushed >= 0 else { throw connectionFailure() }
            if flushed == 0 { return }
            let ready = try wait(for: Int16(POLLIN | POLLOUT), until: deadline)
            if ready & Int16(POLLIN | POLLERR | POLLHUP) != 0, PQconsumeInput(handle) == 0 {
                throw connectionFailure()
            }
        }
    }

    private func prepare(
        _ statement: SQL,
        _ values: [PostgreSQLValue],
        by deadline: ContinuousClock.Instant
    ) throws(PostgreSQLError) -> String {
        if let name = preparedNames[statement] { return name }
        let name = "cmq\(preparedNames.count)"
        let types = values.map(\.type.rawValue)
        try send { PQsendPrepare(handle, name, statement.text, Int32(types.count), types) }
        _ = try oneResult(by: deadline)
        preparedNames[statement] = name
        return name
    }

    private func send(_ body: () -> Int32) throws(PostgreSQLError) {
        guard isUsable, body() == 1 else { throw connectionFailure() }
    }

    // MARK: Answers

    /// The result of one statement, and what ends it.
    private func oneResult(by deadline: ContinuousClock.Instant) throws(PostgreSQLError) -> PostgreSQLResult {
        var failure: PostgreSQLError?
        var result: PostgreSQLResult?
        while let handle = try nextResult(by: deadline) {
            switch PQresultStatus(handle) {
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: result = PostgreSQLResult(handle)
            default:
                failure = failure ?? Self.failure(handle)
                PQclear(handle)
            }
        }
        if PQstatus(handle) == CONNECTION_BAD {
            isUsable = false
            let message = failure?.message ?? "the connection was lost"
            throw PostgreSQLError(.connection, message, sqlState: failure?.sqlState)
        }
        if let failure { throw failure }
        guard let result else { throw PostgreSQLError(.server, "the server did not answer a statement") }
        return result
    }

    private func nextResult(by deadline: ContinuousClock.Instant) throws(PostgreSQLError) -> OpaquePointer? {
        while true {
            let flushed = PQflush(handle)
            guard flushed >= 0 else { throw connectionFailure() }
            if PQisBusy(handle) == 0 { return PQgetResult(handle) }
            let ready = try wait(for: Int16(POLLIN | (flushed > 0 ? POLLOUT : 0)), until: deadline)
            // A connection that was lost has the server's last words first, as a result.
            if ready & Int16(POLLIN | POLLERR | POLLHUP) != 0, PQconsumeInput(handle) == 0 {
                if PQisBusy(handle) == 0, let result = PQgetResult(handle) { return result }
                throw connectionFailure()
            }
        }
    }

    @discardableResult
    private func wait(for events: Int16, until deadline: ContinuousClock.Instant) throws(PostgreSQLError) -> Int16 {
        var descriptors = [
            pollfd(fd: PQsocket(handle), events: events, revents: 0),
            pollfd(fd: interruption.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let left = max(.zero, deadline - .now).components
            let milliseconds = min(left.seconds * 1_000 + left.attoseconds / 1_000_000_000_000_000 + 1, 1 << 30)
            let count = poll(&descriptors, 2, Int32(milliseconds))
            if count < 0, errno == EINTR { continue }
            if descriptors[1].revents != 0 {
                abandon()
                throw PostgreSQLError(.interrupted, "the wait for the database was ended")
            }
            if count > 0 { return descriptors[0].revents }
            guard count == 0 else { throw connectionFailure() }
            if ContinuousClock.now >= deadline {
                abandon()
                throw PostgreSQLError(.timeout, "the database did not answer in time")
            }
        }
    }

    /// Tells the server that its answer is of no use any more. Asking takes a connection of its own, which may
    /// hang as this one did: nobody waits for it.
    private func abandon() {
        guard isUsable else { return }
        isUsable = false
        guard PQstatus(handle) == CONNECTION_OK, let cancel = PQgetCancel(handle) else { return }
        // Only this closure has the pointer.
        nonisolated(unsafe) let owned = cancel
        DispatchQueue.global(qos: .utility).async {
            var message = [CChar](repeating: 0, count: 256)
            PQcancel(owned, &message, Int32(message.count))
            PQfreeCancel(owned)
        }
    }

    private static func failure(_ result: OpaquePointer) -> PostgreSQLError {
        func field(_ code: Int32) -> String? { PQresultErrorField(result, code).map { String(cString: $0) } }
        guard let sqlState = field(Int32(UInt8(ascii: "C"))) else {
            let text = PQresultErrorMessage(result).map { String(cString: $0) } ?? ""
            let line = text.split(separator: "\n").first.map(String.init)
            return PostgreSQLError(.server, line ?? "the statement was not carried out")
        }
        let message = field(Int32(UInt8(ascii: "M"))) ?? "the server refused"
        return PostgreSQLError(.server, message, sqlState: sqlState)
    }

    // MARK: Parameters

    private func withParameters(
        _ values: [PostgreSQLValue],
        _ body: (
            Int32, UnsafePointer<Oid>, UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<Int32>, UnsafePointer<Int32>
        ) -> Int32
    ) -> Int32 {
        let types = values.map(\.type.rawValue)
        let lengths = values.map { Int32(truncatingIfNeeded: $0.bytes?.count ?? 0) }
        let formats = [Int32](repeating: 1, count: values.count)
        var pointers: [UnsafePointer<CChar>?] = []
        pointers.reserveCapacity(values.count)
        /// Keeps each value in its place in memory while the next one is looked at.
        func hold(_ index: Int) -> Int32 {
            guard index < values.count else {
                return body(Int32(values.count), types, pointers, lengths, formats)
            }
            guard let bytes = values[index].bytes else {
                pointers.append(nil)
                return hold(index + 1)
            }
            return bytes.withUnsafeBytes { buffer in
                // An empty value is not NULL and needs an address all the same.
                let address = buffer.baseAddress.map { UnsafeRawPointer($0) } ?? UnsafeRawPointer(Self.empty)
                pointers.append(address.assumingMemoryBound(to: CChar.self))
                return hold(index + 1)
            }
        }
        return hold(0)
    }

    // Never freed and never written to.
    private nonisolated(unsafe) static let empty = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
}
