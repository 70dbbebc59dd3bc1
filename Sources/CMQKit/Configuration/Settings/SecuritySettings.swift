/// `[security]`: who may do what.
package struct SecuritySettings: Sendable {
    package var admins: [String] = []
    package var enforceReceiver = true
    package var allowPlainTCPBeyondLoopback = false

    static let schema: [Setting] = [
        .list(
            .security,
            "admins",
            \.security.admins,
            "Identities (common names of certificates) that may ask for `stats` and administer queues."
        ),
        .flag(
            .security,
            "enforce_receiver",
            \.security.enforceReceiver,
            "A message that names a `receiver_client_id` is handed to that identity only."
        ),
        .flag(
            .security,
            "allow_plain_tcp_beyond_loopback",
            \.security.allowPlainTCPBeyondLoopback,
            "Lets `connection_type = \"tcp\"` listen where other machines reach it: anybody there can then publish, "
                + "consume and read who writes to whom."
        ),
    ]
}
