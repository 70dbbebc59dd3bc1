internal import CMQSecrets

extension ConfigurationLoader {
    /// A configuration file may hold secrets, but then it is one.
    mutating func warnOfReadableSecrets(in path: String, name: String) {
        guard let mode = try? SafeFile.permissions(at: path), mode & 0o044 != 0 else { return }
        for setting in Setting.all where setting.isSecret {
            guard let candidate = candidates[setting.name]?.first, !candidate.value.isEmptyText else { continue }
            if setting.name == "database.url", !Self.mayHoldPassword(candidate.value) { continue }
            problems.append(
                ConfigurationProblem(
                    .warning,
                    source: candidate.source,
                    key: setting.name,
                    message: "stands in a file that other users can read (mode \(String(mode, radix: 8)))",
                    remedy: "run: chmod 600 \(name)"
                )
            )
        }
    }

    /// Whether a URL has a password; one that cannot be read may.
    private static func mayHoldPassword(_ url: RawValue) -> Bool {
        guard case .text(let text) = url, let url = try? DatabaseURL(SecretBytes(copying: text.utf8)) else {
            return true
        }
        return url.keywords.contains("password")
    }

    /// Reads the files that hold secrets, where they count.
    mutating func readSecretFiles() {
        if let path = configuration.encryption.keyFile, prefersFile("encryption.aes_key_file", "encryption.aes_key"),
            let text = readSecretFile(path, for: "encryption.aes_key_file")
        {
            do throws(SettingMistake) {
                configuration.encryption.key = .given(try CatalogKey.decode(text))
            } catch {
                report(
                    SettingMistake("names \(path), which \(error.message)", remedy: error.remedy),
                    about: "encryption.aes_key_file",
                    from: source(of: "encryption.aes_key_file")
                )
            }
        }
        if let path = configuration.database.passwordFile, prefersFile("database.password_file", "database.password"),
            let text = readSecretFile(path, for: "database.password_file")
        {
            configuration.database.password = text.withUnsafeBytes { bytes in
                let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
                return SecretBytes(copying: UnsafeRawBufferPointer(rebasing: line))
            }
        }
    }

    /// Whether the file counts rather than the value; both from the same source are a mistake.
    private mutating func prefersFile(_ fileName: String, _ valueName: String) -> Bool {
        let (fileRank, valueRank) = (source(of: fileName).rank, source(of: valueName).rank)
        if fileRank == valueRank {
            problems.append(
                ConfigurationProblem(
                    source: source(of: fileName),
                    key: fileName,
                    message: "is set together with \(valueName)",
                    remedy: "keep one of them"
                )
            )
        }
        return fileRank > valueRank
    }

    private mutating func readSecretFile(_ path: String, for name: String) -> SecretBytes? {
        do {
            let text = try SafeFile.readSecret(at: path, limit: CatalogKey.textBytesMax)
            let mode = try SafeFile.permissions(at: path)
            if mode & 0o077 != 0 {
                problems.append(
                    ConfigurationProblem(
                        source: source(of: name),
                        key: name,
                        message: "names \(path), which other users can read (mode \(String(mode, radix: 8)))",
                        remedy: "run: chmod 600 \(path)"
                    )
                )
            }
            return text
        } catch {
            problems.append(
                ConfigurationProblem(
                    source: source(of: name),
                    key: name,
                    message: "names a file that cannot be used: \(error.description)",
                    remedy: "make the file, readable by the broker's user only"
                )
            )
            return nil
        }
    }
}
