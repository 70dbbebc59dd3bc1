public import ArgumentParser
public import CMQCrypto
internal import Foundation

/// What a message is, and for whom.
struct MessageOptions: ParsableArguments {
    @Option(
        name: .long,
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Who gets every line, one name or more, each in an envelope of its own. [env: CMQ_TO]",
            valueName: "name"
        )
    )
    var to: [String] = []

    @Flag(
        name: .long,
        help:
            "Take each line's destination from the line: {\"to\":…, \"exchange\":…, \"routing_key\":…, \"content\":…}."
    )
    var addressed = false

    @Flag(name: .long, help: "Encrypt each line as it is, whether JSON or not, without wrapping it.")
    var raw = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The form of envelopes: aes-256-gcm (1.3, 1.4), chacha20-poly1305 (1.4.1), chacha20-poly1305-1.5 (1.5), "
                + "rsa-aes-128-gcm (1.0).",
            valueName: "suite"
        )
    )
    var suite: EnvelopeSuite = .aes256GCM

    @Option(
        name: .long,
        help: ArgumentHelp("Use a session key for at most N messages, and one second.", valueName: "n")
    )
    var rekeyMessages = 256

    @Option(name: .long, help: ArgumentHelp("Keep the receivers' public keys in DIR.", valueName: "dir"))
    var keys = "keys"

    @Option(
        name: .long,
        help: ArgumentHelp(
            "With rsa-aes-128-gcm: the receiver's public key in PEM; else NAME_public.pem in --keys, or "
                + "receiver_public.pem here, in keys or in certs.",
            valueName: "file"
        )
    )
    var rsaKey: String?

    @Flag(name: .long, help: "Use a receiver's key although it has changed, and keep it.")
    var acceptNewKeys = false

    /// The receivers, which may also be separated by commas.
    var receivers: [String] {
        var seen: Set<String> = []
        return to.flatMap { $0.split(separator: ",").map(String.init) }.filter { seen.insert($0).inserted }
    }

    func check() throws {
        if let file = to.dropFirst().first(where: Self.isProbablyFile) {
            throw ValidationError("'\(file)' after --to counts as a receiver; write files before --to, or after --")
        }
        if addressed, !to.isEmpty { throw ValidationError("--to and --addressed both say where lines go; use one") }
        if addressed, raw { throw ValidationError("--addressed lines are JSON, which --raw is not; use one") }
        if rsaKey != nil, !suite.needsRSAKey { throw ValidationError("--rsa-key is for --suite rsa-aes-128-gcm") }
        guard 1...65_536 ~= rekeyMessages else { throw ValidationError("--rekey-messages takes 1 to 65536") }
    }

    /// Whether a word was meant as an input. Identities may be called like folders here, but have no slash.
    private static func isProbablyFile(_ word: String) -> Bool {
        guard FileManager.default.fileExists(atPath: word) else { return false }
        return word.contains("/") || [".json", ".jsonl", ".ndjson", ".txt", ".log"].contains { word.hasSuffix($0) }
    }
}

extension EnvelopeSuite: ExpressibleByArgument {}
