import CMQConfiguration
import Foundation
import TestSupport
import Testing

/// What `--check-config` finds by looking at the files that are named.
struct FileChecksTests {
    private static let files = ["server.crt": "c", "server.key": "k", "ca.crt": "a"]
    private static let tls = "[tls]\ncert_path = \"server.crt\"\nkey_path = \"server.key\"\nca_cert_path = \"ca.crt\"\n"

    @Test func nothingIsWrongWithACompleteSetOfFiles() throws {
        let loaded = try LoadedConfiguration(Self.tls, files: Self.files, checkingFiles: true)
        #expect(loaded.descriptions == [])
    }

    @Test func everyMissingFileIsNamed() throws {
        let loaded = try LoadedConfiguration(Self.tls + "crl_path = \"ca.crl\"", checkingFiles: true)
        #expect(
            loaded.problems.map { "\($0.line ?? 0) \($0.key)" } == [
                "2 tls.cert_path", "3 tls.key_path", "4 tls.ca_cert_path", "5 tls.crl_path",
            ]
        )
        #expect(loaded.problems.allSatisfy { $0.message.hasSuffix("No such file or directory") })
        #expect(loaded.problems.first?.remedy.contains("cmq-certs") == true)
    }

    @Test func filesAreLookedAtOnlyWhenAskedFor() throws {
        #expect(try LoadedConfiguration(Self.tls).descriptions == [])
        #expect(try LoadedConfiguration("[server]\nconnection_type = \"tcp\"", checkingFiles: true).descriptions == [])
    }

    @Test func aPrivateKeyThatOthersCanReadIsWarnedOf() throws {
        let loaded = try LoadedConfiguration(Self.tls, files: Self.files)
        try loaded.directory.write("k", to: "server.key", mode: 0o640)
        let (_, problems) = BrokerConfiguration.load(
            file: "config.toml",
            environment: [:],
            workingDirectory: loaded.directory.path,
            checkingFiles: true
        )
        let path = loaded.directory.file("server.key")
        #expect(
            problems.map(\.description) == [
                "config.toml:3: tls.key_path: names \(path), which other users can read (mode 640)"
            ]
        )
        #expect(problems.allSatisfy { !$0.isError })
    }

    @Test func whatIsNoDirectoryOrNoFileIsNamed() throws {
        let loaded = try LoadedConfiguration(
            Self.tls.replacingOccurrences(of: "\"ca.crt\"", with: "\".\"") + """
                [server]
                data_directory = "server.crt"
                [journal]
                directory = "server.crt/journal"
                [logging]
                info_file_path = "."
                error_file_path = "logs/new/error.log"
                [database]
                dbname = "server.crt/x.db"
                """,
            files: Self.files,
            checkingFiles: true
        )
        #expect(
            loaded.problems.map(\.key) == [
                "tls.ca_cert_path", "server.data_directory", "journal.directory", "logging.info_file_path",
                "database.dbname",
            ]
        )
        #expect(loaded.problems.allSatisfy { $0.isError })
    }
}
