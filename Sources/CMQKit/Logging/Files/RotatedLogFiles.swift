internal import Foundation

/// The files that a log was put away as: `server_info.log.2025-09-08`, then `….2025-09-08.1` and so on.
struct RotatedLogFiles {
    private struct Entry {
        var name: String
        var ending: String
        var number: Int
    }

    private let directory: String
    private let name: String

    init(of path: String) {
        let url = URL(fileURLWithPath: path)
        directory = url.deletingLastPathComponent().path
        name = url.lastPathComponent
    }

    /// The next name that nothing has had: numbers grow even when older files are gone.
    func nextPath(ending: String) -> String {
        let last = entries().filter { $0.ending == ending }.map(\.number).max()
        let number = last.map { ".\($0 + 1)" } ?? ""
        return "\(directory)/\(name).\(ending)\(number)"
    }

    /// Deletes all but the newest.
    func keepNewest(_ count: Int) {
        for entry in entries().sorted(by: Self.isOlder).dropLast(count) {
            try? FileManager.default.removeItem(atPath: "\(directory)/\(entry.name)")
        }
    }

    private static func isOlder(_ left: Entry, _ right: Entry) -> Bool {
        (left.ending, left.number) < (right.ending, right.number)
    }

    private func entries() -> [Entry] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.compactMap { entry in
            guard entry.hasPrefix("\(name).") else { return nil }
            let parts = entry.dropFirst(name.count + 1).split(separator: ".", omittingEmptySubsequences: false)
            // Only what this class made itself is ever counted or deleted.
            guard let ending = parts.first, Self.isEnding(ending), parts.count <= 2 else { return nil }
            guard parts.count == 2 else { return Entry(name: entry, ending: String(ending), number: 0) }
            guard let number = Int(parts[1]), number > 0 else { return nil }
            return Entry(name: entry, ending: String(ending), number: number)
        }
    }

    /// `2025-09-08` or `2025-09-08T07`.
    private static func isEnding(_ text: Substring) -> Bool {
        let shape = text.map { character in
            character.isASCII && character.isNumber ? "0" : String(character)
        }
        return ["0000-00-00", "0000-00-00T00"].contains(shape.joined())
    }
}
