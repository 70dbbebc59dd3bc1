internal import CMQCertificates
internal import CMQConfiguration
internal import Foundation
internal import NIOCore
internal import NIOSSL

/// One state of the broker's certificates: what a connection was set up with stays with it.
struct ServerTLS: Sendable {
    let context: NIOSSLContext
    private let verifier: ChainVerifier
    private let revocations: RevocationList?
    private let verified = VerifiedPeers()

    /// Reads and checks every file.
    ///
    /// - Throws: An error that names the file and what is wrong with it.
    init(_ settings: TLSSettings) throws {
        verifier = try ChainVerifier(caPEM: settings.caPath)
        revocations = try settings.crlPath.map { path in
            try RevocationList.load(
                path: path,
                authority: settings.caPath,
                staleness: settings.staleCRL == .refuse ? .refuse : .accept
            )
        }
        let chain = try Self.reading(settings.certificatePath) { try NIOSSLCertificate.fromPEMFile($0) }
        let key = try Self.reading(settings.keyPath) { try NIOSSLPrivateKey(file: $0, format: .pem) }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = settings.minimumVersion == .tls13 ? .tlsv13 : .tlsv12
        // The hybrid group first: what is recorded today must not be readable by tomorrow's machines.
        configuration.curves = [.x25519_MLKEM768, .x25519, .secp384r1, .secp256r1]
        // A client without a certificate is refused; what it presents is verified by `verify`.
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .file(settings.caPath)
        configuration.sendCANameList = true
        // The peer's answer to our goodbye is not worth more: until then a refused one keeps its connection.
        configuration.shutdownTimeout = .seconds(1)
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw TLSFileError(path: settings.certificatePath, reason: "does not fit \(settings.keyPath): \(error)")
        }
    }

    /// Whether a revocation list is in use that should have been replaced by now.
    var usesStaleRevocationList: Bool { revocations?.isStale() ?? false }

    private static func reading<Value>(_ path: String, _ body: (String) throws -> Value) throws -> Value {
        do {
            return try body(path)
        } catch {
            throw TLSFileError(path: path, reason: "cannot be read as PEM: \(error)")
        }
    }

    /// Makes the TLS handler of one connection.
    ///
    /// - Parameter verdict: Gets the client that the peer turned out to be, or the reason why it is refused.
    func makeHandler(_ verdict: PeerVerdict) -> NIOSSLServerHandler {
        NIOSSLServerHandler(context: context) { certificates, promise in
            do {
                let chain = try certificates.map { try $0.toDERBytes() }
                verdict.client = try client(of: chain, now: Date())
                if chain.count > 1, VerifiedPeers.keeps(chain) { verdict.chain = chain }
                promise.succeed(.certificateVerified)
            } catch {
                verdict.reason = "\(error)"
                promise.succeed(.failed)
            }
        }
    }

    /// Verifies a chain completely and gives the client that it stands for.
    func identify(_ certificates: [NIOSSLCertificate], now: Date = Date()) throws -> ClientCertificate {
        try client(of: certificates.map { try $0.toDERBytes() }, now: now)
    }

    /// Verifies the peer of a finished handshake once more, as these certificates see it.
    ///
    /// Of a resumed session, and of one that began with a long chain, only the peer's own certificate is left.
    func identifyPeer(of handler: NIOSSLServerHandler, _ verdict: PeerVerdict) throws -> ClientCertificate {
        if let chain = verdict.chain { return try client(of: chain, now: Date()) }
        guard let certificate = handler.peerCertificate else {
            throw TLSFileError(path: "peer", reason: "sent no certificate")
        }
        return try identify([certificate])
    }

    /// - Parameter chain: DER, the peer's own certificate first.
    private func client(of chain: [[UInt8]], now: Date) throws -> ClientCertificate {
        guard let leaf = chain.first else { throw TLSFileError(path: "peer", reason: "sent no certificate") }
        if let client = verified.client(of: chain, at: now) {
            // A list grows old while its verdicts are remembered.
            try revocations?.refuseIfStale(now: now)
            return client
        }
        let trusted = try verifier.verify(
            leafDER: leaf,
            intermediatesDER: Array(chain.dropFirst()),
            purpose: .client,
            now: now,
            crl: revocations
        ).get()
        let client = try ClientCertificate.parse(der: leaf)
        verified.add(client, of: chain, verifiedAt: now, until: trusted.notAfter)
        return client
    }
}

/// A file of the TLS settings that cannot be used.
struct TLSFileError: Error, CustomStringConvertible {
    var path: String
    var reason: String

    var description: String { "\(path) \(reason)" }
}
