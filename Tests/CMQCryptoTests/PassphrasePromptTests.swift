import CMQCrypto
import CMQSecrets
import Foundation
import TestSupport
import Testing

/// The prompt on a real terminal, which script(1) makes.
@Suite struct PassphrasePromptTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Types each answer when its prompt is there, and returns what the terminal showed.
    private func onTerminal(
        _ arguments: String,
        _ dialogue: [(prompt: String, answer: String)]
    ) async throws -> CommandResult {
        let program = RunningCommand.buildDirectory.appendingPathComponent("cmq-keygen").path
        let command = try RunningCommand(
            "script",
            ["--quiet", "--return", "--echo", "always", "--command", "'\(program)' \(arguments)", "/dev/null"],
            in: directory.url
        )
        for (prompt, answer) in dialogue {
            #expect(await command.waitForOutput(containing: prompt))
            try command.write(answer)
        }
        return await command.finish()
    }

    @Test func asksTwiceAndShowsNothing() async throws {
        let result = try await onTerminal(
            "--passphrase",
            [("new passphrase for receiver_private.key: ", "Grüße x\u{7F}\r"), ("the same again: ", "Grüße \n")]
        )
        #expect(result.status == 0)
        #expect(!result.output.contains("Grü"))
        let stored = try KeyFile.readPrivateKey(at: directory.file("receiver_private.key"))
        let key = try stored.unlock { SecretBytes(copying: Array("Grüße ".utf8)) }
        #expect(try KeyFile.readPublicKey(at: directory.file("receiver_public.key")) == key.publicKey)
    }

    @Test func twoDifferentAnswersMakeNothing() async throws {
        let result = try await onTerminal("--passphrase", [("receiver_private.key: ", "a\n"), ("again: ", "b\n")])
        #expect(result.status == 65)
        #expect(result.output.contains("error: the two passphrases differ"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == [])
    }

    @Test(arguments: ["\u{3}", "abc\u{3}", "\u{4}"])
    func anInterruptMakesNothing(answer: String) async throws {
        let result = try await onTerminal("--passphrase", [("receiver_private.key: ", answer)])
        #expect(result.status == 1)
        #expect(result.output.contains("error: interrupted"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == [])
    }

    @Test func anEmptyAnswerIsRefused() async throws {
        let result = try await onTerminal("--passphrase", [("receiver_private.key: ", "abc\u{15}\n")])
        #expect(result.status == 65)
        #expect(result.output.contains("error: the passphrase is empty"))
    }

    @Test func withoutATerminalTheRemedyIsNamed() async throws {
        // setsid(1) takes the controlling terminal away that the tests may have.
        let program = RunningCommand.buildDirectory.appendingPathComponent("cmq-keygen").path
        let result = try await run("setsid", ["--wait", program, "--passphrase"], in: directory.url)
        #expect(result.status == 66)
        #expect(result.errors.contains("error: there is no terminal to ask for the passphrase on"))
        #expect(result.errors.contains("hint: use --passphrase-file FILE"))
    }
}
