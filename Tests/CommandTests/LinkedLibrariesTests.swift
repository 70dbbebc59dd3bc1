import Foundation
import TestSupport
import Testing

/// What each command links, compared with what it is for. Libraries of the system and of the language are
/// left out; what remains is where code for cryptography and databases comes from.
@Suite struct LinkedLibrariesTests {
    private static let ordinary = [
        "libc.so", "libm.so", "libstdc++.so", "libgcc_s.so", "ld-linux", "libswift", "libFoundation", "lib_Foundation",
        "libdispatch.so", "libBlocksRuntime.so", "lib_StringProcessing", "libz.so",
    ]

    @Test(arguments: [
        ("cmq-broker", ["libcrypto", "libpq", "libsqlite3"]),
        ("cmq-certs", ["libcrypto"]),
        ("cmq-keygen", ["libcrypto", "libsodium"]),
        ("cmq-send", ["libcrypto", "libsodium"]),
        ("cmq-recv", ["libcrypto", "libsodium"]),
    ])
    func linksOnlyWhatItNeeds(command: String, allowed: [String]) async throws {
        let path = RunningCommand.buildDirectory.appendingPathComponent(command).path
        let result = try await run("objdump", ["-p", path])
        let needed = result.lines.filter { $0.contains("NEEDED") }.compactMap { $0.split(separator: " ").last }
        #expect(!needed.isEmpty)
        let special = needed.filter { name in !Self.ordinary.contains { name.hasPrefix($0) } }
        #expect(Set(special.map { String($0.prefix { $0 != "." }) }) == Set(allowed))
    }

    /// The broker routes ciphertext: nothing in it can open an envelope.
    @Test func theBrokerCannotOpenEnvelopes() async throws {
        let path = RunningCommand.buildDirectory.appendingPathComponent("cmq-broker").path
        let symbols = try await run("nm", ["--defined-only", path])
        #expect(symbols.output.contains("CMQBrokerCore"))
        #expect(!symbols.output.contains("EnvelopeOpener"))
        #expect(!symbols.output.contains("9CMQCrypto"))
    }
}
