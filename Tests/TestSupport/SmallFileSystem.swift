internal import Foundation

/// A file system in memory of its own size, mounted below a temporary directory, that a test may fill.
package final class SmallFileSystem: Sendable {
    package struct MountFailure: Error, CustomStringConvertible {
        package var description: String
    }

    private let directory: TemporaryDirectory

    /// Whether this process may mount file systems; containers and ordinary users often may not.
    package static let isPossible = (try? SmallFileSystem(bytes: 1 << 20)) != nil

    package init(bytes: Int) throws {
        directory = try TemporaryDirectory()
        guard mount("cmq-test", directory.path, "tmpfs", 0, "size=\(bytes),mode=700") == 0 else {
            throw MountFailure(description: String(cString: strerror(errno)))
        }
    }

    deinit {
        // At once, even where somebody still has a file open.
        umount2(directory.path, Int32(MNT_DETACH))
    }

    package var path: String { directory.path }

    package func file(_ name: String) -> String { directory.file(name) }

    /// Uses up the space until no more than `bytes` are free, whatever others take or give back meanwhile.
    package func fill(leaving bytes: Int) throws {
        let descriptor = open(file("filler"), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        for _ in 0..<Self.attemptsMax {
            var information = statvfs()
            guard statvfs(path, &information) == 0 else { throw failure() }
            let available = Int(information.f_bavail) * Int(information.f_frsize)
            guard available > bytes else { return }
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw failure() }
            let code = posix_fallocate(descriptor, 0, status.st_size + off_t(available - bytes))
            // A process that lives here took some of the space since it was counted.
            guard code == 0 || code == ENOSPC else {
                throw MountFailure(description: String(cString: strerror(code)))
            }
        }
        throw MountFailure(description: "others take and give back space faster than it can be filled")
    }

    private static let attemptsMax = 1_000

    /// Gives the space back that ``fill(leaving:)`` took.
    package func giveBack() throws {
        try FileManager.default.removeItem(atPath: file("filler"))
    }

    private func failure() -> MountFailure {
        MountFailure(description: String(cString: strerror(errno)))
    }
}
