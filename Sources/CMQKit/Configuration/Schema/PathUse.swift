/// What the broker does with a file or directory, which decides where a relative path begins.
package enum PathUse: Sendable {
    /// It is there already: looked for beside the configuration file, then in the working directory.
    case reads
    /// The broker makes it: always beside the configuration file.
    case makes
    /// It may be there already; otherwise the broker makes it.
    case keeps
}
