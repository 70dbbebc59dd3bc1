package import CMQSecrets

/// The key under which the catalog keeps public keys.
package enum CatalogKey: Sendable {
    /// From the configuration: 32 bytes.
    case given(SecretBytes)
    /// The broker's own, in this file, which it makes when it is missing.
    case generated(path: String)

    /// The length of the key in bytes.
    package static let byteCount = 32

    /// The key itself; a generated one is read from its file.
    ///
    /// - Throws: ``FileError``, with ``FileError/isMissing`` when a generated key was not made yet.
    package func read() throws(FileError) -> SecretBytes {
        switch self {
        case .given(let key):
            return key
        case .generated(let path):
            let text = try SafeFile.readSecret(at: path, limit: Self.textBytesMax)
            do {
                return try Self.decode(text)
            } catch {
                throw FileError("use", path, reason: error.message)
            }
        }
    }

    /// Makes the file of a generated key, with mode 0600; does nothing for a given one.
    ///
    /// - Throws: ``FileError``, with ``FileError/isExisting`` when the file is there: a key that was
    ///   in use is never replaced.
    package func generate() throws(FileError) {
        guard case .generated(let path) = self else { return }
        let text = Base64.encode(RandomBytes.makeSecret(count: Self.byteCount))
        let result = text.withUnsafeBytes { bytes in
            Result { () throws(FileError) in try SafeFile.write(bytes, to: path, mode: 0o600) }
        }
        try result.get()
    }

    /// Room for the base64 text and blank space around it.
    static let textBytesMax = 256

    static func decode(_ text: SecretBytes) throws(SettingMistake) -> SecretBytes {
        let key = text.withUnsafeBytes { bytes in
            let blank = Set(" \t\r\n".utf8)
            let start = bytes.firstIndex { !blank.contains($0) } ?? bytes.endIndex
            let end = bytes.lastIndex { !blank.contains($0) }.map { $0 + 1 } ?? start
            return Base64.decodeSecret(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
        }
        let remedy = "make one with: openssl rand -base64 32"
        guard let key else {
            throw SettingMistake("is not base64", remedy: remedy)
        }
        guard key.count == byteCount else {
            throw SettingMistake("has \(key.count) bytes, \(byteCount) are needed", remedy: remedy)
        }
        return key
    }
}

extension CatalogKey: CustomStringConvertible {
    /// Says where the key is from, never what it is.
    package var description: String {
        switch self {
        case .given: "given"
        case .generated(let path): "generated(\(path))"
        }
    }
}
