import CMQConfiguration
import Foundation
import TestSupport
import Testing

/// Where relative paths begin, with the configuration file in one directory and the broker started in another.
struct PathsTests {
    private let directory: TemporaryDirectory
    private var home: String { directory.file("home") }
    private var working: String { directory.file("work") }

    init() throws {
        directory = try TemporaryDirectory()
        for name in ["home", "work"] {
            try FileManager.default.createDirectory(
                atPath: directory.file(name),
                withIntermediateDirectories: true
            )
        }
    }

    private func load(_ text: String, file: String = "../home/config.toml") throws -> BrokerConfiguration {
        try directory.write(text, to: "home/config.toml")
        let (configuration, problems) = BrokerConfiguration.load(
            file: file,
            environment: [:],
            workingDirectory: working
        )
        #expect(problems == [])
        return configuration
    }

    /// Without `..`, which the loader leaves as it was given.
    private func standard(_ path: String?) -> String? {
        path.map { URL(fileURLWithPath: $0).standardized.path }
    }

    @Test func whatIsReadIsLookedForBesideTheFileAndThenInTheWorkingDirectory() throws {
        try directory.write("", to: "home/both.crt")
        try directory.write("", to: "work/both.crt")
        try directory.write("", to: "work/work.key")
        let configuration = try load(
            "[tls]\ncert_path = \"both.crt\"\nkey_path = \"work.key\"\nca_cert_path = \"nowhere.crt\""
        )
        #expect(standard(configuration.tls.certificatePath) == "\(home)/both.crt")
        #expect(standard(configuration.tls.keyPath) == "\(working)/work.key")
        #expect(standard(configuration.tls.caPath) == "\(working)/nowhere.crt")
    }

    @Test func whatTheBrokerMakesLiesBesideTheFileWhereverItWasStarted() throws {
        try FileManager.default.createDirectory(atPath: "\(working)/cmq-data", withIntermediateDirectories: true)
        let configuration = try load("[logging]\ninfo_file_path = \"logs/info.log\"")
        #expect(standard(configuration.server.dataDirectory) == "\(home)/cmq-data")
        #expect(standard(configuration.journal.directory) == "\(home)/cmq-data/journal")
        #expect(standard(configuration.logging.infoPath) == "\(home)/logs/info.log")
    }

    @Test func anSQLiteFileIsUsedWhereItIsFound() throws {
        let text = "[database]\ndbname = \"public_keys.db\""
        func path() throws -> String? {
            guard case .sqlite(let path) = try load(text).database.location else { return nil }
            return standard(path)
        }
        #expect(try path() == "\(home)/public_keys.db")
        try directory.write("", to: "work/public_keys.db")
        #expect(try path() == "\(working)/public_keys.db")
        try directory.write("", to: "home/public_keys.db")
        #expect(try path() == "\(home)/public_keys.db")
    }

    @Test func absolutePathsStay() throws {
        let configuration = try load(
            "[server]\ndata_directory = \"/var/lib/cmq\"\n[tls]\ncert_path = \"/etc/cmq/server.crt\"",
            file: directory.file("home/config.toml")
        )
        #expect(configuration.server.dataDirectory == "/var/lib/cmq")
        #expect(configuration.tls.certificatePath == "/etc/cmq/server.crt")
        #expect(configuration.journal.directory == "/var/lib/cmq/journal")
    }
}
