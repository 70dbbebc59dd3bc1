internal import CMQSecrets
internal import Glibc

extension ConfigurationLoader {
    /// Looks at the files and directories that the settings name.
    mutating func checkFiles() {
        if configuration.server.connectionType == .tls { checkTLSFiles() }
        checkDirectory(configuration.server.dataDirectory, for: "server.data_directory")
        if let directory = configuration.journal.directory {
            checkDirectory(directory, for: "journal.directory")
        }
        checkLog(configuration.logging.infoPath, for: "logging.info_file_path")
        checkLog(configuration.logging.debugPath, for: "logging.debug_file_path")
        checkLog(configuration.logging.errorPath, for: "logging.error_file_path")
        switch configuration.database.location {
        case .sqlite(let path):
            if isSet("database.dbname") { checkWritable(path, for: "database.dbname") }
        case .postgreSQL:
            if let path = configuration.database.sslRootCertificateFile {
                let remedy = "copy the certificate of the authority that signed the server's there"
                checkReadable(path, for: "database.sslrootcert", remedy: remedy)
            }
        }
    }

    private mutating func checkTLSFiles() {
        let make = "make certificates with: cmq-certs init && cmq-certs server"
        checkReadable(configuration.tls.certificatePath, for: "tls.cert_path", remedy: make)
        checkReadable(configuration.tls.caPath, for: "tls.ca_cert_path", remedy: make)
        if let path = configuration.tls.crlPath {
            checkReadable(path, for: "tls.crl_path", remedy: "make the list with: cmq-certs crl")
        }
        let key = configuration.tls.keyPath
        guard checkReadable(key, for: "tls.key_path", remedy: make) else { return }
        if let mode = try? SafeFile.permissions(at: key), mode & 0o077 != 0 {
            problems.append(
                ConfigurationProblem(
                    .warning,
                    source: source(of: "tls.key_path"),
                    key: "tls.key_path",
                    message: "names \(key), which other users can read (mode \(String(mode, radix: 8)))",
                    remedy: "run: chmod 600 \(key)"
                )
            )
        }
    }

    @discardableResult
    private mutating func checkReadable(_ path: String, for name: String, remedy: String) -> Bool {
        guard access(path, R_OK) == 0 else {
            refuse(name, "names a file that cannot be read: \(path): \(Self.systemReason)", remedy)
            return false
        }
        if isDirectory(path) {
            refuse(name, "names \(path), which is a directory", "name the file in it")
            return false
        }
        return true
    }

    private mutating func checkDirectory(_ path: String, for name: String) {
        guard PathBase.exists(path) else {
            checkParent(of: path, for: name)
            return
        }
        if !isDirectory(path) {
            refuse(name, "names \(path), which is not a directory", "name a directory, or one that can be made")
        } else if access(path, W_OK | X_OK) != 0 {
            refuse(name, "names \(path), which the broker may not write to", "give the broker's user the right to")
        }
    }

    private mutating func checkLog(_ path: String?, for name: String) {
        if let path { checkWritable(path, for: name) }
    }

    private mutating func checkWritable(_ path: String, for name: String) {
        guard PathBase.exists(path) else {
            checkParent(of: path, for: name)
            return
        }
        if isDirectory(path) {
            refuse(name, "names \(path), which is a directory", "name a file")
        } else if access(path, W_OK) != 0 {
            refuse(name, "names \(path), which the broker may not write to", "give the broker's user the right to")
        }
    }

    /// Whether something could be made there: its nearest directory that exists must be writable.
    private mutating func checkParent(of path: String, for name: String) {
        var parent = PathBase.directory(of: path)
        while !PathBase.exists(parent), parent != "/" { parent = PathBase.directory(of: parent) }
        if !isDirectory(parent) || access(parent, W_OK | X_OK) != 0 {
            refuse(
                name,
                "cannot be made: \(parent) is not a directory that the broker may write to",
                "make the directory and give it to the broker's user"
            )
        }
    }

    private mutating func refuse(_ name: String, _ message: String, _ remedy: String) {
        problems.append(
            ConfigurationProblem(source: source(of: name), key: name, message: message, remedy: remedy)
        )
    }

    private func isDirectory(_ path: String) -> Bool {
        var information = stat()
        return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }

    private static var systemReason: String { String(cString: strerror(errno)) }
}
