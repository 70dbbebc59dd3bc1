internal import CMQSecrets
internal import Glibc

/// Where certificates and keys lie.
///
///     ca.crt  ca.key  ca.crl  server.crt  server.key  issued.json
///     clients/<common name>/client.crt  client.key
package struct CertificateDirectory: Hashable, Sendable {
    /// The folder, as the caller gave it.
    package let path: String

    package init(_ path: String) {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
    }

    package var authority: KeyPairFiles { pair("ca") }

    package var server: KeyPairFiles { pair("server") }

    package func client(_ name: CommonName) -> KeyPairFiles { pair("clients/\(name.text)/client") }

    /// The revocation list.
    package var revocationListPath: String { "\(path)/ca.crl" }

    /// What was issued; see ``IssueLedger``.
    package var ledgerPath: String { "\(path)/issued.json" }

    private func pair(_ stem: String) -> KeyPairFiles {
        KeyPairFiles(certificatePath: "\(path)/\(stem).crt", keyPath: "\(path)/\(stem).key")
    }

    /// `path` without this folder in front, the form that goes into the ledger.
    func relative(_ path: String) -> String {
        path.hasPrefix(self.path + "/") ? String(path.dropFirst(self.path.count + 1)) : path
    }

    /// Makes this folder, with those above it.
    func create() throws(CertificateError) {
        try Self.makeDirectory(path, mode: 0o755)
    }

    func createClientDirectory(_ name: CommonName) throws(CertificateError) {
        try Self.makeDirectory("\(path)/clients", mode: 0o755)
        // Only its owner has business with a client's key.
        try Self.makeDirectory("\(path)/clients/\(name.text)", mode: 0o700)
    }

    /// Removes a client's folder where nothing was put into it.
    func removeEmptyClientDirectory(_ name: CommonName) {
        rmdir("\(path)/clients/\(name.text)")
    }

    private static func makeDirectory(_ path: String, mode: mode_t) throws(CertificateError) {
        if mkdir(path, mode) == 0 || errno == EEXIST { return }
        let code = errno
        if code == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            try makeDirectory(String(path[..<slash]), mode: 0o755)
            if mkdir(path, mode) == 0 || errno == EEXIST { return }
        }
        throw CertificateError(FileError("create the directory", path, errno: code))
    }
}
