import CMQSecrets
import TestSupport
import Testing

@testable import CMQConfiguration

/// Keys and passwords reach the configuration and nothing else.
struct SecretsTests {
    private static let key = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ="
    /// A password that the parser takes for a number and repeats in its complaint.
    private static let digits = "31415926535897932384626433832795"
    private static let password = "correct-horse-battery"

    @Test func keysComeFromTheEnvironmentAFileOrTheConfiguration() throws {
        let inFile = try LoadedConfiguration("[encryption]\naes_key = \"\(Self.key)\"")
        let inVariable = try LoadedConfiguration("", environment: ["CMQ_AES_KEY": Self.key])
        let inLongVariable = try LoadedConfiguration("", environment: ["CMQ_ENCRYPTION_AES_KEY": Self.key])
        let inOwnFile = try LoadedConfiguration(
            "[encryption]\naes_key_file = \"key\"",
            files: ["key": Self.key + "\n"]
        )
        for loaded in [inFile, inVariable, inLongVariable, inOwnFile] {
            #expect(loaded.descriptions == [])
            let key = try loaded.configuration.encryption.key.read()
            #expect(key.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } == "secret-secret-secret-secret-1234")
        }
    }

    @Test func passwordsComeFromAFile() throws {
        let loaded = try LoadedConfiguration(
            "[database]\nhost = \"localhost\"\npassword_file = \"pw\"",
            files: ["pw": "\(Self.password)\nsecond line"]
        )
        #expect(loaded.descriptions == [])
        let password = try #require(loaded.configuration.database.password)
        #expect(password.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } == Self.password)
    }

    @Test(arguments: [0o640, 0o604, 0o644])
    func aSecretFileThatOthersCanReadIsAMistake(mode: Int) throws {
        let loaded = try LoadedConfiguration("", files: ["key": Self.key])
        try loaded.directory.write(Self.key, to: "key", mode: mode)
        let (_, problems) = BrokerConfiguration.load(
            file: nil,
            environment: ["CMQ_ENCRYPTION_AES_KEY_FILE": "key"],
            workingDirectory: loaded.directory.path
        )
        let path = loaded.directory.file("key")
        #expect(
            problems.map(\.message) == ["names \(path), which other users can read (mode \(String(mode, radix: 8)))"]
        )
        #expect(problems.map(\.remedy) == ["run: chmod 600 \(path)"])
        #expect(problems.allSatisfy { $0.isError })
    }

    @Test func aConfigurationFileWithASecretThatOthersCanReadIsWarnedOf() throws {
        let directory = try LoadedConfiguration(nil).directory
        try directory.write("[encryption]\naes_key = \"\(Self.key)\"", to: "config.toml", mode: 0o644)
        let (_, problems) = BrokerConfiguration.load(file: nil, environment: [:], workingDirectory: directory.path)
        #expect(
            problems.map(\.description) == [
                "config.toml:2: encryption.aes_key: stands in a file that other users can read (mode 644)"
            ]
        )
        #expect(problems.allSatisfy { !$0.isError })
    }

    @Test func aSecretTwiceInOneSourceIsAMistakeAndOtherwiseTheBetterSourceWins() throws {
        let twice = try LoadedConfiguration(
            "[encryption]\naes_key = \"\(Self.key)\"\naes_key_file = \"key\"",
            files: ["key": Self.key]
        )
        #expect(
            twice.descriptions == ["config.toml:3: encryption.aes_key_file: is set together with encryption.aes_key"]
        )
        // The file would be a mistake, if it were read.
        let overridden = try LoadedConfiguration(
            "[encryption]\naes_key_file = \"absent\"",
            environment: ["CMQ_AES_KEY": Self.key]
        )
        #expect(overridden.descriptions == [])
    }

    @Test func aMissingOrWrongSecretFileIsNamed() throws {
        let missing = try LoadedConfiguration("[encryption]\naes_key_file = \"absent\"")
        #expect(missing.descriptions.count == 1)
        #expect(missing.descriptions.first?.contains("absent: No such file or directory") == true)
        let wrong = try LoadedConfiguration("[encryption]\naes_key_file = \"key\"", files: ["key": "MTIzNA=="])
        #expect(wrong.descriptions.first?.hasSuffix("/key, which has 4 bytes, 32 are needed") == true)
    }

    @Test func noSecretIsInAnyDescription() throws {
        let secretLines = [
            "[encryption]\naes_key = \"\(Self.key)\"\n[database]\npassword = \"\(Self.password)\"",
            "[encryption]\naes_key = \"\(Self.key)x\"\n[database]\nhost = \"h\"\npassword = [\"\(Self.password)\"]",
            // Not TOML, in ways that make the parser quote what it met.
            "[encryption]\naes_key = \(Self.key)\n[database]\npassword = \(Self.password)",
            "[database]\npassword = \(Self.password)",
            "[database]\npassword = \"\(Self.password)",
            "[database]\npassword \"\(Self.password)\"",
            "[database]\npassword = '''\n\(Self.password)",
            "[database]\npassword = \(Self.digits)",
            "[encryption]\naes_key = \(Self.digits)",
            "[database]\npasword = \"\(Self.password)\"\npassword_fil = \"x\"",
            "[database]\nurl = \"postgresql://u:\(Self.password)@h/d\"",
            "[database]\nurl = \"\(Self.password)\"",
            "[database]\nurl = postgresql://u:\(Self.password)@h/d",
            "[database]\nhost = postgresql://u:\(Self.password)@h/d",
            "[database]\nhost = \"postgresql://u:\(Self.password)@h/d\"",
            "[database]\ndbname = \"postgresql://u:\(Self.password)@h/d\"",
            "[database]\nulr = postgresql://u:\(Self.password)@h/d",
            "password = \"\(Self.password)\"\naes_key = \"\(Self.key)\"",
        ]
        for text in secretLines {
            let loaded = try LoadedConfiguration(
                text,
                environment: ["CMQ_AES_KEY": "\(Self.key)==", "CMQ_ENCRYPTION_AES_KEY_FILE": "x"],
                overrides: []
            )
            var everything = loaded.problems.map { "\($0) \($0.remedy) \(String(reflecting: $0))" }.joined()
            everything += "\(loaded.configuration)" + String(reflecting: loaded.configuration)
            dump(loaded.configuration, to: &everything)
            #expect(!everything.contains(Self.password), "\(text)")
            #expect(!everything.contains(Self.key.prefix(16)), "\(text)")
            #expect(!everything.contains(Self.digits), "\(text)")
            #expect(!everything.contains("secret-secret"), "\(text)")
        }
    }

    @Test func aSecretSettingCannotBeReadBack() throws {
        let loaded = try LoadedConfiguration("[database]\npassword = \"x\"", environment: ["CMQ_AES_KEY": Self.key])
        for setting in Setting.all where setting.isSecret {
            #expect(setting.read(loaded.configuration) == nil)
        }
        #expect(
            Setting.all.filter(\.isSecret).map(\.name) == ["database.url", "database.password", "encryption.aes_key"]
        )
    }
}
