import CMQSecrets
import TestSupport
import Testing

@testable import CMQConfiguration

/// `[database]`: which engine, and how PostgreSQL is reached.
struct DatabaseTests {
    private static let warning =
        "is reached over the network without verifying the server, so that the connection can be read or redirected "
        + "on the way"

    private func load(_ text: String, _ environment: [String: String] = [:]) throws -> LoadedConfiguration {
        try LoadedConfiguration("[database]\n\(text)", environment: environment)
    }

    private func text(_ secret: SecretBytes?) -> String? {
        secret?.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [
        "host = \"/run/postgresql\"", "host = \"localhost\"", "host = \"127.0.0.1,::1\"", "url = \"postgresql://\"",
        "url = \"postgres:///mq\"", "url = \"postgresql://mq@[::1]:5433/mq\"", "host = \"@mq\"",
        "url = \"postgresql://%2Frun%2Fpostgresql/mq\"", "url = \"postgresql://db/mq?hostaddr=127.0.0.1\"",
        "url = \"postgresql://db:1,localhost:2/mq?sslmode=verify-full\"",
    ])
    func hostOrURLChoosesPostgreSQLAndNothingElseIsNeeded(setting: String) throws {
        let loaded = try load(setting)
        #expect(loaded.descriptions == [])
        #expect(loaded.configuration.database.location == .postgreSQL)
        #expect(loaded.configuration.database.port == nil)
    }

    @Test func variablesOfLibpqAloneChangeNothingAndAreNotUnknown() throws {
        let environment = [
            "PGHOST": "db", "PGPORT": "1", "PGUSER": "mq", "PGPASSWORD": "x", "PGDATABASE": "mq",
            "PGSSLMODE": "disable",
            "PGSSLROOTCERT": "x", "PGPASSFILE": "x", "PGSERVICE": "x",
        ]
        let loaded = try load("", environment)
        #expect(loaded.descriptions == [])
        #expect(loaded.configuration.database.location == .sqlite(path: loaded.directory.file("cmq-data/catalog.db")))
    }

    @Test func everySettingHasItsVariable() throws {
        let loaded = try load(
            "",
            [
                "CMQ_DATABASE_URL": "postgresql://db", "CMQ_DATABASE_HOST": "db2", "CMQ_DATABASE_PORT": "5433",
                "CMQ_DATABASE_USER": "mq", "CMQ_DATABASE_PASSWORD": "pw", "CMQ_DATABASE_DBNAME": "mq",
                "CMQ_DATABASE_SSLMODE": "verify-ca", "CMQ_DATABASE_SSLROOTCERT": "/ca.crt",
                "CMQ_DATABASE_REQUIRED": "true", "CMQ_DATABASE_RETENTION": "90d",
            ]
        )
        #expect(loaded.descriptions == [])
        let database = loaded.configuration.database
        #expect(text(database.url?.text) == "postgresql://db")
        #expect(database.host == "db2")
        #expect(database.port == 5433)
        #expect(database.user == "mq")
        #expect(text(database.password) == "pw")
        #expect(database.name == "mq")
        #expect(database.sslMode == .verifyCA)
        #expect(database.sslRootCertificateFile == "/ca.crt")
        #expect(database.isRequired)
        #expect(database.retention == .seconds(90 * 86_400))
    }

    @Test func withoutTheirSettingsTheDatabaseIsOptionalAndNothingIsDeleted() throws {
        let database = try load("host = \"localhost\"").configuration.database
        #expect(!database.isRequired)
        #expect(database.retention == nil)
        #expect(database.sslMode == nil)
    }

