import CMQJournal
import Foundation
import TestSupport
import Testing

@Suite struct DirectoryLockTests {
    @Test func aDirectoryIsOpenedOnceAndTheHolderIsNamed() throws {
        let directory = try TemporaryDirectory()
        var configuration = JournalConfiguration.small()
        configuration.directory = directory.file("journal")
        let opened = try OpenedJournal(configuration, LocalFileSystem())
        let error = refusal(configuration, LocalFileSystem())
        #expect(error?.code == .locked)
        #expect(error?.message == "the journal is in use by process \(ProcessInfo.processInfo.processIdentifier)")
        #expect(error?.path == "\(configuration.directory)/journal.lock")
        try opened.journal.close()
        #expect(refusal(configuration, LocalFileSystem()) == nil)
    }

    @Test func anotherProcessKeepsTheDirectoryToo() async throws {
        let directory = try TemporaryDirectory()
        var configuration = JournalConfiguration.small()
        configuration.directory = directory.path
        try directory.write("4711           \n", to: "journal.lock")
        let holder = try RunningCommand(
            "flock",
            ["--exclusive", directory.file("journal.lock"), "sh", "-c", "echo locked; read line"]
        )
        #expect(await holder.waitForOutput(lines: 1))
        let error = refusal(configuration, LocalFileSystem())
        #expect(error?.code == .locked)
        #expect(error?.message == "the journal is in use by process 4711")
        try holder.closeInput()
        _ = await holder.finish()
        #expect(refusal(configuration, LocalFileSystem()) == nil)
    }

    @Test func filesAreForTheirOwnerOnly() throws {
        let directory = try TemporaryDirectory()
        var configuration = JournalConfiguration.small(spares: 1)
        configuration.directory = directory.file("journal")
        let opened = try OpenedJournal(configuration, LocalFileSystem())
        let records = try opened.appendDurably([payload(10)])
        try opened.writeCheckpoint(at: records[0].nextPosition, [1])
        try opened.journal.close()
        let manager = FileManager.default
        let files = try manager.contentsOfDirectory(atPath: configuration.directory)
        #expect(files.count >= 4)
        for name in files {
            let attributes = try manager.attributesOfItem(atPath: "\(configuration.directory)/\(name)")
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
        let attributes = try manager.attributesOfItem(atPath: configuration.directory)
        #expect(attributes[.posixPermissions] as? Int == 0o700)
    }
}
