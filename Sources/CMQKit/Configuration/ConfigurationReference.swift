/// The reference of all settings, `docs/configuration.md`, made from the settings' own descriptions.
package enum ConfigurationReference {
    package static var markdown: String {
        ([introduction] + ConfigurationSection.allCases.map(section) + [relations]).joined(separator: "\n")
    }

    private static let introduction = """
        # Configuration of the broker

        This page is generated from the broker's own descriptions of its settings. To change it, change them under
        `Sources/CMQKit/Configuration/Settings` and run
        `CMQ_WRITE_DOCS=1 swift test --filter CMQConfigurationTests`.

        `cmq-broker --config FILE` reads a TOML file. Without the flag, `config.toml` in the working directory is
        read if it exists; without a file the broker runs with the defaults below, each of which is safe.
        `cmq-broker --check-config` names every mistake with its line, its key and a remedy. Unknown keys and
        sections are mistakes.

        ```toml
        [server]
        address = "0.0.0.0:5672"

        [logging]
        info_file_path = "logs/info.log"
        error_file_path = "logs/error.log"

        [security]
        admins = ["DC-HQ"]
        ```

        ## Where a value comes from

        A flag of the command line wins over an environment variable, that over the file, and that over the default.
        Every setting has a variable, `CMQ_<SECTION>_<KEY>`: `CMQ_SERVER_ADDRESS`, `CMQ_LIMITS_LINE_BYTES`. A list
        is separated by commas there. An empty variable counts as absent. `CMQ_AES_KEY` is a second name of
        `CMQ_ENCRYPTION_AES_KEY`.

        The files of CipherMQ 1.0 to 1.5 are read as they are, including the keys that the first versions wrote
        without a section. An empty text means the same as no value, as it did there.

        ## Forms of values

        - A **size** is a number of bytes, or a text with a unit: `"64 KiB"`, `"16 MiB"`, `"1 GB"`. `KiB`, `MiB`,
          `GiB` and `TiB` are powers of 1,024; `KB`, `MB`, `GB` and `TB` of 1,000.
        - A **duration** is a number of seconds, or a text with a unit: `"500ms"`, `"60s"`, `"15m"`, `"24h"`, `"90d"`.
        - A relative **path** to something that the broker only reads (certificates, keys, lists, secrets) is looked
          for beside the configuration file first and otherwise in the working directory, where earlier versions
          looked. What the broker makes (data, journal, logs) always lies beside the configuration file, so that it
          does not matter where the broker was started. An SQLite file named by `dbname` is used where it is found
          by either rule, and made beside the configuration file. Without a file everything begins in the working
          directory.
        - A **secret** is never printed. A file with a secret that other users can read is a mistake, or where the
          secret stands in the configuration file itself, a warning.

        ## Without TLS

        `connection_type = "tcp"` is for the clients of 1.0 on the same machine. There are no certificates, so every
        client has the identity `\(BrokerConfiguration.anonymousIdentity)`: they share one public key, one limit of
        connections and each other's messages. That identity cannot be an admin.

        """

    private static func section(_ section: ConfigurationSection) -> String {
        var text = "## [\(section.rawValue)]\n\n\(section.meaning)\n\n"
        text += "| key | value | default | since |\n| --- | --- | --- | --- |\n"
        for setting in section.settings {
            text += "| `\(setting.key)` | \(setting.form.name) | \(setting.defaultText) | \(setting.since.name) |\n"
        }
        text += "\n"
        for setting in section.settings {
            text += "- **`\(setting.key)`** \(setting.meaning)\n"
        }
        return text
    }

    private static var relations: String {
        var text = """
            ## Relations between limits

            Where only one side of a relation is set, the other side's default follows it.


            """
        for relation in LimitRelation.all {
            let follower = relation.followerName
            let bound = relation.follower == .lesser ? "is at most" : "is at least"
            let extra = follower == "limits.message_bytes" && relation.leaderName == "limits.line_bytes"
            let leader =
                extra
                ? "`limits.line_bytes` less twice `limits.name_bytes` and \(LimitSettings.commandBytes)"
                : "`\(relation.leaderName)`"
            text += "- `\(follower)` \(bound) \(leader): \(relation.reason).\n"
        }
        return text
    }
}
