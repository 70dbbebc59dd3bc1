/// Problems about names that no setting has, with a guess of what was meant.
enum UnknownKey {
    static func problem(_ entry: TOMLDocument.Entry, source: ConfigurationSource) -> ConfigurationProblem? {
        guard let sectionName = entry.section else { return withoutSection(entry, source: source) }
        guard let section = ConfigurationSection(rawValue: sectionName) else {
            return unknownSection(sectionName, source: source)
        }
        // An empty section of a known name.
        if entry.key.isEmpty { return nil }
        let name = "\(sectionName).\(entry.key)"
        let keys = section.settings.map(\.key)
        if let key = Spelling.closest(to: entry.key, among: keys) {
            return problem(name, "unknown key, did you mean \(key)?", "write \(key)", source)
        }
        if let home = Setting.all.first(where: { $0.key == entry.key })?.section {
            return problem(
                name,
                "unknown key, it belongs to [\(home.rawValue)]",
                "move it to [\(home.rawValue)]",
                source
            )
        }
        return problem(
            name,
            "unknown key",
            "take it out; [\(sectionName)] has \(keys.joined(separator: ", "))",
            source
        )
    }

    /// A variable that is named like a setting of ours but is none. Other programs' variables are no concern.
    static func problem(variable: String, known: Set<String>) -> ConfigurationProblem? {
        let sections = ConfigurationSection.allCases.map { "CMQ_\($0.rawValue.uppercased())_" }
        guard sections.contains(where: variable.hasPrefix) else { return nil }
        let guess = Spelling.closest(to: variable, among: known.sorted().map { $0.lowercased() })
        return ConfigurationProblem(
            .warning,
            source: .environment(variable),
            key: "",
            message: guess.map { "unknown variable, did you mean \($0.uppercased())?" } ?? "unknown variable",
            remedy: "unset it, or name it CMQ_SECTION_KEY after a setting"
        )
    }

    private static func unknownSection(_ name: String, source: ConfigurationSource) -> ConfigurationProblem {
        let names = ConfigurationSection.allCases.map(\.rawValue)
        let guess = Spelling.closest(to: name, among: names)
        return problem(
            name,
            guess.map { "unknown section, did you mean [\($0)]?" } ?? "unknown section",
            guess.map { "write [\($0)]" } ?? "take it out; the sections are \(names.joined(separator: ", "))",
            source
        )
    }

    private static func withoutSection(
        _ entry: TOMLDocument.Entry,
        source: ConfigurationSource
    ) -> ConfigurationProblem {
        if ConfigurationSection(rawValue: entry.key) != nil {
            return problem(
                entry.key,
                "is \(entry.value.typeName), expected a section",
                "write [\(entry.key)] in a line of its own",
                source
            )
        }
        if let home = Setting.all.first(where: { $0.key == entry.key })?.section {
            return problem(
                entry.key,
                "stands before the first section, it belongs to [\(home.rawValue)]",
                "move it below [\(home.rawValue)]",
                source
            )
        }
        let guess = Spelling.closest(to: entry.key, among: Setting.withoutSection.keys.sorted())
        return problem(
            entry.key,
            guess.map { "unknown key, did you mean \($0)?" } ?? "unknown key",
            guess.map { "write \($0)" } ?? "take it out",
            source
        )
    }

    private static func problem(
        _ key: String,
        _ message: String,
        _ remedy: String,
        _ source: ConfigurationSource
    ) -> ConfigurationProblem {
        ConfigurationProblem(source: source, key: key, message: message, remedy: remedy)
    }
}
