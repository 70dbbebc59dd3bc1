package import CMQCommand
internal import Foundation

/// A `config.json` of any generation: what the earlier senders and receivers read.
package struct ClientConfigurationFile: Equatable, Sendable {
    /// One queue and how it is reached.
    package struct Binding: Equatable, Sendable {
        package var queue: String?
        package var exchange: String?
        package var routingKey: String?
    }

    /// The `sender` section of 1.5.
    package struct Sender: Equatable, Sendable {
        package var window: Int?
        package var retries: Int?
        package var ackTimeoutSeconds: Int?
        package var connectTimeoutSeconds: Int?
        package var batch: Int?
    }

    package var path: String
    package var host: String?
    package var port: Int?
    package var exchange: String?
    package var queue: String?
    package var routingKey: String?
    package var receivers: [String] = []
    package var bindings: [Binding] = []
    package var certificateAuthority: String?
    package var certificate: String?
    package var privateKey: String?
    package var checksHostname: Bool?
    package var allowsTLS12: Bool?
    package var sender = Sender()
    package var usesPlainTCP = false
    /// Whether a client of CipherMQ 1.3 to 1.5 wrote it: it has settings that mean nothing to anybody else.
    package var isOfEarlierClient = false
    /// What is odd and does not stop anything: for standard error.
    package var warnings: [String] = []

    /// The name that is looked for in the working directory.
    package static let defaultName = "config.json"

    /// - Throws: ``CommandFailure`` naming file and key.
    package static func read(_ path: String) throws(CommandFailure) -> ClientConfigurationFile {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            let isThere = FileManager.default.fileExists(atPath: path)
            throw CommandFailure(.noInput, "cannot read \(path): \(isThere ? "permission denied" : "no such file")")
        }
        return try parse(data, path: path)
    }

    static func parse(_ data: Data, path: String) throws(CommandFailure) -> ClientConfigurationFile {
        var fields = try ConfigurationFields(data, path: path)
        var file = ClientConfigurationFile(path: path)
        file.host = try fields.text("server_address")
        file.port = try fields.integer("server_port", 1...65_535)
        // "host:port" in one setting, as the broker's own configuration has it.
        if let host = file.host, file.port == nil, let address = try? ServerAddress(host) {
            file.host = address.host
            file.port = address.port
        }
        file.exchange = try fields.text("exchange_name")
        file.queue = try fields.text("queue_name")
        file.routingKey = try fields.text("routing_key")
        file.receivers = try fields.texts("receiver_client_ids") ?? []
        if let receiver = try fields.text("receiver_client_id"), file.receivers.isEmpty { file.receivers = [receiver] }
        for var binding in try fields.objects("bindings") {
            file.bindings.append(
                Binding(
                    queue: try binding.text("queue_name"),
                    exchange: try binding.text("exchange_name"),
                    routingKey: try binding.text("routing_key")
                )
            )
            file.warnings += binding.unknownKeys()
        }
        if let type = try fields.text("connection_type") {
            guard ["tls", "tcp"].contains(type) else { throw fields.failure("connection_type", "must be tls or tcp") }
            file.usesPlainTCP = type == "tcp"
        }
        if var tls = try fields.object("tls") { try file.readTLS(&tls) }
        // Where the earlier clients wrote their logs; ours goes to standard error.
        var idle = fields.ignore("logging", "receiver")
        if !idle.isEmpty { file.isOfEarlierClient = true }
        if var sender = try fields.object("sender") { idle += try file.readSender(&sender) }
        file.warnings += fields.unknownKeys()
        if !idle.isEmpty {
            let verb = idle.count == 1 ? "has" : "have"
            file.warnings.append("\(path): \(idle.joined(separator: ", ")) \(verb) no effect here")
        }
        return file
    }

    private mutating func readTLS(_ tls: inout ConfigurationFields) throws(CommandFailure) {
        certificateAuthority = try tls.path("certificate_path")
        certificate = try tls.path("client_cert_path")
        privateKey = try tls.path("client_key_path")
        checksHostname = try tls.boolean("check_hostname")
        if let version = try tls.text("protocol") {
            // Python's name for it; ours are versions.
            if version.hasPrefix("PROTOCOL_") { isOfEarlierClient = true }
            let digits = version.filter(\.isNumber)
            if digits.hasSuffix("12") { allowsTLS12 = true }
            if digits == "1" || digits.hasSuffix("10") || digits.hasSuffix("11") {
                throw tls.failure("protocol", "'\(version)' is obsolete", hint: "use \"TLSv1.3\", or \"TLSv1.2\"")
            }
        }
        if let mode = try tls.text("verify_mode") {
            isOfEarlierClient = true
            if !mode.uppercased().contains("REQUIRED") {
                warnings.append(
                    "\(tls.name("verify_mode")) is '\(mode)', but the broker's certificate is always verified"
                )
            }
        }
        warnings += tls.unknownKeys()
    }

    /// - Returns: The names of what means nothing here.
    private mutating func readSender(_ sender: inout ConfigurationFields) throws(CommandFailure) -> [String] {
        isOfEarlierClient = true
        self.sender.window = try sender.integer("max_inflight", 1...1_000_000)
        self.sender.retries = try sender.integer("max_retries", 0...1_000)
        self.sender.ackTimeoutSeconds = try sender.integer("ack_timeout_secs", 1...86_400)
        self.sender.connectTimeoutSeconds = try sender.integer("tcp_connect_timeout_secs", 1...86_400)
        self.sender.batch = try sender.integer("batch_size", 1...1_000_000)
        // These made up the sample messages of the earlier sender; ours come from standard input.
        let idle = sender.ignore("num_messages", "batch_delay_ms", "message")
        warnings += sender.unknownKeys()
        return idle
    }
}
