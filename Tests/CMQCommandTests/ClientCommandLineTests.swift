import CMQCrypto
import Foundation
import TestSupport
import Testing

/// What `cmq-send` and `cmq-recv` say and how they end where no broker is needed.
@Suite struct ClientCommandLineTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test(
        arguments: [
            (["--to", "a", "--addressed"], "error: --to and --addressed both say where lines go; use one"),
            (
                ["--to", "a", "/dev/null"],
                "error: '/dev/null' after --to counts as a receiver; write files before --to, or after --"
            ),
            (["--raw", "--addressed"], "error: --addressed lines are JSON, which --raw is not; use one"),
            (["--to", "a", "--window", "0"], "error: --window takes 1 to 1000000"),
            (["--to", "a", "--rekey-messages", "0"], "error: --rekey-messages takes 1 to 65536"),
            (["--to", "a", "--suite", "rot13"], "error: The value 'rot13' is invalid for '--suite <suite>'"),
            (["--to", "a", "--server", "host:99999"], "error: 'host:99999' is not a server address"),
        ]
    )
    func sendRefusesWrongUsage(arguments: [String], message: String) async throws {
        let result = try await run("cmq-send", arguments, in: directory.url)
        #expect(result.status == 64)
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(result.output.isEmpty)
    }

    @Test(
        arguments: [
            (["--output", "x", "--exec", "y"], "error: --output and --exec both take the messages; use one"),
            (["--count=-1"], "error: --count takes 0 or more"),
            (["--timeout", "0"], "error: --timeout takes seconds above 0"),
            (["--prefetch", "0"], "error: --prefetch takes 1 to 1000000"),
        ]
    )
    func receiveRefusesWrongUsage(arguments: [String], message: String) async throws {
        let result = try await run("cmq-recv", arguments, in: directory.url)
        #expect(result.status == 64)
        #expect(result.errors.contains(message), "\(result.errors)")
    }

    @Test func missingCertificatesAreNamedWithTheRemedy() async throws {
        for (program, arguments) in [("cmq-send", ["--to", "bob"]), ("cmq-recv", [])] {
            let result = try await run(program, arguments, in: directory.url)
            #expect(result.status == 66)
            #expect(
                result.errors == """
                    \(program): error: there is no client certificate in certs/clients
                    \(program): hint: make one with 'cmq-certs NAME', or use --cert and --key

                    """
            )
        }
    }

    @Test func nobodyToSendToIsWrongUsage() async throws {
        _ = try TestPKI(in: directory, clients: ["alice"])
        let result = try await run("cmq-send", in: directory.url)
        #expect(result.status == 64)
        #expect(result.errors.contains("hint: use --to NAME, or --addressed lines"))
    }

    @Test func aMissingPrivateKeyNamesThePlaces() async throws {
        _ = try TestPKI(in: directory, clients: ["bob"])
        let result = try await run("cmq-recv", in: directory.url)
        #expect(result.status == 66)
        #expect(result.errors.contains("receiver_private.key, keys/receiver_private.key, certs/receiver_private.key"))
    }

    @Test func aBrokenConfigurationNamesFileAndKey() async throws {
        try directory.write(#"{"server_port": "high"}"#, to: "config.json")
        let result = try await run("cmq-send", ["--to", "bob"], in: directory.url)
        #expect(result.status == 78)
        #expect(result.errors.contains("config.json: server_port: must be a number from 1 to 65535"))
    }

    @Test func anInputFileThatIsNotThereIsTold() async throws {
        _ = try TestPKI(in: directory, clients: ["alice"])
        let result = try await run("cmq-send", ["none.jsonl", "--to", "bob"], in: directory.url)
        #expect(result.status == 66)
        #expect(result.errors.contains("cannot read none.jsonl: No such file or directory"))
    }

    @Test func anAbsentBrokerIsTheExitStatusForIt() async throws {
        _ = try TestPKI(in: directory, clients: ["alice"])
        // Port 1 needs a privilege that nobody uses here.
        let result = try await run("cmq-send", ["--to", "bob", "--server", "127.0.0.1:1"], in: directory.url)
        #expect(result.status == 69)
        #expect(
            result.errors == """
                cmq-send: error: cannot reach the broker at 127.0.0.1:1: connection refused
                cmq-send: hint: is cmq-broker running?

                """
        )
    }

    @Test func aSpoolKeepsWhatAnAbsentBrokerCannotTake() async throws {
        _ = try TestPKI(in: directory, clients: ["alice"])
        let key = KeyPair().publicKey
        try FileManager.default.createDirectory(atPath: directory.file("keys"), withIntermediateDirectories: true)
        try directory.write(key.base64, to: "keys/bob_public.key")
        let arguments = ["--to", "bob", "--server", "127.0.0.1:1", "--spool", "spool", "--retries", "0"]
        let result = try await run("cmq-send", arguments, input: "\"secret\"\n2\n3", in: directory.url)
        #expect(result.status == 75)
        #expect(result.errors.contains("3 messages stay in spool"))
        let spooled = try directory.read("spool/00000001.spool")
        #expect(spooled.split(separator: "\n").count == 3)
        #expect(spooled.contains("\"envelope\":"))
        #expect(!spooled.contains("secret"))
    }

    @Test func helpNamesTheEnvironment() async throws {
        let send = try await run("cmq-send", ["--help"])
        #expect(send.status == 0)
        for name in ["SERVER", "CA", "CERT", "KEY", "IDENTITY", "CONFIG", "EXCHANGE", "ROUTING_KEY", "TO"] {
            #expect(send.output.contains("CMQ_\(name)]"), "CMQ_\(name)")
        }
        let receive = try await run("cmq-recv", ["--help"])
        for name in ["QUEUE", "PRIVATE_KEY"] { #expect(receive.output.contains("CMQ_\(name)]"), "CMQ_\(name)") }
    }
}
