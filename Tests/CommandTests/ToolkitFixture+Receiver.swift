import TestSupport
import Testing

extension ToolkitFixture {
    /// Makes bob's key, and lets bob register it and declare the queue.
    func makeReceiver() async throws {
        let keygen = try await TestSupport.run("cmq-keygen", in: directory.url)
        #expect(keygen.status == 0, "\(keygen.errors)")
        let receiver = try await run("cmq-recv", as: "bob", ["--until-empty"])
        #expect(receiver.status == 0, "\(receiver.errors)")
    }
}
