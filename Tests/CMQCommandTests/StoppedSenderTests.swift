import CMQCrypto
import Foundation
import TestSupport
import Testing

/// `cmq-send` is asked to end while its input is open and no broker is there.
@Suite struct StoppedSenderTests {
    private let directory: TemporaryDirectory
    private let pipe: NamedPipe

    init() throws {
        directory = try TemporaryDirectory()
        pipe = try NamedPipe(directory.file("input"))
        _ = try TestPKI(in: directory, clients: ["alice"])
        try FileManager.default.createDirectory(atPath: directory.file("keys"), withIntermediateDirectories: true)
        try directory.write(KeyPair().publicKey.base64, to: "keys/bob_public.key")
    }

    /// Ends a sender once it has read `input` and knows that the broker is away.
    private func stop(_ options: [String], afterReading input: String) async throws -> CommandResult {
        try pipe.write(input)
        // Port 1 needs a privilege that nobody uses here.
        let arguments = ["input", "--to", "bob", "--server", "127.0.0.1:1"] + options
        let sender = try RunningCommand("cmq-send", arguments, in: directory.url)
        #expect(await sender.waitForErrors(containing: "trying again"))
        try await checkFor(.seconds(20)) { pipe.unreadBytes == 0 }
        sender.signal(SIGTERM)
        return await sender.finish()
    }

    @Test(.timeLimit(.minutes(1)))
    func `every line that was read is in the spool, the last one without its end, too`() async throws {
        let result = try await stop(["--spool", "spool", "--retries", "0"], afterReading: "1\n2\n3")
        #expect(result.status == 75, "\(result.errors)")
        #expect(result.errors.contains("3 messages stay in spool"), "\(result.errors)")
        #expect(try directory.read("spool/00000001.spool").split(separator: "\n").count == 3)
    }

    @Test(.timeLimit(.minutes(1)))
    func `lines that were read and cannot be sent are no success`() async throws {
        let result = try await stop(["--wait", "5"], afterReading: "1\n2")
        #expect(result.status == 69, "\(result.errors)")
        #expect(result.errors.contains("the last lines of the input were not sent"), "\(result.errors)")
    }

    @Test(.timeLimit(.minutes(2)))
    func `whoever has read nothing ends at once`() async throws {
        let result = try await stop(["--wait", "60"], afterReading: "")
        #expect(result.status == 0, "\(result.errors)")
    }
}
