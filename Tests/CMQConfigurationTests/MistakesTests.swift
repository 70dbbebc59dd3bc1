import CMQConfiguration
import Testing

/// Every kind of mistake, by the line, the key and the words that it is named with.
struct MistakesTests {
    private static let name = "is not TOML: a name has to begin with a letter, a digit, - or _, or stand in quotes"
    private static let scalar =
        "is not TOML: a value is no number, date, true or false; a text has to stand in quotes"

    @Test(arguments: [
        ("[tls]\ncert_pth = \"x\"", "config.toml:2: tls.cert_pth: unknown key, did you mean cert_path?"),
        ("\n[servr]\nport = 1", "config.toml:3: servr: unknown section, did you mean [server]?"),
        ("[servr]", "config.toml:1: servr: unknown section, did you mean [server]?"),
        ("[kitchen]\nsink = 1", "config.toml:2: kitchen: unknown section"),
        ("[tls]\nport = 1", "config.toml:2: tls.port: unknown key, it belongs to [server]"),
        ("[server]\nkitchen_sink = 1", "config.toml:2: server.kitchen_sink: unknown key"),
        ("max_size_mb = 1", "config.toml:1: max_size_mb: stands before the first section, it belongs to [logging]"),
        ("addres = \"x\"", "config.toml:1: addres: unknown key, did you mean address?"),
        ("server = 1", "config.toml:1: server: is an integer, expected a section"),
        ("[server.tls]\nx = 1", "config.toml:1: server.tls: unknown key"),
        ("[server]\nport = \"1\"", "config.toml:2: server.port: is text, expected an integer"),
        ("[server]\nport = 65536", "config.toml:2: server.port: is not an integer from 0 to 65535"),
        ("[server]\naddress = 5672", "config.toml:2: server.address: is an integer, expected text in quotes"),
        ("[server]\naddress = \"::1:5672\"", "config.toml:2: server.address: is not an address: \"::1:5672\""),
        ("[server]\naddress = \"host\"", "config.toml:2: server.address: is not an address: \"host\""),
        ("[server]\nconnection_type = \"ssl\"", "config.toml:2: server.connection_type: cannot be \"ssl\""),
        (
            "[tls]\nmin_version = 1.3",
            "config.toml:2: tls.min_version: is a number with a fraction, expected text in quotes"
        ),
        ("[tls]\ncrl_stale = true", "config.toml:2: tls.crl_stale: is true or false, expected text in quotes"),
        ("[logging]\nrotation = \"weekly\"", "config.toml:2: logging.rotation: cannot be \"weekly\""),
        ("[limits]\nline_bytes = \"16 MiBi\"", "config.toml:2: limits.line_bytes: is not a size from 4 KiB to 1 GiB"),
        ("[limits]\nline_bytes = -1", "config.toml:2: limits.line_bytes: is not a size from 4 KiB to 1 GiB"),
        (
            "[limits]\nline_bytes = 9223372036854775807",
            "config.toml:2: limits.line_bytes: is not a size from 4 KiB to 1 GiB"
        ),
        ("[delivery]\nlease = \"1 week\"", "config.toml:2: delivery.lease: is not a duration from 100ms to 7d"),
        ("[delivery]\nlease = 2024-01-01", "config.toml:2: delivery.lease: is a date or time, expected a duration"),
        ("[security]\nadmins = \"DC-HQ\"", "config.toml:2: security.admins: is text, expected a list of texts"),
        ("[security]\nadmins = [1]", "config.toml:2: security.admins: is an integer, expected a list of texts"),
        (
            "[security]\nenforce_receiver = \"no\"",
            "config.toml:2: security.enforce_receiver: is text, expected true or false"
        ),
        ("[encryption]\nalgorithm = \"rot13\"", "config.toml:2: encryption.algorithm: cannot be \"rot13\""),
        (
            "[encryption]\naes_key = \"YOUR_BASE64_ENCODED_32_BYTE_AES_KEY\"",
            "config.toml:2: encryption.aes_key: is not base64"
        ),
        ("[encryption]\naes_key = \"MTIzNA==\"", "config.toml:2: encryption.aes_key: has 4 bytes, 32 are needed"),
        ("[encryption]\naes_key = 12", "config.toml:2: encryption.aes_key: is an integer, expected text in quotes"),
        (
            "[database]\nsslmode = \"full\"\nhost = \"localhost\"",
            "config.toml:2: database.sslmode: cannot be \"full\""
        ),
        ("[database]\nhost = \"/run\"\nport = 0", "config.toml:3: database.port: is not an integer from 1 to 65535"),
        ("[database]\nrequired = 1", "config.toml:2: database.required: is an integer, expected true or false"),
        (
            "[database]\ndbname = \"mq\"",
            "config.toml:2: database.dbname: is no file of SQLite, and [database] names no host and no url"
        ),
        ("[server]\naddress = \"a:1\"\naddress = \"b:1\"", "config.toml:3: is not TOML: "),
        ("[server\nport = 1", "config.toml:1: is not TOML: "),
        ("[server]\naddress = \"a\\u0000b:1\"", "config.toml:2: contains a null character"),
        // A line may end with two bytes.
        ("[server]\r\n# x\r\nport = \"1\"\r\n", "config.toml:3: server.port: is text, expected an integer"),
        // Some of the places at which the parser would end the process.
        ("[server]\n[ü]", "config.toml:2: \(Self.name)"),
        ("[[{x]]", "config.toml:1: \(Self.name)"),
        ("[[[x]]]", "config.toml:1: \(Self.name)"),
        ("[\n]", "config.toml:1: \(Self.name)"),
        ("[server]\nport = 1979-05-27Tx", "config.toml:2: \(Self.scalar)"),
        ("[server]\nport = 1979-05-27 0,", "config.toml:2: \(Self.scalar)"),
        ("a = [\n}", "config.toml:2: is not TOML: a value is missing"),
        (
            "[a\(String(repeating: ".a", count: 100_000))]",
            "config.toml:1: is not TOML: the name has too many parts"
        ),
    ])
    func namesTheMistake(text: String, description: String) throws {
        let loaded = try LoadedConfiguration(text)
        #expect(loaded.problems.count == 1)
        let problem = try #require(loaded.problems.first)
        #expect(problem.isError)
        // Where the parser's own words follow, only what is ours is compared.
        #expect(
            description.hasSuffix(": ")
                ? problem.description.hasPrefix(description) : problem.description == description
        )
        #expect(!problem.remedy.isEmpty)
    }

    @Test func collectsAllMistakesInTheOrderOfTheFile() throws {
        let loaded = try LoadedConfiguration(
            """
            # a comment = 1
            [tls]
            cert_pth = "x"
            [server]
            motd = '''
            port = "not a key"
            '''
            port = "x"
            "address" = 1
            [limits]
              queues = 0
            """,
            environment: ["CMQ_LIMITS_BINDINGS": "0"]
        )
        #expect(
            loaded.problems.map { "\($0.line ?? 0) \($0.key)" } == [
                "3 tls.cert_pth", "5 server.motd", "8 server.port", "9 server.address", "11 limits.queues",
                "0 limits.bindings",
            ]
        )
        #expect(loaded.problems.last?.file == nil)
        #expect(loaded.problems.first?.file == "config.toml")
    }

    @Test func aSuggestionIsOfferedForAWrongWord() throws {
        let loaded = try LoadedConfiguration("[logging]\nlevel = \"debg\"")
        #expect(loaded.problems.first?.remedy.hasPrefix("did you mean \"debug\"? choose one of \"trace\"") == true)
    }

    @Test(arguments: ["0.0.0.0:5672", "mq.example.org:5672", "[::]:5672", "128.0.0.1:5672", "127.1:5672"])
    func plainTCPBeyondLoopbackNeedsASecondSetting(address: String) throws {
        let text = "[server]\nconnection_type = \"tcp\"\naddress = \"\(address)\"\n"
        let refused = try LoadedConfiguration(text)
        #expect(refused.problems.map(\.key) == ["server.address"])
        #expect(refused.problems.allSatisfy { $0.isError })
        let allowed = try LoadedConfiguration(text + "[security]\nallow_plain_tcp_beyond_loopback = true")
        #expect(allowed.problems.map(\.key) == ["server.address"])
        #expect(allowed.problems.allSatisfy { !$0.isError })
    }

    @Test(arguments: ["127.0.0.1:5672", "127.9.9.9:1", "localhost:5672", "[::1]:5672"])
    func plainTCPOnLoopbackIsAllowed(address: String) throws {
        let loaded = try LoadedConfiguration("[server]\nconnection_type = \"tcp\"\naddress = \"\(address)\"")
        #expect(loaded.descriptions == [])
    }

    @Test func anAnonymousClientCannotBeAnAdmin() throws {
        let admins = "[security]\nadmins = [\"\(BrokerConfiguration.anonymousIdentity)\"]\n"
        #expect(try LoadedConfiguration(admins).descriptions == [])
        let loaded = try LoadedConfiguration(admins + "[server]\nconnection_type = \"tcp\"")
        #expect(loaded.problems.map(\.key) == ["security.admins"])
    }

    @Test func twoLogsCannotShareAFile() throws {
        let loaded = try LoadedConfiguration("[logging]\ninfo_file_path = \"a\"\nerror_file_path = \"./a\"")
        #expect(loaded.problems.map(\.key) == ["logging.info_file_path"])
    }
}
