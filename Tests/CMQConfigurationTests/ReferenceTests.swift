import Foundation
import Testing

@testable import CMQConfiguration

struct ReferenceTests {
    private static let path = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("docs/configuration.md")

    @Test func theCommittedReferenceIsTheGeneratedOne() throws {
        let generated = ConfigurationReference.markdown
        if ProcessInfo.processInfo.environment["CMQ_WRITE_DOCS"] == "1" {
            try FileManager.default.createDirectory(
                at: Self.path.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(generated.utf8).write(to: Self.path)
        }
        let committed = String(decoding: try Data(contentsOf: Self.path), as: UTF8.self)
        #expect(
            committed == generated,
            "docs/configuration.md is old: run CMQ_WRITE_DOCS=1 swift test --filter CMQConfigurationTests"
        )
    }

    @Test func everySettingIsDescribedOnceInASentence() {
        #expect(Setting.byName.count == Setting.all.count)
        let variables = Setting.all.flatMap(\.variables)
        #expect(Set(variables).count == variables.count)
        for setting in Setting.all {
            #expect(setting.meaning.hasSuffix("."), "\(setting.name)")
            #expect(setting.meaning.first?.isLowercase == false, "\(setting.name)")
            #expect(!setting.meaning.contains("|"), "\(setting.name)")
            #expect(ConfigurationReference.markdown.contains("- **`\(setting.key)`** \(setting.meaning)"))
        }
    }

    @Test func everySectionHasSettings() {
        for section in ConfigurationSection.allCases {
            #expect(!section.settings.isEmpty, "\(section)")
        }
        #expect(ConfigurationSection.allCases.flatMap(\.settings).count == Setting.all.count)
    }
}
