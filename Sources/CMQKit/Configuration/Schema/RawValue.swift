/// A value before anybody asked what its setting wants.
enum RawValue: Sendable {
    /// From a variable or a flag, where everything is text.
    case plain(String)
    case text(String)
    case integer(Int)
    case flag(Bool)
    case list([RawValue])
    /// Anything that no setting takes, under its name.
    case other(String)

    /// What was found, for messages; never the value, which may be a secret in the wrong place.
    var typeName: String {
        switch self {
        case .plain, .text: "text"
        case .integer: "an integer"
        case .flag: "true or false"
        case .list: "a list"
        case .other(let name): name
        }
    }

    /// Whether it is an empty text, which stands for no value.
    var isEmptyText: Bool {
        switch self {
        case .plain(""), .text(""): true
        default: false
        }
    }
}
