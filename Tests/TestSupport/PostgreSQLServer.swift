internal import Foundation
internal import Glibc
internal import Synchronization

/// A real PostgreSQL server in a temporary directory, which ends with the process that started it, however that
/// one ends.
///
/// The server runs as a user without privileges, on a socket and a loopback port, both of which ask for a
/// password.
package final class PostgreSQLServer: Sendable {
    /// Why the server did not start, or what psql did not like.
    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    private static let sharedStart = Task {
        try await PostgreSQLServer.start(settings: ["fsync": "off", "max_connections": "200"])
    }

    /// The server for tests that leave it alone, started when it is first asked for.
    package static func shared() async throws -> PostgreSQLServer {
        try await sharedStart.value
    }

    /// Where the socket lies.
    package let socketDirectory: String
    /// On 127.0.0.1.
    package let port: Int
    /// May create databases, and owns those of ``makeDatabase(inTablespace:)``.
    package let user = "cmq"
    /// The superuser.
    package let administrator = "postgres"
    /// Of both users.
    package let password: String

    private struct Process {
        var identifier: Int32
        /// How many answers the keeper has given.
        var answers = 1
    }

    /// The script that holds the server as its child.
    private let keeper: RunningCommand
    private let process: Mutex<Process>

    private init(keeper: RunningCommand) throws {
        let words = keeper.soFar.output.split(whereSeparator: \.isWhitespace)
        guard words.count == 4, words[0] == "ready", let port = Int(words[2]), let identifier = Int32(words[3]) else {
            throw Failure(description: keeper.soFar.errors)
        }
        self.keeper = keeper
        self.port = port
        socketDirectory = String(words[1])
        password = String(decoding: try Data(contentsOf: URL(fileURLWithPath: "\(words[1])/password")), as: UTF8.self)
        process = Mutex(Process(identifier: identifier))
    }

    deinit {
        try? keeper.closeInput()
    }

    /// A server of one's own, for tests that stop it or settle how it works. It ends with its last reference.
    ///
    /// - Parameters:
    ///   - settings: Of `postgresql.conf`, with values as they stand there.
    ///   - files: Paths of files to copy into the data directory, by the name that they get there.
    ///   - smallDisk: The size in MiB of the disk that the tablespace ``smallTablespace`` lies on.
    package static func start(
        settings: [String: String] = [:],
        files: [String: String] = [:],
        smallDisk: Int? = nil
    ) async throws -> PostgreSQLServer {
        var arguments = smallDisk.map { ["--small-disk", "\($0)"] } ?? []
        for (name, path) in files { arguments += ["--file", "\(name)=\(path)"] }
        arguments += settings.map { "\($0) = \($1)" }
        let keeper = try RunningCommand(script, arguments)
        await keeper.waitForOutput(lines: 1)
        return try PostgreSQLServer(keeper: keeper)
    }

    private static let script = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("scripts/temporary-postgresql.sh").path

    /// What the server has logged so far.
    package var log: String {
        (try? String(decoding: Data(contentsOf: URL(fileURLWithPath: "\(socketDirectory)/log")), as: UTF8.self)) ?? ""
    }

    // MARK: - Coming and going

    /// Ends the server as an operator does who does not wait for its sessions to end.
    package func stop() async throws {
        try await ask("stop")
    }

    /// Starts the server again, on the same port, and waits until it accepts connections.
    package func startAgain() async throws {
        let answer = try await ask("start").split(separator: " ")
        guard answer.count == 4, answer[0] == "ready", let identifier = Int32(answer[3]) else {
            throw Failure(description: answer.joined(separator: " "))
        }
        process.withLock { $0.identifier = identifier }
    }

    package func restart() async throws {
        try await stop()
        try await startAgain()
    }

    /// Ends all processes of the server as a crash does.
    package func kill() async throws {
        let identifier = process.withLock { $0.identifier }
        // A server that stands still starts no process that the list would miss.
        signal(SIGSTOP, to: [identifier])
        let all = processes(of: identifier)
        signal(SIGKILL, to: all)
        try await checkFor(.seconds(20)) { !all.contains(where: Self.isRunning) }
    }

    /// Stops all processes of the server where they stand: to its clients it looks like a network that lost its
    /// other end.
    package func freeze() {
        let identifier = process.withLock { $0.identifier }
        signal(SIGSTOP, to: [identifier])
        signal(SIGSTOP, to: processes(of: identifier))
    }

    package func thaw() {
        signal(SIGCONT, to: processes(of: process.withLock { $0.identifier }))
    }

    // MARK: - The small disk

    /// The tablespace on the disk of its own size.
    package static let smallTablespace = "small"

    /// Leaves not one byte on the small disk.
    package func fillSmallDisk() async throws {
        try await ask("fill")
    }

    /// Takes back ``fillSmallDisk()``.
    package func freeSmallDisk() async throws {
        try await ask("free")
    }

    // MARK: -

    /// Gives the keeper a command and returns its answer. Commands come one after the other.
    @discardableResult
    private func ask(_ command: String) async throws -> String {
        let count = process.withLock { process in
            process.answers += 1
            return process.answers
        }
        try keeper.write("\(command)\n")
        guard await keeper.waitForOutput(lines: count) else { throw Failure(description: keeper.soFar.errors) }
        return String(keeper.soFar.output.split(separator: "\n")[count - 1])
    }

    private func signal(_ number: Int32, to processes: [Int32]) {
        for process in processes { Glibc.kill(process, number) }
    }

    /// The server and its children.
    private func processes(of identifier: Int32) -> [Int32] {
        let children = try? String(contentsOfFile: "/proc/\(identifier)/task/\(identifier)/children", encoding: .utf8)
        return [identifier] + (children ?? "").split(separator: " ").compactMap { Int32($0) }
    }

    /// Whether there is such a process, other than one that only waits for its parent's notice.
    private static func isRunning(_ identifier: Int32) -> Bool {
        guard let line = try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8) else { return false }
        // The state follows the name, which is in parentheses and may hold anything.
        return line.split(separator: ")").last?.first { $0 != " " } != "Z"
    }
}
