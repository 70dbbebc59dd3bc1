internal import NIOCore
internal import NIOSSL

/// TLS as a client of a broker uses it: mutual, 1.3 unless 1.2 is allowed, the chain always verified.
enum ClientTLS {
    /// - Throws: ``BrokerClientError`` with the code `configuration`.
    static func makeContext(
        _ credentials: ClientCredentials,
        _ configuration: BrokerClientConfiguration
    ) throws(BrokerClientError) -> NIOSSLContext {
        // The default groups start with X25519MLKEM768, then X25519.
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = configuration.allowsTLS12 ? .tlsv12 : .tlsv13
        tls.trustRoots = .certificates(credentials.authorities)
        tls.certificateVerification = configuration.checksHostname ? .fullVerification : .noHostnameVerification
        tls.certificateChain = credentials.chain.map { .certificate($0) }
        tls.privateKey = .privateKey(credentials.key)
        do {
            return try NIOSSLContext(configuration: tls)
        } catch {
            // Both were read before; what the library refuses now is the pair.
            if case NIOSSLError.failedToLoadPrivateKey = error {
                throw BrokerClientError(
                    .configuration,
                    "the key \(configuration.privateKeyFile) does not belong to \(configuration.certificateFile)",
                    remedy: "name a certificate and the key that was issued with it"
                )
            }
            throw BrokerClientError(.configuration, "the certificates cannot be used: \(error)")
        }
    }

    /// The handler that goes in front of the protocol.
    static func makeHandler(
        _ context: NIOSSLContext,
        _ configuration: BrokerClientConfiguration
    ) throws(BrokerClientError) -> NIOSSLClientHandler {
        let name = configuration.serverName ?? configuration.host
        // An address cannot be announced; it is compared with the certificate's addresses instead.
        let isAddress = (try? SocketAddress(ipAddress: name, port: 0)) != nil
        do {
            return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : name)
        } catch {
            throw BrokerClientError(.configuration, "'\(name)' is not a host name: \(error)")
        }
    }
}
