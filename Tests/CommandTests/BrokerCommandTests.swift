import Foundation
import TestSupport
import Testing

/// `cmq-broker` from the outside: configuration, signals, exit statuses.
@Suite struct BrokerCommandTests {
    @Test func namesEveryMistakeOfTheConfiguration() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            "[tls]\ncert_pth = \"x\"\n[limits]\nqueues = \"many\"\n[encryption]\naes_key = \"c2hvcnQ=\"\n",
            to: "config.toml"
        )
        let result = try await run("cmq-broker", ["--check-config"], in: directory.url)
        #expect(result.status == 78)
        #expect(result.output == "")
        for text in ["config.toml:2", "cert_path", "config.toml:4", "limits.queues", "encryption.aes_key"] {
            #expect(result.errors.contains(text), "\(text) is missing in \(result.errors)")
        }
        #expect(!result.errors.contains("c2hvcnQ="))
    }

    @Test func saysWhatIsMissingAtTheStart() async throws {
        let directory = try TemporaryDirectory()
        let result = try await run("cmq-broker", [], in: directory.url)
        #expect(result.status == 78)
        #expect(result.errors.contains("certs/ca.crt"))
        #expect(result.errors.contains("cmq-certs"))
    }

    @Test func endsCleanlyOnSIGTERM() async throws {
        try await ToolkitFixture.with { toolkit in
            let result = await toolkit.stopBroker()
            #expect(result?.status == 0, "\(result?.errors ?? "")")
            #expect(result?.errors.contains("Broker stopped") == true)
        }
    }

    @Test func refusesADirectoryThatIsInUse() async throws {
        try await ToolkitFixture.with { toolkit in
            let second = try await run(
                "cmq-broker",
                ["--config", toolkit.configurationPath, "--port", "0"],
                in: toolkit.directory.url
            )
            #expect(second.status == 74)
            #expect(second.errors.contains("cmq-data/journal"))
        }
    }

    @Test func refusesAPortThatIsInUse() async throws {
        try await ToolkitFixture.with { toolkit in
            let other = try TemporaryDirectory()
            let configuration = try toolkit.directory.read("config.toml")
            try other.write(configuration, to: "config.toml")
            let second = try await run(
                "cmq-broker",
                ["--config", other.file("config.toml"), "--port", "\(toolkit.port)"],
                in: other.url
            )
            #expect(second.status == 69)
            #expect(second.errors.contains("cannot listen"))
        }
    }

    @Test func reloadsOnSIGHUPAndKeepsTheOldOnMistakes() async throws {
        try await ToolkitFixture.with { toolkit in
            toolkit.signalBroker(SIGHUP)
            try await checkFor(.seconds(20)) { toolkit.brokerLog.contains("reloaded") }
            let certificate = toolkit.pki.serverCertificatePath
            let intact = try Data(contentsOf: URL(fileURLWithPath: certificate))
            try Data("nonsense".utf8).write(to: URL(fileURLWithPath: certificate))
            toolkit.signalBroker(SIGHUP)
            try await checkFor(.seconds(20)) { toolkit.brokerLog.contains("Reload failed") }
            try intact.write(to: URL(fileURLWithPath: certificate))
            let status = try await toolkit.run("cmq-admin", as: ToolkitFixture.admin, ["queues", "--json"])
            #expect(status.status == 0, "\(status.errors)")
        }
    }

    @Test func tellsTheServiceManagerThatItIsReady() async throws {
        let directory = try TemporaryDirectory()
        _ = try TestPKI(in: directory)
        let listener = try RunningCommand(
            "python3",
            [
                "-c",
                """
                import socket, sys
                s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                s.bind(sys.argv[1])
                print("bound", flush=True)
                while True:
                    text = s.recv(100).decode()
                    print(text, flush=True)
                    if text == "STOPPING=1": break
                """, directory.file("notify"),
            ]
        )
        #expect(await listener.waitForOutput(containing: "bound"))
        let broker = try RunningCommand(
            "cmq-broker",
            ["--port", "0"],
            in: directory.url,
            environment: ["NOTIFY_SOCKET": directory.file("notify")]
        )
        #expect(await listener.waitForOutput(containing: "READY=1"))
        broker.signal(SIGTERM)
        #expect(await broker.finish().status == 0)
        #expect(await listener.finish().output == "bound\nREADY=1\nSTOPPING=1\n")
    }
}
