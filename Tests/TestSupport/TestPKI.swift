package import CMQCertificates
package import Foundation

/// An authority with a server and clients in a folder `certs`, and the enemies of a TLS server.
///
/// Each method that makes an enemy returns the paths of a certificate and its key.
package struct TestPKI: Sendable {
    /// The paths of a certificate and of its key.
    package struct Identity: Sendable {
        package let certificatePath: String
        package let keyPath: String
    }

    package let directory: CertificateDirectory
    private let temporary: TemporaryDirectory

    package init(
        in temporary: TemporaryDirectory,
        clients: [String] = ["alice", "bob"],
        serverNames: [String] = ["localhost"],
        serverAddresses: [String] = ["127.0.0.1", "::1"]
    ) throws {
        self.temporary = temporary
        directory = CertificateDirectory(temporary.file("certs"))
        let authority = try CertificateAuthority.create(in: directory)
        _ = try authority.issueServer(names: serverNames, addresses: serverAddresses)
        for client in clients { _ = try authority.issueClient(client) }
    }

    package var caPath: String { directory.authority.certificatePath }

    package var caKeyPath: String { directory.authority.keyPath }

    package var serverCertificatePath: String { directory.server.certificatePath }

    package var serverKeyPath: String { directory.server.keyPath }

    /// There once ``writeRevocationList(days:now:)`` was called.
    package var revocationListPath: String { directory.revocationListPath }

    package func clientCertificatePath(_ name: String) throws -> String {
        directory.client(try CommonName(name)).certificatePath
    }

    package func clientKeyPath(_ name: String) throws -> String {
        directory.client(try CommonName(name)).keyPath
    }

    package func client(_ name: String) throws -> Identity {
        Identity(certificatePath: try clientCertificatePath(name), keyPath: try clientKeyPath(name))
    }

    /// Issues one more client's certificate.
    @discardableResult
    package func issueClient(_ name: String, days: Int = 365, now: Date = Date()) throws -> Identity {
        _ = try authority().issueClient(name, days: days, now: now)
        return try client(name)
    }

    /// A client's certificate that ended a day ago.
    package func expired(_ name: String = "expired") throws -> Identity {
        try issueClient(name, days: 1, now: Date() - 2 * 86_400)
    }

    /// A client's certificate that begins in ten days.
    package func notYetValid(_ name: String = "not-yet-valid") throws -> Identity {
        try issueClient(name, now: Date() + 10 * 86_400)
    }

    /// The server's own certificate, which a client may not use.
    package func serverCertificateAsClient() -> Identity {
        Identity(certificatePath: serverCertificatePath, keyPath: serverKeyPath)
    }

    /// A client's certificate from an authority of another name.
    package func otherAuthority(_ name: String = "alice") throws -> Identity {
        try foreignClient(name, authority: "Other-CA", folder: "other-certs")
    }

    /// A client's certificate from an authority of the same name, but with another key.
    package func sameNamedAuthority(_ name: String = "alice") throws -> Identity {
        try foreignClient(name, authority: CertificateAuthority.defaultName, folder: "same-named-certs")
    }

    /// Revokes a client's certificates, and returns the path of a new revocation list that says so.
    @discardableResult
    package func revoke(_ name: String, reason: RevocationReason = .keyCompromise) throws -> String {
        _ = try directory.revoke(name, reason: reason)
        return try writeRevocationList()
    }

    /// Writes the revocation list and returns its path.
    @discardableResult
    package func writeRevocationList(days: Int = 30, now: Date = Date()) throws -> String {
        try authority().writeRevocationList(days: days, now: now)
        return revocationListPath
    }

    package func authority() throws -> CertificateAuthority {
        try CertificateAuthority.load(from: directory)
    }

    private func foreignClient(_ name: String, authority: String, folder: String) throws -> Identity {
        let foreign = CertificateDirectory(temporary.file(folder))
        let signer: CertificateAuthority
        if foreign.authority.hasCertificate {
            signer = try CertificateAuthority.load(from: foreign)
        } else {
            signer = try CertificateAuthority.create(in: foreign, commonName: authority)
        }
        _ = try signer.issueClient(name)
        let files = foreign.client(try CommonName(name))
        return Identity(certificatePath: files.certificatePath, keyPath: files.keyPath)
    }
}
