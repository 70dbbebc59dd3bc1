import Foundation
import TestSupport
import Testing

/// What a receiver that was killed before its sync has left in the output file.
@Suite(.enabled(if: Interposer.isAvailable, Interposer.reason)) struct RestartedReceiverTests {
    /// Nothing can be acknowledged here: no broker is there.
    @Test(.timeLimit(.minutes(2)))
    func `lines that are there at the start are synced before any broker is asked`() async throws {
        let directory = try TemporaryDirectory()
        _ = try TestPKI(in: directory, clients: ["bob"])
        let keygen = try await run("cmq-keygen", in: directory.url)
        #expect(keygen.status == 0, "\(keygen.errors)")
        try directory.write("{\"message_id\":\"a\",\"message\":1}\n", to: "out.jsonl")
        let library = try await Interposer.killAtCall.path()
        var places: [String] = []
        for call in EveryCall.calls {
            let receiver = try await run(
                "cmq-recv",
                // Port 1 needs a privilege that nobody uses here.
                ["--output", "out.jsonl", "--server", "127.0.0.1:1"],
                in: directory.url,
                environment: EveryCall.environment(call, isTorn: false, library)
            )
            guard receiver.status == 128 + SIGKILL else {
                #expect(receiver.status == 69, "\(receiver.errors)")
                break
            }
            places.append(receiver.errors)
            if receiver.errors.contains("fdatasync") { break }
        }
        #expect(places.last?.contains("fdatasync") == true, "\(places)")
    }
}
