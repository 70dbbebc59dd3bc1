import CMQSecrets
import Testing

@testable import CMQConfiguration

struct PrecedenceTests {
    @Test func flagWinsOverEnvironmentOverFileOverDefault() throws {
        let text = "[limits]\nconnections = 2000"
        let variable = ["CMQ_LIMITS_CONNECTIONS": "3000"]
        let flag = [ConfigurationOverride("limits.connections", "4000", flag: "--connections")]
        #expect(try LoadedConfiguration("").configuration.limits.connections == 10_000)
        #expect(try LoadedConfiguration(text).configuration.limits.connections == 2_000)
        #expect(try LoadedConfiguration(text, environment: variable).configuration.limits.connections == 3_000)
        let all = try LoadedConfiguration(text, environment: variable, overrides: flag)
        #expect(all.configuration.limits.connections == 4_000)
        #expect(all.descriptions == [])
    }

    @Test func aPortOverridesTheAddressWhateverSourceItHas() throws {
        let loaded = try LoadedConfiguration(
            "[server]\nport = 1",
            environment: ["CMQ_SERVER_ADDRESS": "[::1]:7"],
            overrides: [ConfigurationOverride("server.port", "0", flag: "--port")]
        )
        #expect(loaded.descriptions == [])
        #expect(loaded.configuration.server.address.description == "[::1]:0")
    }

    @Test func everySettingHasAVariable() throws {
        for setting in Setting.all {
            let variable = "CMQ_\(setting.section.rawValue.uppercased())_\(setting.key.uppercased())"
            // No setting takes a null character, so a variable that is read is complained about by its name.
            let wrong: String
            switch setting.form {
            case .text, .urlPart, .path, .list, .secret: continue
            default: wrong = "\u{1}"
            }
            let loaded = try LoadedConfiguration("", environment: [variable: wrong])
            #expect(loaded.problems.map(\.source) == [.environment(variable)], "\(setting.name)")
            #expect(loaded.problems.map(\.key) == [setting.name])
        }
    }

    @Test func readsTextsListsAndSecretsFromVariables() throws {
        let loaded = try LoadedConfiguration(
            "",
            environment: [
                "CMQ_SECURITY_ADMINS": "DC-HQ, CA-RC",
                "CMQ_DATABASE_HOST": "/run/postgresql",
                "CMQ_DATABASE_USER": "mq",
                "CMQ_DATABASE_DBNAME": "ciphermq",
                "CMQ_DATABASE_PASSWORD": "hidden",
                "CMQ_SERVER_DATA_DIRECTORY": "/var/lib/cmq",
                "CMQ_SECURITY_ENFORCE_RECEIVER": "false",
                "CMQ_DELIVERY_LEASE": "90s",
            ]
        )
        #expect(loaded.descriptions == [])
        #expect(loaded.configuration.security.admins == ["DC-HQ", "CA-RC"])
        #expect(!loaded.configuration.security.enforceReceiver)
        #expect(loaded.configuration.database.password?.count == 6)
        #expect(loaded.configuration.server.dataDirectory == "/var/lib/cmq")
        #expect(loaded.configuration.delivery.lease == .seconds(90))
    }

    @Test func anEmptyVariableCountsAsAbsent() throws {
        let loaded = try LoadedConfiguration("", environment: ["CMQ_SERVER_ADDRESS": "", "CMQ_LIMITS_QUEUES": ""])
        #expect(loaded.descriptions == [])
        #expect(loaded.configuration.server.address.port == 5672)
    }

    @Test func warnsOfAVariableThatIsNearlyASetting() throws {
        let loaded = try LoadedConfiguration(
            "",
            environment: ["CMQ_SERVER_ADRESS": "x", "CMQ_DEBUG": "1", "PATH": "/bin"]
        )
        #expect(loaded.descriptions == ["CMQ_SERVER_ADRESS: unknown variable, did you mean CMQ_SERVER_ADDRESS?"])
        #expect(loaded.problems.allSatisfy { !$0.isError })
    }

    @Test func namesAMistakeInAValueThatABetterSourceOverrides() throws {
        let loaded = try LoadedConfiguration(
            "[limits]\nqueues = \"many\"",
            environment: ["CMQ_LIMITS_QUEUES": "5"]
        )
        #expect(loaded.descriptions == ["config.toml:2: limits.queues: is text, expected an integer"])
        #expect(loaded.configuration.limits.queues == 5)
    }
}
