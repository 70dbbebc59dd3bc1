internal import CMQSecrets

/// What a setting's value must look like.
enum SettingForm: Sendable {
    case text
    /// A part of what a URL can say; never a URL, which may hold a password.
    case urlPart
    case address
    case integer(ClosedRange<Int>)
    case size(ClosedRange<Int>)
    case duration(ClosedRange<Duration>)
    case flag
    /// One of some words. A legacy word stands for one of them.
    case choice([String], legacy: [String: String])
    case list
    case path(PathUse)
    case secret

    /// Its name in the reference.
    var name: String {
        switch self {
        case .text, .urlPart: "text"
        case .address: "host:port"
        case .integer(let range): "integer, \(range.lowerBound) to \(range.upperBound)"
        case .size(let range): "size, \(SizeText.format(range.lowerBound)) to \(SizeText.format(range.upperBound))"
        case .duration(let range):
            "duration, \(DurationText.format(range.lowerBound)) to \(DurationText.format(range.upperBound))"
        case .flag: "`true` or `false`"
        case .choice(let words, _): words.map { "`\($0)`" }.joined(separator: ", ")
        case .list: "list of texts"
        case .path: "path"
        case .secret: "secret text"
        }
    }

    func parse(_ raw: RawValue) throws(SettingMistake) -> SettingValue {
        switch self {
        case .text, .path: .text(try text(raw))
        case .urlPart: .text(try urlPart(raw))
        case .address: try address(raw)
        case .integer(let range): .integer(try integer(raw, in: range))
        case .size(let range): try size(raw, in: range)
        case .duration(let range): try duration(raw, in: range)
        case .flag: .flag(try flag(raw))
        case .choice(let words, let legacy): try choice(raw, of: words, legacy: legacy)
        case .list: .list(try list(raw))
        case .secret: try secret(raw)
        }
    }

    private func text(_ raw: RawValue) throws(SettingMistake) -> String {
        switch raw {
        case .plain(let text), .text(let text): return text
        default: throw wrongType(raw, expected: "text in quotes")
        }
    }

    private func urlPart(_ raw: RawValue) throws(SettingMistake) -> String {
        let text = try text(raw)
        guard !text.contains("://") else {
            throw SettingMistake("is a URL", remedy: "write it to database.url")
        }
        return text
    }

    private func secret(_ raw: RawValue) throws(SettingMistake) -> SettingValue {
        .secret(SecretBytes(copying: Array(try text(raw).utf8)))
    }

    private func address(_ raw: RawValue) throws(SettingMistake) -> SettingValue {
        let text = try text(raw)
        guard let address = ListenAddress(text) else {
            throw SettingMistake(
                "is not an address: \(Self.quoted(text))",
                remedy: "write host and port, for example \"127.0.0.1:5672\" or \"[::1]:5672\""
            )
        }
        return .address(address)
    }

    private func integer(_ raw: RawValue, in range: ClosedRange<Int>) throws(SettingMistake) -> Int {
        let number: Int? =
            switch raw {
            case .integer(let number): number
            case .plain(let text): Int(text)
            default: throw wrongType(raw, expected: "an integer")
            }
        guard let number, range.contains(number) else {
            throw SettingMistake(
                "is not an integer from \(range.lowerBound) to \(range.upperBound)",
                remedy: "choose one in this range"
            )
        }
        return number
    }

    private func size(_ raw: RawValue, in range: ClosedRange<Int>) throws(SettingMistake) -> SettingValue {
        let bytes: Int? =
            switch raw {
            case .integer(let number): number
            case .plain(let text), .text(let text): SizeText.parse(text)
            default: throw wrongType(raw, expected: "a size")
            }
        guard let bytes, range.contains(bytes) else {
            throw SettingMistake(
                "is not a size from \(SizeText.format(range.lowerBound)) to \(SizeText.format(range.upperBound))",
                remedy: "write bytes as an integer, or a unit in quotes, for example \"16 MiB\""
            )
        }
        return .size(bytes)
    }

    private func duration(_ raw: RawValue, in range: ClosedRange<Duration>) throws(SettingMistake) -> SettingValue {
        let duration: Duration? =
            switch raw {
            case .integer(let number): DurationText.seconds(number)
            case .plain(let text), .text(let text): DurationText.parse(text)
            default: throw wrongType(raw, expected: "a duration")
            }
        guard let duration, range.contains(duration) else {
            let (first, last) = (DurationText.format(range.lowerBound), DurationText.format(range.upperBound))
            throw SettingMistake(
                "is not a duration from \(first) to \(last)",
                remedy:
                    "write seconds as an integer, or a unit in quotes: \"500ms\", \"60s\", \"15m\", \"24h\", \"90d\""
            )
        }
        return .duration(duration)
    }

    private func flag(_ raw: RawValue) throws(SettingMistake) -> Bool {
        switch raw {
        case .flag(let flag): return flag
        case .plain("true"), .plain("1"): return true
        case .plain("false"), .plain("0"): return false
        default: throw wrongType(raw, expected: "true or false")
        }
    }

    private func choice(
        _ raw: RawValue,
        of words: [String],
        legacy: [String: String]
    ) throws(SettingMistake) -> SettingValue {
        let text = try text(raw)
        let word = text.lowercased()
        if words.contains(word) { return .text(word) }
        if let current = legacy[word] { return .text(current) }
        let list = words.map { "\"\($0)\"" }.joined(separator: ", ")
        let suggestion = Spelling.closest(to: word, among: words).map { "did you mean \"\($0)\"? " } ?? ""
        throw SettingMistake("cannot be \(Self.quoted(text))", remedy: "\(suggestion)choose one of \(list)")
    }

    private func list(_ raw: RawValue) throws(SettingMistake) -> [String] {
        switch raw {
        case .plain(let text):
            return text.split(separator: ",").map { String($0.drop { $0 == " " }) }.filter { !$0.isEmpty }
        case .list(let items):
            var texts: [String] = []
            for item in items {
                guard case .text(let text) = item else { throw wrongType(item, expected: "a list of texts") }
                texts.append(text)
            }
            return texts
        default:
            throw wrongType(raw, expected: "a list of texts")
        }
    }

    private func wrongType(_ raw: RawValue, expected: String) -> SettingMistake {
        SettingMistake("is \(raw.typeName), expected \(expected)", remedy: "write \(example)")
    }

    private var example: String {
        switch self {
        case .text, .urlPart, .path, .secret: "the text in quotes"
        case .address: "host and port in quotes, for example \"127.0.0.1:5672\""
        case .integer: "a number without quotes"
        case .size: "bytes as an integer, or a unit in quotes, for example \"16 MiB\""
        case .duration: "seconds as an integer, or a unit in quotes, for example \"60s\""
        case .flag: "true or false without quotes"
        case .choice(let words, _): "one of \(words.map { "\"\($0)\"" }.joined(separator: ", "))"
        case .list: "texts in brackets, for example [\"DC-HQ\", \"CA-RC\"]"
        }
    }

    /// A value in a message, cut to a length that still fits into a line.
    static func quoted(_ text: String) -> String {
        text.count <= 64 ? "\"\(text)\"" : "\"\(text.prefix(64))…\""
    }
}
