import CMQConfiguration
import CMQSecrets
import TestSupport
import Testing

/// The configuration files of CipherMQ 1.0 to 1.5, read as they are.
struct EarlierVersionsTests {
    private static let key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

    @Test func readsTheFileOf10WithoutSections() throws {
        let loaded = try LoadedConfiguration(
            """
            connection_type = "tls"
            address = "127.0.0.1:5673"
            cert_path = "other/server.crt"
            key_path = "other/server.key"
            ca_cert_path = "other/ca.crt"
            """
        )
        #expect(loaded.descriptions == [])
        #expect(loaded.configuration.server.address == ListenAddress(host: "127.0.0.1", port: 5673))
        #expect(loaded.configuration.server.connectionType == .tls)
        #expect(loaded.configuration.tls.certificatePath == loaded.directory.file("other/server.crt"))
        #expect(loaded.configuration.tls.keyPath == loaded.directory.file("other/server.key"))
        #expect(loaded.configuration.tls.caPath == loaded.directory.file("other/ca.crt"))
    }

    @Test func readsTheFileOf13() throws {
        let loaded = try LoadedConfiguration(
            """
            [server]
            connection_type = "tls"
            address = "127.0.0.1:5672"

            [tls]
            cert_path = "certs/server.crt"
            key_path = "certs/server.key"
            ca_cert_path = "certs/ca.crt"

            [database]
            dbname = "public_keys.db"

            [encryption]
            aes_key = "\(Self.key)"
            """
        )
        #expect(loaded.descriptions == [])
        #expect(loaded.configuration.database.location == .sqlite(path: loaded.directory.file("public_keys.db")))
        #expect(loaded.configuration.encryption.algorithm == .aes256GCM)
        #expect(try keyText(loaded.configuration) == "0123456789abcdef0123456789abcdef")
        #expect(loaded.configuration.logging.paths == [])
    }

    @Test(arguments: ["localhost", "127.0.0.1", "db.example.org"])
    func readsTheFileOf14And15(host: String) throws {
        let loaded = try LoadedConfiguration(
            """
            [server]
            address = "127.0.0.1:5672"
            connection_type = "tls"

            [tls]
            cert_path = "./ca/certs/server.crt"
            key_path = "./ca/certs/server.key"
            ca_cert_path = "./ca/certs/ca.crt"

            [logging]
            level = "debug"
            info_file_path = "logs/server_info.log"
            debug_file_path = "logs/server_debug.log"
            error_file_path = "logs/server_error.log"
            rotation = "never"
            max_size_mb = 250

            [database]
            host = "\(host)"
            port = 5433
            user = "mq"
            password = "p w=\\"1\\""
            dbname = "ciphermq"

            [encryption]
            algorithm = "x25519_chacha20_poly1305"
            aes_key = "\(Self.key)"
            """
        )
        // They had no TLS to the database; only what can be reached on the way is worth a word.
        #expect(loaded.problems.map(\.key) == (host == "db.example.org" ? ["database.host"] : []))
        #expect(loaded.problems.allSatisfy { !$0.isError })
        let logging = loaded.configuration.logging
        #expect(logging.level == .debug)
        #expect(logging.rotation == .never)
        #expect(logging.maxSizeMegabytes == 250)
        #expect(logging.infoPath == loaded.directory.file("logs/server_info.log"))
        #expect(logging.debugPath == loaded.directory.file("logs/server_debug.log"))
        #expect(logging.errorPath == loaded.directory.file("logs/server_error.log"))
        let database = loaded.configuration.database
        #expect(database.location == .postgreSQL)
        #expect(database.host == host)
        #expect(database.port == 5433)
        #expect(database.user == "mq")
        #expect(database.name == "ciphermq")
        #expect(database.password.map(text) == "p w=\"1\"")
        // What 1.3 to 1.5 wrote under this name is AES-256-GCM in their databases.
        #expect(loaded.configuration.encryption.algorithm == .aes256GCM)
    }

    @Test func takesAnEmptyTextForNoValueAsEarlierVersionsDid() throws {
        let loaded = try LoadedConfiguration(
            """
            [logging]
            level = ""
            rotation = ""
            info_file_path = ""
            """
        )
        #expect(loaded.descriptions == [])
        #expect(loaded.configuration.logging.level == .info)
        #expect(loaded.configuration.logging.rotation == .daily)
        #expect(loaded.configuration.logging.infoPath == nil)
    }

    @Test func warnsOfKeysThatMeanNothingForAnSQLiteFile() throws {
        let loaded = try LoadedConfiguration(
            """
            [database]
            user = "mq"
            password = "secret"
            dbname = "public_keys.db"
            """
        )
        #expect(
            loaded.descriptions == [
                "config.toml:2: database.user: has no effect, because [database] names no host and no url",
                "config.toml:3: database.password: has no effect, because [database] names no host and no url",
            ]
        )
        #expect(loaded.problems.allSatisfy { !$0.isError })
    }

    private func keyText(_ configuration: BrokerConfiguration) throws -> String {
        text(try configuration.encryption.key.read())
    }

    private func text(_ secret: SecretBytes) -> String {
        secret.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}
