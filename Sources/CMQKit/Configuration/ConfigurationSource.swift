/// Where a setting's value came from. Later cases win over earlier ones.
package enum ConfigurationSource: Hashable, Sendable, CustomStringConvertible {
    /// Nobody set it.
    case defaults
    /// A configuration file, and the line where it is known.
    case file(String, line: Int?)
    /// An environment variable.
    case environment(String)
    /// A flag of the command line.
    case flag(String)

    /// Orders the kinds of sources by precedence.
    var rank: Int {
        switch self {
        case .defaults: 0
        case .file: 1
        case .environment: 2
        case .flag: 3
        }
    }

    package var description: String {
        switch self {
        case .defaults: ""
        case .file(let path, let line?): "\(path):\(line)"
        case .file(let path, nil): path
        case .environment(let name): name
        case .flag(let name): name
        }
    }
}
