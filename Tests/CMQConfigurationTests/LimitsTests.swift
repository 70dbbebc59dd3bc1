import Testing

@testable import CMQConfiguration

struct LimitsTests {
    @Test func theDefaultsKeepEveryRelation() {
        let configuration = BrokerConfiguration()
        for relation in LimitRelation.all {
            #expect(relation.holds(in: configuration), "\(relation.lesser.name) <= \(relation.greater.name)")
        }
        for rule in ConfigurationRule.all {
            #expect(!rule.isBroken(configuration), "\(rule.name) \(rule.message)")
        }
    }

    @Test func everyDefaultIsInItsOwnRange() throws {
        for setting in Setting.all {
            guard let value = setting.read(BrokerConfiguration()) else { continue }
            let raw: RawValue? =
                switch value {
                case .integer(let number), .size(let number): .integer(number)
                case .duration(let duration): .text(DurationText.format(duration))
                case .text(let text): .text(text)
                case .address(let address): .text(address.description)
                case .flag(let flag): .flag(flag)
                case .list(let items): .list(items.map { .text($0) })
                case .secret: nil
                }
            let parsed = try setting.form.parse(try #require(raw))
            #expect(parsed.literal == value.literal, "\(setting.name)")
        }
    }

    @Test func aDefaultFollowsTheLimitThatWasSet() throws {
        let small = try LoadedConfiguration(
            "[limits]\nline_bytes = 8192\nconnections = 10\n[journal]\nsegment_bytes = \"2 GiB\""
        )
        #expect(small.descriptions == [])
        #expect(small.configuration.limits.messageBytes == 8192 - 510 - 64)
        #expect(small.configuration.limits.connectionsPerIdentity == 10)
        #expect(small.configuration.journal.checkpointBytes == 2 << 30)
        #expect(small.configuration.journal.projectionLagBytes == 2 << 30)
        #expect(small.configuration.limits.diskLowWaterBytes == 2 << 30)
        let large = try LoadedConfiguration("[limits]\nline_bytes = \"128 MiB\"")
        #expect(large.descriptions == [])
        #expect(large.configuration.journal.segmentBytes == 128 << 20)
    }

    @Test(arguments: [
        ("[limits]\nline_bytes = 8192\nmessage_bytes = 8192", "limits.message_bytes", "at most 7618"),
        ("[limits]\nmessage_bytes = \"64 MiB\"", "limits.message_bytes", "at most 16776642"),
        ("[limits]\nmessage_bytes = 2000\nqueue_bytes = 1000", "limits.message_bytes", "at most 1000"),
        ("[limits]\nmessage_bytes = 2000\nbody_memory_bytes = 1000", "limits.message_bytes", "at most 1000"),
        (
            "[limits]\nconnections = 1024\nconnections_per_identity = 1025", "limits.connections_per_identity",
            "at most 1024"
        ),
        ("[journal]\nsegment_bytes = \"1 MiB\"", "journal.segment_bytes", "at least 16 MiB"),
        ("[journal]\ncheckpoint_bytes = \"1 MiB\"", "journal.checkpoint_bytes", "at least 64 MiB"),
        ("[journal]\nprojection_lag_bytes = \"1 MiB\"", "journal.projection_lag_bytes", "at least 64 MiB"),
        ("[limits]\ndisk_low_water_bytes = \"1 MiB\"", "limits.disk_low_water_bytes", "at least 64 MiB"),
    ])
    func aBrokenRelationIsNamed(text: String, key: String, bound: String) throws {
        let loaded = try LoadedConfiguration(text)
        #expect(loaded.problems.map(\.key) == [key])
        let problem = try #require(loaded.problems.first)
        #expect(problem.message.hasPrefix("must be \(bound), because "))
        #expect(problem.line != nil)
    }

    @Test func aLeaseThatOutlivesItsMessageIsNamed() throws {
        let loaded = try LoadedConfiguration("[limits]\nmessage_age = \"30s\"")
        #expect(loaded.problems.map(\.key) == ["delivery.lease"])
        #expect(try LoadedConfiguration("[limits]\nmessage_age = 0").descriptions == [])
    }

    @Test func acceptsWhatTheProtocolNeeds() {
        let limits = BrokerConfiguration().limits
        #expect(limits.lineBytes == 16 * 1_024 * 1_024)
        #expect(limits.nameBytes == 255)
        #expect(limits.inFlightPerConsumer == 1_000)
        #expect(LimitSettings.prefetchMax == 65_535)
        #expect(BrokerConfiguration().delivery.lease == .seconds(60))
        #expect(BrokerConfiguration().delivery.maxDeliveries == 20)
    }
}
