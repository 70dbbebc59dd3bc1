import Foundation

/// `config.json` and `config.toml` of each generation, put together from what is known of their settings.
enum ConfigurationSamples {
    /// A client's `config.json`; the same for senders and receivers.
    static func client(_ generation: Generation, port: Int, receivers: [String]) -> String {
        let names = receivers.map { "\"\($0)\"" }.joined(separator: ", ")
        let queues =
            receivers.count == 1
            ? [("q", "k")] : receivers.map { ("\(comparable($0))_queue", comparable($0)) }
        let bindings = queues.map {
            "{\"queue_name\": \"\($0.0)\", \"exchange_name\": \"x\", \"routing_key\": \"\($0.1)\"}"
        }
        let isFlat = generation == .v13 || generation == .v14
        let routing =
            isFlat && receivers.count == 1
            ? "\"exchange_name\": \"x\", \"queue_name\": \"q\", \"routing_key\": \"k\""
            : "\"bindings\": [\(bindings.joined(separator: ", "))]"
        // One receiver was a text before it became a list.
        let receiverList = generation == .v13 && receivers.count == 1 ? names : "[\(names)]"
        return """
            {
                \(routing),
                "server_address": "127.0.0.1",
                "server_port": \(port),
                "receiver_client_ids": \(receiverList),
                "tls": {
                    "certificate_path": "certs/ca.crt",
                    "client_cert_path": "certs/client.crt",
                    "client_key_path": "certs/client.key",
                    "protocol": "PROTOCOL_TLS_CLIENT",
                    "verify_mode": "CERT_REQUIRED",
                    "check_hostname": false
                }\(extra(generation))
            }
            """
    }

    private static func extra(_ generation: Generation) -> String {
        let logging = """
            ,
                "logging": {"level": "INFO", "rotation": "daily", "info_file_path": "logs/client_info.log"}
            """
        let sender = """
            ,
                "sender": {"num_messages": 10, "max_inflight": 50, "max_retries": 5, "ack_timeout_secs": 7,
                           "tcp_connect_timeout_secs": 3, "batch_size": 3, "batch_delay_ms": 1,
                           "message": {"content": "sample"}}
            """
        return switch generation {
        case .v10, .v13: ""
        case .v14, .v141: logging
        case .v15: logging + sender
        }
    }

    /// `CA-RC` has the queue `ca_rc_queue` and the key `ca_rc`.
    static func comparable(_ name: String) -> String {
        name.lowercased().replacingOccurrences(of: "-", with: "_")
    }

    static let aesKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

    /// The broker's `config.toml`.
    static func broker(_ generation: Generation) -> String {
        let tls = """
            [server]
            address = "127.0.0.1:5672"
            connection_type = "tls"

            [tls]
            cert_path = "certs/server.crt"
            key_path = "certs/server.key"
            ca_cert_path = "certs/ca.crt"

            """
        let logging = """
            [logging]
            level = "info"
            rotation = "daily"
            info_file_path = "logs/server_info.log"
            debug_file_path = "logs/server_debug.log"
            error_file_path = "logs/server_error.log"
            max_size_mb = 100

            [database]
            host = "localhost"
            port = 5432
            user = "mq"
            password = "mq"
            dbname = "ciphermq"

            """
        return switch generation {
        case .v10: "address = \"127.0.0.1:5672\"\nconnection_type = \"tcp\"\n"
        case .v13: tls + "[database]\ndbname = \"public_keys.db\"\n\n[encryption]\naes_key = \"\(aesKey)\"\n"
        case .v14: tls + logging + "[encryption]\naes_key = \"\(aesKey)\"\n"
        case .v141, .v15:
            tls + logging
                + "[encryption]\nalgorithm = \"x25519_chacha20_poly1305\"\naes_key = \"\(aesKey)\"\n"
        }
    }
}
