import CMQClientCommand
import CMQCommand
import TestSupport
import Testing

@Suite struct ClientConfigurationFileTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func read(_ json: String) throws -> ClientConfigurationFile {
        try directory.write(json, to: "config.json")
        return try ClientConfigurationFile.read(directory.file("config.json"))
    }

    private func failure(_ json: String) throws -> CommandFailure? {
        try directory.write(json, to: "config.json")
        do throws(CommandFailure) {
            _ = try ClientConfigurationFile.read(directory.file("config.json"))
            return nil
        } catch {
            return error
        }
    }

    @Test func generation13WithOneReceiver() throws {
        let file = try read(
            """
            {"exchange_name": "my_exchange", "queue_name": "my_queue", "routing_key": "my_key",
             "server_address": "127.0.0.1", "server_port": 5672, "receiver_client_ids": "receiver_1"}
            """
        )
        #expect(file.host == "127.0.0.1")
        #expect(file.port == 5672)
        #expect(file.exchange == "my_exchange")
        #expect(file.queue == "my_queue")
        #expect(file.routingKey == "my_key")
        #expect(file.receivers == ["receiver_1"])
        #expect(file.warnings.isEmpty)
        #expect(!file.isOfEarlierClient)
    }

    @Test func generation14WithBindingsAndTLS() throws {
        try directory.write("", to: "client.crt")
        let file = try read(
            """
            {"server_address": "localhost", "server_port": 5672,
             "receiver_client_ids": ["CA-RC", "SF-RC"],
             "bindings": [{"queue_name": "ca_rc_queue", "exchange_name": "labs", "routing_key": "ca"},
                          {"queue_name": "sf_rc_queue", "exchange_name": "labs", "routing_key": "sf"}],
             "tls": {"certificate_path": "/etc/ca.crt", "client_cert_path": "client.crt",
                     "client_key_path": "certs/client.key", "protocol": "PROTOCOL_TLS_CLIENT",
                     "verify_mode": "CERT_REQUIRED", "check_hostname": false},
             "logging": {"level": "INFO", "rotation": "daily"}}
            """
        )
        #expect(file.receivers == ["CA-RC", "SF-RC"])
        #expect(file.bindings.map(\.queue) == ["ca_rc_queue", "sf_rc_queue"])
        #expect(file.bindings.map(\.routingKey) == ["ca", "sf"])
        #expect(file.certificateAuthority == "/etc/ca.crt")
        #expect(file.certificate == directory.file("client.crt"))
        #expect(file.privateKey == directory.file("certs/client.key"))
        #expect(file.checksHostname == false)
        #expect(file.allowsTLS12 == nil)
        #expect(file.warnings == ["\(directory.file("config.json")): 'logging' has no effect here"])
        #expect(file.isOfEarlierClient)
    }

    @Test func generation15WithASenderSection() throws {
        let file = try read(
            """
            {"sender": {"num_messages": 10, "max_inflight": 50, "max_retries": 5, "ack_timeout_secs": 7,
                        "tcp_connect_timeout_secs": 3, "batch_size": 20, "batch_delay_ms": 1, "message": {"a": 1}}}
            """
        )
        #expect(file.sender.window == 50)
        #expect(file.sender.retries == 5)
        #expect(file.sender.ackTimeoutSeconds == 7)
        #expect(file.sender.connectTimeoutSeconds == 3)
        #expect(file.sender.batch == 20)
        let path = directory.file("config.json")
        #expect(
            file.warnings == [
                "\(path): 'sender.num_messages', 'sender.batch_delay_ms', 'sender.message' have no effect here"
            ]
        )
    }

    @Test func unknownSettingsAreNamedWithASuggestion() throws {
        let file = try read(#"{"server_adress": "x", "tls": {"chek_hostname": true}}"#)
        let path = directory.file("config.json")
        #expect(
            file.warnings == [
                "\(path): tls.chek_hostname is not a setting; did you mean 'check_hostname'?",
                "\(path): server_adress is not a setting; did you mean 'server_address'?",
            ]
        )
    }

    @Test func verificationCannotBeTurnedOff() throws {
        let file = try read(#"{"tls": {"verify_mode": "CERT_NONE"}}"#)
        #expect(file.warnings.count == 1)
        #expect(file.warnings.first?.contains("always verified") == true)
    }

    @Test func `only an explicit word allows plain TCP`() throws {
        #expect(try read(#"{"connection_type": "tcp"}"#).usesPlainTCP)
        #expect(try !read(#"{"connection_type": "tls"}"#).usesPlainTCP)
        #expect(try !read("{}").usesPlainTCP)
        #expect(try failure(#"{"connection_type": "udp"}"#)?.status == .configuration)
    }

    @Test func onlyAnExplicitWordAllowsTLS12() throws {
        #expect(try read(#"{"tls": {"protocol": "TLSv1_2"}}"#).allowsTLS12 == true)
        #expect(try read(#"{"tls": {"protocol": "TLSv1.3"}}"#).allowsTLS12 == nil)
        // Our own remedy for an old broker must not change where messages go.
        #expect(try !read(#"{"tls": {"protocol": "TLSv1.2"}}"#).isOfEarlierClient)
        #expect(try failure(#"{"tls": {"protocol": "TLSv1.1"}}"#)?.status == .configuration)
    }

    @Test(
        arguments: [
            (#"{"server_port": 70000}"#, "server_port: must be a number from 1 to 65535"),
            (#"{"server_port": true}"#, "server_port: must be a number from 1 to 65535"),
            (#"{"exchange_name": 1}"#, "exchange_name: must be a text in quotes"),
            (#"{"queue_name": ""}"#, "queue_name: must not be empty"),
            (#"{"receiver_client_ids": [1]}"#, "receiver_client_ids: must be a text or a list of texts"),
            (#"{"receiver_client_ids": ""}"#, "receiver_client_ids: must not have an empty text"),
            (#"{"receiver_client_ids": ["bob", ""]}"#, "receiver_client_ids: must not have an empty text"),
            (#"{"bindings": {}}"#, "bindings: must be a list of objects"),
            (#"{"bindings": [{"queue_name": 3}]}"#, "bindings[0].queue_name: must be a text in quotes"),
            (#"{"tls": []}"#, "tls: must be an object in braces"),
            (#"{"tls": {"check_hostname": 1}}"#, "tls.check_hostname: must be true or false"),
        ]
    )
    func mistakesAreNamedWithFileAndKey(json: String, message: String) throws {
        let failure = try #require(try failure(json))
        #expect(failure.status == .configuration)
        #expect(failure.message == "\(directory.file("config.json")): \(message)")
    }

    @Test func aFileThatIsNoJSONOrNotThereIsToldApart() throws {
        #expect(try failure("{")?.status == .configuration)
        #expect(try failure("[]")?.message.hasSuffix("is not a JSON object") == true)
        #expect(throws: CommandFailure.self) { try ClientConfigurationFile.read(directory.file("none.json")) }
    }
}
