internal import CMQSecrets

typealias SettingPath<Value> = any WritableKeyPath<BrokerConfiguration, Value> & Sendable

/// One way to describe each form of setting, each with the key path that the value is kept at.
extension Setting {
    static func text(
        _ section: ConfigurationSection,
        _ key: String,
        _ path: SettingPath<String>,
        since: Origin = .cmq,
        _ meaning: String
    ) -> Setting {
        Setting(
            section: section,
            key: key,
            form: .text,
            since: since,
            meaning: meaning,
            read: { .text($0[keyPath: path]) },
            write: { (value, configuration) in
                if case .text(let text) = value { configuration[keyPath: path] = text }
            }
        )
    }

    static func optionalText(
        _ section: ConfigurationSection,
        _ key: String,
        _ path: SettingPath<String?>,
        form: SettingForm = .text,
        since: Origin = .cmq,
        defaultText: String? = nil,
        _ meaning: String
    ) -> Setting {
        Setting(
            section: section,
            key: key,
            form: form,
            since: since,
            meaning: meaning,
            defaultInWords: defaultText,
            read: { $0[keyPath: path].map { .text($0) } },
            write: { (value, configuration) in
                if case .text(let text) = value { configuration[keyPath: path] = text }
            }
        )
    }

    static func path(
        _ section: ConfigurationSection,
        _ key: String,
        _ path: SettingPath<String>,
        _ use: PathUse,
        since: Origin = .cmq,
        _ meaning: String
    ) -> Setting {
        var setting = text(section, key, path, since: since, meaning)
        setting.form = .path(use)
        return setting
    }

    static func optionalPath(
        _ section: ConfigurationSection,
        _ key: String,
        _ path: SettingPath<String?>,
        _ use: PathUse,
        since: Origin = .cmq,
        defaultText: String? = nil,
        _ meaning: String
    ) -> Setting {
        optionalText(section, key, path, form: .path(use), since: since, defaultText: defaultText, meaning)
    }

    static func address(
        _ section: ConfigurationSection,
        _ key: String,
        _ path: SettingPath<ListenAddress>,
        since: Origin,
        _ meaning: String
    ) -> Setting {
        Setting(
            section: section,
            key: key,
            form: .address,
            since: since,
            meaning: meaning,
            read: { .address($0[keyPath: path]) },
            write: { (value, configuration) in
                if case .address(let address) = value { configuration[keyPath: path] = address }
            }
        )
    }

    static func integer(
        _ section: ConfigurationSection,
        _ key: String,
        _ path: SettingPath<Int>,
        in range: ClosedRange<Int>,
        since: Origin = .cmq,
        _ meaning: String
    ) -> Setting {
        Setting(
            section: section,
            key: key,
            form: .integer(range),
            since: since,
            meaning: meaning,
            read: { .integer($0[keyPath: path]) },
            write: { (value, configuration) in
                if case .integer(let number) = value { configuration[keyPath: path] = number }
            }
        )
    }

    static func optionalInteger(
        _ section: ConfigurationSection,
        _ key: String,
        get: @escaping @Sendable (BrokerConfiguration) -> Int?,
        set: @escaping @Sendable (inout BrokerConfiguration, Int) -> Void,
        in range: ClosedRange<Int>,
        since: Origin = .cmq,
        defaultText: String,
        _ meaning: String
    ) -> Setting {
        Setting(
            section: section,
            key: key,
            form: .integer(range),
            since: since,
            meaning: meaning,
            defaultInWords: defaultText,
            read: { get($0).map { .integer($0) } },
            write: { (value, configuration) in
                if case .integer(let number) = value { set(&configuration, number) }
            }
        )
    }

    static func size(
        _ section: ConfigurationSection,
        _ key: String,
        _ path: SettingPath<Int>,
        in range: ClosedRange<Int>,
        defaultText: String? = nil,
        _ meaning: String
    ) -> Setting {
        Setting(
            section: section,
            key: key,
            form: .size(range),
            since: .cmq,
            meaning: meaning,
            defaultInWords: defaultText,
            read: { .size($0[keyPath: path]) },
            write: { (value, configuration) in
                if case .size(let bytes) = value { configuration[keyPath: path] = bytes }
            }
        )
    }

