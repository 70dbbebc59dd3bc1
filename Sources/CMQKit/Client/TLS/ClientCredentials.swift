internal import CMQSecrets
internal import Glibc
internal import NIOSSL

/// The files of a configuration, read and checked before anything goes over the network.
package struct ClientCredentials: Sendable {
    let authorities: [NIOSSLCertificate]
    let chain: [NIOSSLCertificate]
    let key: NIOSSLPrivateKey

    /// Our identity: the common name of our certificate.
    package let clientID: String

    /// - Throws: ``BrokerClientError`` with the code `configuration`, naming the file.
    package init(_ configuration: BrokerClientConfiguration, now: Int = time(nil)) throws(BrokerClientError) {
        authorities = try Self.certificates(configuration.certificateAuthorityFile, kind: "CA certificate")
        chain = try Self.certificates(configuration.certificateFile, kind: "client certificate")
        key = try Self.privateKey(configuration.privateKeyFile)
        clientID = try Self.commonName(chain[0], file: configuration.certificateFile)
        try Self.checkValidity(chain[0], file: configuration.certificateFile, now: now)
    }

    private static func certificates(
        _ file: String,
        kind: String
    ) throws(BrokerClientError) -> [NIOSSLCertificate] {
        let bytes = try read(file, kind: kind)
        do {
            let certificates = try NIOSSLCertificate.fromPEMBytes(bytes.withUnsafeBytes { Array($0) })
            if !certificates.isEmpty { return certificates }
        } catch {}
        throw BrokerClientError(.configuration, "the \(kind) \(file) is not a PEM certificate")
    }

    private static func privateKey(_ file: String) throws(BrokerClientError) -> NIOSSLPrivateKey {
        let bytes = try read(file, kind: "private key")
        do {
            return try NIOSSLPrivateKey(bytes: bytes.withUnsafeBytes { Array($0) }, format: .pem)
        } catch {
            throw BrokerClientError(.configuration, "the private key \(file) is not an unencrypted PEM key")
        }
    }

    private static func read(_ file: String, kind: String) throws(BrokerClientError) -> SecretBytes {
        do throws(FileError) {
            return try SafeFile.readSecret(at: file, limit: 1 << 20)
        } catch {
            throw BrokerClientError(
                .configuration,
                "cannot read the \(kind) \(file): \(error.reason)",
                remedy: error.isMissing ? "make certificates with cmq-certs, or name the file" : nil
            )
        }
    }

    private static func commonName(
        _ certificate: NIOSSLCertificate,
        file: String
    ) throws(BrokerClientError) -> String {
        let names = certificate.subjectName.filter { $0.type == .commonName }
        guard names.count == 1, !names[0].value.isEmpty else {
            throw BrokerClientError(.configuration, "the certificate \(file) has no common name to be known by")
        }
        return names[0].value
    }

    private static func checkValidity(
        _ certificate: NIOSSLCertificate,
        file: String,
        now: Int
    ) throws(BrokerClientError) {
        if certificate.notValidAfter < now {
            throw BrokerClientError(
                .configuration,
                "the client certificate \(file) expired on \(day(certificate.notValidAfter))",
                remedy: "renew it with cmq-certs renew"
            )
        }
        if certificate.notValidBefore > now {
            throw BrokerClientError(
                .configuration,
                "the client certificate \(file) is not valid before \(day(certificate.notValidBefore))",
                remedy: "check the clock of this machine"
            )
        }
    }

    private static func day(_ seconds: Int) -> String {
        var seconds = seconds
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let month = parts.tm_mon + 1
        return
            "\(parts.tm_year + 1900)-\(month < 10 ? "0" : "")\(month)-\(parts.tm_mday < 10 ? "0" : "")\(parts.tm_mday)"
    }
}
