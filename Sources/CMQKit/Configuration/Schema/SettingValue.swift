internal import CMQSecrets

/// A value that has the form its setting asks for.
enum SettingValue: Sendable {
    case text(String)
    case integer(Int)
    case size(Int)
    case duration(Duration)
    case flag(Bool)
    case list([String])
    case address(ListenAddress)
    case secret(SecretBytes)

    /// As it would stand in a configuration file; a secret shows its length only.
    var literal: String {
        switch self {
        case .text(let text): "\"\(text)\""
        case .integer(let number): "\(number)"
        case .size(let bytes): SizeText.isRound(bytes) ? "\"\(SizeText.format(bytes))\"" : "\(bytes)"
        case .duration(let duration): "\"\(DurationText.format(duration))\""
        case .flag(let flag): "\(flag)"
        case .list(let items): "[\(items.map { "\"\($0)\"" }.joined(separator: ", "))]"
        case .address(let address): "\"\(address)\""
        case .secret(let bytes): bytes.description
        }
    }
}
