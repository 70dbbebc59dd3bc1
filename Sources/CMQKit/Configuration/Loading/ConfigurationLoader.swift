internal import CMQSecrets

/// Gathers values from all sources, applies them in the order of precedence, and remembers every mistake.
struct ConfigurationLoader {
    /// A value and where it is from.
    struct Candidate {
        var value: RawValue
        var source: ConfigurationSource
    }

    var configuration = BrokerConfiguration()
    var problems: [ConfigurationProblem] = []
    private var base: PathBase
    /// The configuration file that was read, as the user named it.
    private var file: String?
    /// By the settings' names, in the order of precedence.
    private(set) var candidates: [String: [Candidate]] = [:]
    private(set) var postgreSQLEnvironment = PostgreSQLEnvironment()
    /// Where the values that count are from.
    private var sources: [String: ConfigurationSource] = [:]

    /// The longest configuration file that is read.
    private static let fileBytesMax = 1 << 20
    /// The file that is read when none is named.
    static let defaultFile = "config.toml"

    init(workingDirectory: String) {
        base = PathBase(workingDirectory: workingDirectory, fileDirectory: nil)
    }

    /// The problems, with those of the file in its order.
    var sortedProblems: [ConfigurationProblem] {
        problems.enumerated()
            .sorted { left, right in
                (left.element.line ?? .max, left.offset) < (right.element.line ?? .max, right.offset)
            }
            .map(\.element)
    }

    /// Where a setting's value is from.
    func source(of name: String) -> ConfigurationSource { sources[name] ?? .defaults }

    func isSet(_ name: String) -> Bool { sources[name] != nil }

    // MARK: - Sources

    mutating func readFile(_ named: String?) {
        let name = named ?? Self.defaultFile
        let path = base.resolve(name, .makes)
        if named == nil, !PathBase.exists(path) { return }
        let text: String
        do {
            text = try SafeFile.readSecret(at: path, limit: Self.fileBytesMax)
                .withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        } catch {
            problems.append(
                ConfigurationProblem(
                    source: .file(name, line: nil),
                    key: "",
                    message: "cannot be read: \(error.reason)",
                    remedy: "name a readable file with --config, or leave the flag out to run with the defaults"
                )
            )
            return
        }
        file = name
        base.fileDirectory = PathBase.directory(of: path)
        do {
            for entry in try TOMLDocument(text).entries { add(entry, of: name) }
        } catch {
            problems.append(
                ConfigurationProblem(
                    source: .file(name, line: error.line),
                    key: "",
                    message: error.message,
                    remedy: "mend the line; texts stand in double quotes, sections in brackets"
                )
            )
        }
        warnOfReadableSecrets(in: path, name: name)
    }

    private mutating func add(_ entry: TOMLDocument.Entry, of file: String) {
        let source = ConfigurationSource.file(file, line: entry.line)
        let name = entry.section.map { "\($0).\(entry.key)" } ?? Setting.withoutSection[entry.key] ?? entry.key
        if Setting.byName[name] != nil {
            if entry.section == nil, candidates[name] != nil {
                // The same key without and with a section: the section is the newer form.
                return
            }
            candidates[name] = [Candidate(value: entry.value, source: source)]
        } else if let problem = UnknownKey.problem(entry, source: source) {
            problems.append(problem)
        }
    }

    mutating func readEnvironment(_ environment: [String: String]) {
        postgreSQLEnvironment = PostgreSQLEnvironment(environment)
        var known: Set<String> = []
        for setting in Setting.all {
            for variable in setting.variables {
                known.insert(variable)
                guard let text = environment[variable], !text.isEmpty else { continue }
                let candidate = Candidate(value: .plain(text), source: .environment(variable))
                candidates[setting.name, default: []].append(candidate)
            }
        }
        for variable in environment.keys.sorted() where !known.contains(variable) {
            if let problem = UnknownKey.problem(variable: variable, known: known) { problems.append(problem) }
        }
    }

    mutating func readOverrides(_ overrides: [ConfigurationOverride]) {
        for override in overrides {
            // The names come from the program's own flags, not from a user.
            precondition(Setting.byName[override.name] != nil, "\(override.name) is not a setting")
            let candidate = Candidate(value: .plain(override.value), source: .flag(override.flag))
            candidates[override.name, default: []].append(candidate)
        }
    }

    // MARK: - Values

    /// Parses every value, also those that a better source overrides, so that all mistakes are named.
    mutating func apply() {
        for setting in Setting.all {
            for candidate in candidates[setting.name] ?? [] {
                // Earlier versions wrote "" for a setting that they had no value for.
                if candidate.value.isEmptyText { continue }
                do throws(SettingMistake) {
                    try setting.write(try setting.form.parse(candidate.value), &configuration)
                    sources[setting.name] = candidate.source
                } catch {
                    report(error, about: setting.name, from: candidate.source)
                }
            }
        }
    }

    mutating func report(_ mistake: SettingMistake, about name: String, from source: ConfigurationSource) {
        problems.append(
            ConfigurationProblem(source: source, key: name, message: mistake.message, remedy: mistake.remedy)
        )
    }

    /// Fills in what follows from other settings, and checks them against one another.
    mutating func complete() {
        settleDatabaseURL()
        resolvePaths()
        readSecretFiles()
        locateCatalog()
        settlePostgreSQL()
        applyRelations()
        for rule in ConfigurationRule.all where rule.isBroken(configuration) {
            problems.append(
                ConfigurationProblem(
                    rule.severity,
                    source: source(of: rule.name),
                    key: rule.name,
                    message: rule.message,
                    remedy: rule.remedy
                )
            )
        }
    }

    private mutating func resolvePaths() {
        for setting in Setting.all {
            guard case .path(let use) = setting.form, case .text(let path)? = setting.read(configuration) else {
                continue
            }
            // Writing a text to a path cannot fail.
            try? setting.write(.text(base.resolve(path, use)), &configuration)
        }
    }

    private mutating func locateCatalog() {
        let directory = configuration.server.dataDirectory
        if case .generated = configuration.encryption.key {
            configuration.encryption.key = .generated(path: PathBase.join(directory, "catalog.key"))
        }
        if configuration.journal.directory == nil {
            configuration.journal.directory = PathBase.join(directory, JournalSettings.defaultName)
        }
        let database = configuration.database
        if database.namesServer {
            configuration.database.location = .postgreSQL
        } else if let name = database.name {
            configuration.database.location = .sqlite(path: base.resolve(name, .keeps))
        } else {
            configuration.database.location = .sqlite(path: PathBase.join(directory, DatabaseSettings.embeddedName))
        }
    }

    private mutating func applyRelations() {
        for relation in LimitRelation.all where !relation.holds(in: configuration) {
            if !isSet(relation.followerName) {
                let leader = relation.follower == .lesser ? relation.greater : relation.lesser
                relation.follow(&configuration, leader.value(configuration))
                continue
            }
            let bound = relation.follower == .lesser ? "at most" : "at least"
            let leader = relation.follower == .lesser ? relation.greater : relation.lesser
            problems.append(
                ConfigurationProblem(
                    source: source(of: relation.followerName),
                    key: relation.followerName,
                    message: "must be \(bound) \(leader.valueText(configuration)), because \(relation.reason)",
                    remedy: "change it or \(leader.name)"
                )
            )
        }
    }
}
