/// The names in a journal's directory.
struct JournalLayout: Sendable {
    let directory: String

    var lock: String { "\(directory)/journal.lock" }
    var identity: String { "\(directory)/journal.id" }

    func segment(_ base: JournalPosition) -> String { "\(directory)/\(base.hexadecimal).segment" }
    func checkpoint(_ position: JournalPosition) -> String { "\(directory)/\(position.hexadecimal).checkpoint" }
    func spare(_ number: UInt64) -> String { "\(directory)/\(number.hexadecimal).spare" }

    /// The name under which a file is written before it gets its own; swept at the next start.
    func temporary(for path: String) -> String { "\(path).tmp" }

    /// What a directory holds, by kind, each sorted.
    struct Content {
        var segments: [JournalPosition] = []
        var checkpoints: [JournalPosition] = []
        var spares: [UInt64] = []
        var temporaries: [String] = []
        var hasIdentity = false
    }

    func content(in fileSystem: any JournalFileSystem) throws(JournalError) -> Content {
        let names: [String]
        do {
            names = try fileSystem.list(directory)
        } catch {
            throw .system("list the directory", directory, error)
        }
        var content = Content()
        for name in names.sorted() {
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            if name == "journal.id" {
                content.hasIdentity = true
            } else if parts.last == "tmp" {
                content.temporaries.append("\(directory)/\(name)")
            } else if parts.count == 2, parts[0].utf8.count == 16, let number = UInt64(parts[0], radix: 16) {
                switch parts[1] {
                case "segment": content.segments.append(number)
                case "checkpoint": content.checkpoints.append(number)
                case "spare": content.spares.append(number)
                default: break
                }
            }
        }
        return content
    }
}