    @Test(arguments: ["0", "\"0\"", "\"0d\"", "-1", "\"-90d\"", "\"59s\"", "\"36501d\"", "\"90 days\""])
    func aRetentionThatNobodyCanMeanIsAMistake(value: String) throws {
        let loaded = try load("retention = \(value)")
        #expect(
            loaded.descriptions == ["config.toml:2: database.retention: is not a duration from 1m to 36500d"]
        )
        #expect(loaded.configuration.database.retention == nil)
    }

    @Test func retentionAlsoCountsForTheEmbeddedCatalog() throws {
        let loaded = try load("retention = \"1m\"")
        #expect(loaded.descriptions == [])
        #expect(loaded.configuration.database.retention == .seconds(60))
    }

    // MARK: - URL

    @Test(arguments: [
        ("db.example.org", "is not a PostgreSQL URL"),
        ("host=db password=hunter2", "is not a PostgreSQL URL"),
        ("mysql://mq:hunter2@db/mq", "is not a PostgreSQL URL"),
        ("POSTGRESQL://db", "is not a PostgreSQL URL"),
        ("postgresql://mq:hunt er2@db/mq", "has a blank or a control character"),
        ("postgresql://mq:hunter%2@db/mq", "has a % without a character's two hexadecimal digits"),
        ("postgresql://mq:hunter2%", "has a % without a character's two hexadecimal digits"),
        ("postgresql://mq:hunter%00@db/mq", "has a % without a character's two hexadecimal digits"),
        ("postgresql://mq:p@hunter2@db/mq", "has an @ that does not end its user and password"),
        ("postgresql://mq:12/hunter2@db/mq", "has an @ that does not end its user and password"),
        ("postgresql://mq:hunter2/mq", "has a port that is not an integer from 1 to 65535"),
        ("postgresql://db:0/mq", "has a port that is not an integer from 1 to 65535"),
        ("postgresql://::1/mq", "has a port that is not an integer from 1 to 65535"),
        ("postgresql://db/mq?port=hunter2", "has a port that is not an integer from 1 to 65535"),
        ("postgresql://[::1/mq", "has no address between [ and ]"),
        ("postgresql://[::1]hunter2/mq", "has something behind the ] of an address"),
        ("postgresql://db/mq?hunter2", "has a parameter that is not name=value"),
        ("postgresql://db/mq?password=hunter2=", "has a parameter that is not name=value"),
        ("postgresql://db/mq?hunter2=1", "has a parameter that is not name=value"),
        ("postgresql://db/mq?sslmode=require&", "has a parameter that is not name=value"),
        ("postgresql://db/mq?sslmode=hunter2", "has an sslmode that there is not"),
    ])
    func aWrongURLIsNamedWithoutItsText(url: String, message: String) throws {
        for loaded in [try load("url = \"\(url)\""), try load("", ["CMQ_DATABASE_URL": url])] {
            #expect(loaded.problems.map(\.message) == [message])
            #expect(loaded.problems.map(\.key) == ["database.url"])
            let everything = loaded.problems.map { "\($0) \($0.remedy) \(String(reflecting: $0))" }.joined()
            #expect(!everything.contains("hunter"))
            #expect(!everything.contains(url))
        }
    }

    @Test func aURLInTheWrongSettingIsNamedWithoutItsText() throws {
        for key in ["host", "user", "dbname"] {
            let loaded = try load("\(key) = \"postgresql://mq:hunter2@localhost/mq\"")
            #expect(loaded.descriptions == ["config.toml:2: database.\(key): is a URL"])
            #expect(loaded.problems.map(\.remedy) == ["write it to database.url"])
        }
    }

    @Test func settingsOfTheSameOrABetterSourceOverrideTheURL() throws {
        let url = "url = \"postgresql://one:pw1@localhost:1/a?sslmode=require\"\n"
        let beside = try load(url + "host = \"::1\"\nport = 2").configuration.database
        #expect(beside.host == "::1")
        #expect(beside.port == 2)
        let better = try load(url, ["CMQ_DATABASE_HOST": "127.0.0.1"]).configuration.database
        #expect(better.host == "127.0.0.1")
        #expect(better.url != nil)
    }

    @Test func settingsOfAWeakerSourceCountOnlyForWhatTheURLLeavesOpen() throws {
        let file = """
            host = "db"
            port = 1
            user = "one"
            password_file = "absent"
            dbname = "a"
            sslmode = "disable"
            """
        let whole = "postgresql://two:pw@localhost:2/b?sslmode=verify-full"
        let replaced = try load(file, ["CMQ_DATABASE_URL": whole])
        // The password file is not even looked for.
        #expect(replaced.descriptions == [])
        let database = replaced.configuration.database
        #expect(database.host == nil)
        #expect(database.port == nil)
        #expect(database.user == nil)
        #expect(database.password == nil)
        #expect(database.name == nil)
        #expect(database.sslMode == nil)
        let open = try load("port = 1\ndbname = \"a\"", ["CMQ_DATABASE_URL": "postgresql://localhost"])
        #expect(open.configuration.database.port == 1)
        #expect(open.configuration.database.name == "a")
    }

    @Test func onlyAURLWithAPasswordNeedsAFileOfItsOwn() throws {
        for (url, count) in [("postgresql://mq@localhost", 0), ("postgresql://mq:pw@localhost", 1)] {
            let directory = try LoadedConfiguration(nil).directory
            try directory.write("[database]\nurl = \"\(url)\"", to: "config.toml", mode: 0o644)
            let (_, problems) = BrokerConfiguration.load(file: nil, environment: [:], workingDirectory: directory.path)
            #expect(problems.count == count, "\(problems)")
            #expect(problems.allSatisfy { $0.key == "database.url" && !$0.isError })
        }
    }

    // MARK: - Protection

    @Test(arguments: [
        ("host = \"db.example.org\"", "host"), ("host = \"10.0.0.1\"", "host"), ("host = \"localhost,db\"", "host"),
        ("url = \"postgresql://db/mq\"", "url"), ("url = \"postgresql:///mq?host=db\"", "url"),
        ("url = \"postgresql://localhost/mq?hostaddr=10.0.0.1\"", "url"),
        ("sslmode = \"require\"\nhost = \"db\"", "host"),
        ("url = \"postgresql://db/mq?sslmode=require\"", "url"),
        ("sslmode = \"prefer\"\nurl = \"postgresql://db/mq?sslmode=verify-full\"", "url"),
    ])
    func aServerOnTheNetworkThatIsNotVerifiedIsWarnedOf(settings: String, key: String) throws {
        let loaded = try load(settings)
        #expect(loaded.problems.map(\.key) == ["database.\(key)"])
        #expect(loaded.problems.map(\.message) == [Self.warning])
        #expect(loaded.problems.allSatisfy { !$0.isError && $0.remedy.contains("sslrootcert") && $0.line != nil })
    }

    @Test func variablesOfLibpqDecideWhatIsLeftOpen() throws {
        let url = "url = \"postgresql:///mq\""
        #expect(try load(url, ["PGHOST": "db"]).problems.map(\.message) == [Self.warning])
        #expect(try load(url, ["PGHOSTADDR": "10.0.0.1"]).problems.map(\.message) == [Self.warning])
        #expect(try load(url, ["PGHOST": "db", "PGSSLMODE": "verify-full"]).descriptions == [])
        let set = try load("host = \"db\"\nsslmode = \"require\"", ["PGSSLMODE": "verify-full"])
        #expect(set.problems.map(\.message) == [Self.warning])
    }

    @Test(arguments: [
        ("sslmode = \"verify-full\"", DatabaseSettings.SSLMode.verifyFull), ("sslmode = \"verify-ca\"", .verifyCA),
        ("sslrootcert = \"ca.crt\"", .verifyFull), ("sslmode = \"verify-ca\"\nsslrootcert = \"ca.crt\"", .verifyCA),
    ])
    func aVerifiedServerIsNotWarnedOf(settings: String, mode: DatabaseSettings.SSLMode) throws {
        let loaded = try load("host = \"db.example.org\"\n\(settings)")
        #expect(loaded.descriptions == [])
        #expect(loaded.configuration.database.sslMode == mode)
    }

    @Test func theURLsModeIsNotReplacedByAnImpliedOne() throws {
        let loaded = try load("url = \"postgresql://db/mq?sslmode=verify-ca\"\nsslrootcert = \"ca.crt\"")
        #expect(loaded.descriptions == [])
        #expect(loaded.configuration.database.sslMode == nil)
    }

    @Test func theRootCertificateIsLookedForBesideTheFileAndMustBeThere() throws {
        let text = "[server]\nconnection_type = \"tcp\"\n[database]\nhost = \"db\"\nsslrootcert = \"ca.crt\""
        let there = try LoadedConfiguration(text, files: ["ca.crt": "x"], checkingFiles: true)
        #expect(there.descriptions == [])
        #expect(there.configuration.database.sslRootCertificateFile == there.directory.file("ca.crt"))
        let missing = try LoadedConfiguration(text, checkingFiles: true)
        #expect(missing.problems.map(\.key) == ["database.sslrootcert"])
        #expect(missing.problems.allSatisfy { $0.isError })
    }

    @Test(arguments: ["sslmode = \"verify-full\"", "sslrootcert = \"ca.crt\"", "user = \"mq\""])
    func whatNeedsAServerIsWarnedOfWithoutOne(setting: String) throws {
        let loaded = try load(setting)
        #expect(loaded.problems.map(\.message) == ["has no effect, because [database] names no host and no url"])
        #expect(loaded.problems.allSatisfy { !$0.isError && $0.line == 2 })
    }

    @Test func aFileNameForADatabaseOfAServerIsWarnedOf() throws {
        let loaded = try load("host = \"localhost\"\ndbname = \"public_keys.db\"")
        #expect(
            loaded.descriptions == [
                "config.toml:3: database.dbname: ends like an SQLite file, but [database] names a PostgreSQL server"
            ]
        )
        #expect(loaded.problems.allSatisfy { !$0.isError })
        #expect(loaded.configuration.database.location == .postgreSQL)
    }
}
