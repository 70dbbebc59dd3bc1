import ArgumentParser
import CMQCommand
import CMQConfiguration
import CMQLogging
import CMQSecrets
import CMQServer
import CMQWire
import Foundation
import Logging

@main
struct BrokerCommand: CommandLineTool {
    static let configuration = CommandConfiguration(
        commandName: "cmq-broker",
        abstract: "Routes encrypted messages between organisations, durably and without reading them.",
        discussion: """
            Without a configuration file the broker listens on 127.0.0.1:5672 with the certificates in certs/ and
            keeps its journal and its catalog in cmq-data/.

            EXAMPLES
              cmq-certs alice bob && cmq-broker
              cmq-broker --config /etc/cmq/config.toml --check-config
              cmq-broker --port 0 --port-file port.txt

            SIGNALS
              TERM, INT  take nothing more, finish what was accepted, exit 0; a second one ends at once
              HUP        read certificates, revocation list and log files again; sessions whose certificate is
                         revoked end; wrong files leave the old ones in use
            """,
        version: toolkitVersion
    )

    @OptionGroup var options: BrokerOptions

    static func main() async {
        await runAndExit()
    }

    func run() async throws {
        let settings = try options.load(checkingFiles: options.checkConfig, diagnostics: Self.diagnostics)
        if options.checkConfig { return Self.diagnostics.note("the configuration is right") }
        let pipeline = try LogPipeline.open(settings.logging, format: options.logFormat)
        let logger = pipeline.logger(label: "cmq-broker")
        let signals = SignalStream([SIGTERM, SIGINT, SIGHUP])
        let failure = FailureFlag()
        let server: BrokerServer
        do {
            server = try await BrokerServer.start(settings, logger: logger) { reason in
                failure.raise(reason)
                signals.end()
            }
        } catch let error as BrokerStartError {
            _ = pipeline.flush(timeout: .seconds(2))
            throw error.commandFailure(settings)
        }
        if let path = options.portFile {
            do {
                try SafeFile.write("\(server.port)\n", to: path, mode: 0o644, existing: .replace)
            } catch {
                await server.stop()
                throw CommandFailure.creating(error)
            }
        }
        ServiceNotification.send("READY=1")
        await serve(server, signals, pipeline, logger)
        ServiceNotification.send("STOPPING=1")
        await server.stop()
        logger.notice("Broker stopped")
        _ = pipeline.flush(timeout: .seconds(5))
        if let reason = failure.reason {
            throw CommandFailure(.inputOutput, "the storage has failed: \(reason)")
        }
    }

    /// Waits for signals and follows them until one of them, or a failure, ends the broker.
    private func serve(
        _ server: BrokerServer,
        _ signals: SignalStream,
        _ pipeline: LogPipeline,
        _ logger: Logger
    ) async {
        for await signal in signals.stream {
            guard signal == SIGHUP else {
                logger.notice("Broker is stopping", metadata: Logger.Metadata([.signal: "\(signal)"]))
                // The default action again: a second signal ends the process at once.
                Glibc.signal(SIGTERM, SIG_DFL)
                Glibc.signal(SIGINT, SIG_DFL)
                return
            }
            ServiceNotification.send("RELOADING=1")
            reload(server, pipeline, logger)
            ServiceNotification.send("READY=1")
        }
    }

    private func reload(_ server: BrokerServer, _ pipeline: LogPipeline, _ logger: Logger) {
        for error in pipeline.reopen() { logger.error("A log file could not be reopened: \(error)") }
        do {
            let settings = try options.load(checkingFiles: false, diagnostics: Self.diagnostics)
            try server.reload(settings)
            logger.notice("Certificates and revocation list reloaded")
        } catch {
            logger.error("Reload failed, the old certificates stay in use: \(error)")
        }
    }
}
