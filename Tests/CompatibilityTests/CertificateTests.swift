import Foundation
import TestSupport
import Testing

/// Keys and certificates that one side made and the other uses. The exchange tests run on certificates of the
/// `cryptography` library without key usage; these turn it round.
@Suite struct CertificateTests {
    @Test func `earlier clients work with certificates of cmq-certs`() async throws {
        try await ToolkitFixture.with { toolkit in
            try toolkit.prepareReference(["alice", "bob"], .v141, receivers: ["bob"])
            let keys = try await Reference.run("make_keys", ["x25519"], in: toolkit.folder("bob"))
            #expect(keys.status == 0)
            let receiver = try Reference.start("receiver", ["1.4.1", "--count", "1"], in: toolkit.folder("bob"))
            #expect(await receiver.waitForOutput(containing: "ready"))
            let sent = try await Reference.run("sender", ["1.4.1"], in: toolkit.folder("alice"), input: "hello\n")
            #expect(sent.status == 0, "\(sent.errors)")
            #expect(await receiver.finish().status == 0)
        }
    }

    @Test func `certificates that openssl made without key usage are accepted on both sides`() async throws {
        let directory = try TemporaryDirectory()
        let made = try await run("sh", ["-euc", Self.openssl], in: directory.url)
        try #require(made.status == 0, "\(made.errors)")
        let text = try await run("openssl", ["x509", "-in", directory.file("client.crt"), "-noout", "-text"])
        #expect(!text.output.contains("Key Usage"))
        try directory.write(
            """
            [server]
            address = "127.0.0.1:0"
            [tls]
            cert_path = "server.crt"
            key_path = "server.key"
            ca_cert_path = "ca.crt"
            [journal]
            segment_bytes = "16 MiB"
            [limits]
            disk_low_water_bytes = "16 MiB"
            """,
            to: "config.toml"
        )
        let broker = try RunningCommand(
            "cmq-broker",
            ["--config", "config.toml", "--port-file", "port"],
            in: directory.url
        )
        try await checkFor(.seconds(30)) { directory.exists("port") || broker.hasEnded }
        try #require(directory.exists("port"), "\(broker.soFar.errors)")
        let port = try directory.read("port").trimmingCharacters(in: .whitespacesAndNewlines)
        let flags = [
            "--server", "localhost:\(port)", "--ca", "ca.crt", "--cert", "client.crt", "--key", "client.key",
        ]
        #expect(try await run("cmq-keygen", in: directory.url).status == 0)
        let first = try await run("cmq-recv", ["--until-empty"] + flags, in: directory.url)
        #expect(first.status == 0, "\(first.errors)")
        let sent = try await run("cmq-send", ["--to", "old-client"] + flags, input: "1\n", in: directory.url)
        #expect(sent.status == 0, "\(sent.errors)")
        let received = try await run(
            "cmq-recv",
            ["--until-empty", "--field", "content"] + flags,
            in: directory.url
        )
        #expect(received.output == "1\n")
        broker.signal(SIGKILL)
        _ = await broker.finish()
    }

    /// An authority, a server and a client named `old-client`, as a tutorial for openssl makes them.
    private static let openssl = """
        new() { openssl ecparam -name secp384r1 -genkey -noout -out "$1.key"; }
        new ca
        openssl req -x509 -new -key ca.key -sha384 -days 3650 -subj /CN=Old-CA -out ca.crt
        printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' > names
        for name in server client; do
            new $name
            subject=/CN=localhost; [ $name = server ] || subject=/CN=old-client
            openssl req -new -key $name.key -subj $subject -out $name.csr
        done
        openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -sha384 -days 365 \
            -extfile names -out server.crt
        openssl x509 -req -in client.csr -CA ca.crt -CAkey ca.key -CAcreateserial -sha384 -days 365 -out client.crt
        """

    @Test func `a certificate of another authority is refused`() async throws {
        try await Site.with(.v14) { site in
            let other = try TemporaryDirectory()
            let made = try await Reference.run("make_certificates", ["certs", "alice"], in: other.url)
            #expect(made.status == 0)
            for name in ["client.crt", "client.key"] {
                try site.write(try other.read("certs/clients/alice/\(name)"), "alice", "certs/\(name)")
            }
            await #expect(throws: ProgramFailure.self) { try await site.send(["one"]) }
            let sent = try await site.cmqSend(["1"])
            #expect(sent.status == 77)
        }
    }
}
