import CMQConfiguration
import TestSupport
import Testing

struct DefaultsTests {
    @Test func aBrokerWithoutAFileRunsWithSafeDefaults() throws {
        let loaded = try LoadedConfiguration(nil)
        let configuration = loaded.configuration
        #expect(loaded.descriptions == [])
        #expect(configuration.server.address.description == "127.0.0.1:5672")
        #expect(configuration.server.connectionType == .tls)
        #expect(configuration.server.dataDirectory == loaded.directory.file("cmq-data"))
        #expect(configuration.tls.certificatePath == loaded.directory.file("certs/server.crt"))
        #expect(configuration.tls.minimumVersion == .tls13)
        #expect(configuration.tls.staleCRL == .refuse)
        #expect(configuration.tls.crlPath == nil)
        #expect(configuration.journal.directory == loaded.directory.file("cmq-data/journal"))
        #expect(configuration.database.location == .sqlite(path: loaded.directory.file("cmq-data/catalog.db")))
        #expect(configuration.security.enforceReceiver)
        #expect(!configuration.security.allowPlainTCPBeyondLoopback)
        #expect(configuration.security.admins == [])
        guard case .generated(let path) = configuration.encryption.key else {
            Issue.record("the key is not the broker's own")
            return
        }
        #expect(path == loaded.directory.file("cmq-data/catalog.key"))
    }

    @Test func readsTheWorkingDirectorysFileWhenNoneIsNamed() throws {
        let loaded = try LoadedConfiguration("[server]\nport = 9")
        let (configuration, problems) = BrokerConfiguration.load(
            file: nil,
            environment: [:],
            workingDirectory: loaded.directory.path
        )
        #expect(problems == [])
        #expect(configuration.server.address.port == 9)
    }

    @Test func aNamedFileThatIsMissingIsAMistake() throws {
        let loaded = try LoadedConfiguration(nil)
        let (_, problems) = BrokerConfiguration.load(
            file: "no.toml",
            environment: [:],
            workingDirectory: loaded.directory.path
        )
        #expect(problems.map(\.description) == ["no.toml: cannot be read: No such file or directory"])
        #expect(problems.allSatisfy { $0.isError })
    }
}
