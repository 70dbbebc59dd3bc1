internal import CMQBrokerCore
internal import CMQCatalog
package import CMQConfiguration
package import CMQJournal
internal import CMQLogging
internal import CMQSecrets
internal import CMQVersion
internal import CMQWire
internal import Foundation
package import Logging
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// A running broker: the journal, the catalog, the loop with the core, and the listening socket.
package final class BrokerServer: Sendable {
    /// The port that the broker listens on.
    package let port: Int

    private let parts: BrokerParts
    private let listener: any Channel
    private let acceptor: ConnectionAcceptor
    private let ticker: RepeatedTask
    private let isStopped = Atomic<Bool>(false)

    private init(parts: BrokerParts, listener: any Channel, acceptor: ConnectionAcceptor, ticker: RepeatedTask) {
        self.parts = parts
        self.listener = listener
        self.acceptor = acceptor
        self.ticker = ticker
        port = listener.localAddress?.port ?? 0
    }

    private static func makeRoom(forConnections connections: Int, _ logger: Logger) -> Int {
        let room = OpenFiles.makeRoom(forConnections: connections)
        if room < connections {
            let files = connections + OpenFiles.reserved
            logger.warning(
                "The system lets this process have fewer connections than limits.connections",
                metadata: Logger.Metadata([
                    .limit: "\(room)",
                    .remedy: "raise the limit of open files (ulimit -n, LimitNOFILE=) to \(files)",
                ])
            )
        }
        return room
    }

    /// Recovers what the journal holds and starts to listen.
    ///
    /// - Parameters:
    ///   - journalFileSystem: Another one than the real one lets the journal's disk fail.
    ///   - onFailure: Called once when the storage has failed and the broker has to end.
    /// - Throws: ``BrokerStartError``.
    package static func start(
        _ configuration: BrokerConfiguration,
        logger: Logger,
        journalFileSystem: any JournalFileSystem = LocalFileSystem(),
        onFailure: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> BrokerServer {
        let tls = try BrokerStartError.naming(.certificates) {
            try configuration.server.connectionType == .tls ? ServerTLS(configuration.tls) : nil
        }
        let parts = try await BrokerParts.open(
            configuration,
            logger: logger,
            journalFileSystem: journalFileSystem,
            onFailure: onFailure
        )
        let acceptor = ConnectionAcceptor(
            settings: SessionSettings(configuration),
            connectionsMax: makeRoom(forConnections: configuration.limits.connections, logger),
            loop: parts.loop,
            tls: tls,
            logger: logger
        )
        do {
            let listener = try await acceptor.listen(on: configuration.server.address, group: parts.sessionGroup)
            let interval = TimeAmount.milliseconds(parts.tickMilliseconds)
            let loop = parts.loop
            let ticker = parts.coreGroup.next().scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
                loop.execute { $0.tick() }
                acceptor.log.summarize()
            }
            let server = BrokerServer(parts: parts, listener: listener, acceptor: acceptor, ticker: ticker)
            logger.notice(
                "Broker listening",
                metadata: Logger.Metadata([.port: "\(server.port)", .version: "\(ToolkitVersion.text)"])
            )
            return server
        } catch {
            await parts.close()
            throw BrokerStartError(.listen, "cannot listen on \(configuration.server.address): \(error)")
        }
    }

    /// Takes new certificates and lists for new connections, and ends sessions whose certificate is revoked now.
    ///
    /// - Throws: what is wrong with the new files; the old ones stay in use then.
    package func reload(_ configuration: BrokerConfiguration) throws {
        guard configuration.server.connectionType == .tls else { return }
        let tls = try ServerTLS(configuration.tls)
        acceptor.replace(tls)
    }

    /// The identities that are connected now; for tests and the log.
    package var connectionCount: Int { acceptor.count }

    /// Bytes that all sessions hold of what was neither answered nor taken; for tests.
    package var sessionBytes: Int { acceptor.memory.bytes }

    /// Stops listening, lets what was accepted become durable and be answered, and closes everything.
    /// A second call does nothing.
    package func stop() async {
        guard !isStopped.exchange(true, ordering: .acquiringAndReleasing) else { return }
        ticker.cancel()
        try? await listener.close().get()
        await parts.drain()
        await acceptor.closeAll()
        await parts.end()
        await parts.close()
    }
}