    static func duration(
        _ section: ConfigurationSection,
        _ key: String,
        _ path: SettingPath<Duration>,
        in range: ClosedRange<Duration>,
        _ meaning: String
    ) -> Setting {
        Setting(
            section: section,
            key: key,
            form: .duration(range),
            since: .cmq,
            meaning: meaning,
            read: { .duration($0[keyPath: path]) },
            write: { (value, configuration) in
                if case .duration(let duration) = value { configuration[keyPath: path] = duration }
            }
        )
    }

    static func optionalDuration(
        _ section: ConfigurationSection,
        _ key: String,
        _ path: SettingPath<Duration?>,
        in range: ClosedRange<Duration>,
        defaultText: String,
        _ meaning: String
    ) -> Setting {
        Setting(
            section: section,
            key: key,
            form: .duration(range),
            since: .cmq,
            meaning: meaning,
            defaultInWords: defaultText,
            read: { $0[keyPath: path].map { .duration($0) } },
            write: { (value, configuration) in
                if case .duration(let duration) = value { configuration[keyPath: path] = duration }
            }
        )
    }

    static func flag(
        _ section: ConfigurationSection,
        _ key: String,
        _ path: SettingPath<Bool>,
        _ meaning: String
    ) -> Setting {
        Setting(
            section: section,
            key: key,
            form: .flag,
            since: .cmq,
            meaning: meaning,
            read: { .flag($0[keyPath: path]) },
            write: { (value, configuration) in
                if case .flag(let flag) = value { configuration[keyPath: path] = flag }
            }
        )
    }

    static func list(
        _ section: ConfigurationSection,
        _ key: String,
        _ path: SettingPath<[String]>,
        _ meaning: String
    ) -> Setting {
        Setting(
            section: section,
            key: key,
            form: .list,
            since: .cmq,
            meaning: meaning,
            read: { .list($0[keyPath: path]) },
            write: { (value, configuration) in
                if case .list(let items) = value { configuration[keyPath: path] = items }
            }
        )
    }

    static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ section: ConfigurationSection,
        _ key: String,
        _ path: SettingPath<Choice>,
        legacy: [String: String] = [:],
        since: Origin = .cmq,
        _ meaning: String
    ) -> Setting {
        Setting(
            section: section,
            key: key,
            form: .choice(Choice.allCases.map(\.rawValue), legacy: legacy),
            since: since,
            meaning: meaning,
            read: { .text($0[keyPath: path].rawValue) },
            write: { (value, configuration) in
                if case .text(let word) = value, let choice = Choice(rawValue: word) {
                    configuration[keyPath: path] = choice
                }
            }
        )
    }

    static func optionalChoice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ section: ConfigurationSection,
        _ key: String,
        _ path: SettingPath<Choice?>,
        defaultText: String,
        _ meaning: String
    ) -> Setting {
        Setting(
            section: section,
            key: key,
            form: .choice(Choice.allCases.map(\.rawValue), legacy: [:]),
            since: .cmq,
            meaning: meaning,
            defaultInWords: defaultText,
            read: { $0[keyPath: path].map { .text($0.rawValue) } },
            write: { (value, configuration) in
                if case .text(let word) = value, let choice = Choice(rawValue: word) {
                    configuration[keyPath: path] = choice
                }
            }
        )
    }

    /// A secret has no way to be read back, so that nothing can print it.
    static func secret(
        _ section: ConfigurationSection,
        _ key: String,
        since: Origin,
        variables: [String] = [],
        set: @escaping @Sendable (SecretBytes, inout BrokerConfiguration) throws(SettingMistake) -> Void,
        defaultText: String? = nil,
        _ meaning: String
    ) -> Setting {
        Setting(
            section: section,
            key: key,
            form: .secret,
            since: since,
            meaning: meaning,
            defaultInWords: defaultText,
            extraVariables: variables,
            read: { _ in nil },
            write: { (value, configuration) throws(SettingMistake) in
                if case .secret(let bytes) = value { try set(bytes, &configuration) }
            }
        )
    }
}
