/// Base64 between whole values; the buffers of ``Base64/encode(_:into:)`` serve the fast path.
extension Base64 {
    /// The text for `bytes`, which must not be secret.
    package static func encode(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: encodedCount(bytes.count)) { text in
            bytes.withUnsafeBytes { encode($0, into: UnsafeMutableRawBufferPointer(text)) }
        }
    }

    /// Appends the text for `bytes` to `output`.
    package static func append(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        let length = encodedCount(bytes.count)
        output.append(addingCapacity: length) { span in
            span.withUnsafeMutableBufferPointer { room, initialized in
                initialized += encode(
                    bytes,
                    into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(room)[initialized...])
                )
            }
        }
    }

    /// What `text` stands for; `nil` when it is not canonical base64.
    package static func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard let count = decodedCount(text) else { return nil }
        var isValid = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            isValid = decode(text, into: UnsafeMutableRawBufferPointer(buffer)) != nil
            initialized = isValid ? count : 0
        }
        return isValid ? bytes : nil
    }

    /// What `text` stands for; `nil` when it is not canonical base64.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var text = String(text)
        return text.withUTF8 { decode(UnsafeRawBufferPointer($0)) }
    }

    /// The text for a secret, itself in wiped memory.
    package static func encode(_ secret: SecretBytes) -> SecretBytes {
        SecretBytes(count: encodedCount(secret.count)) { text in
            _ = secret.withUnsafeBytes { encode($0, into: text) }
        }
    }

    /// Decodes straight into wiped memory; `nil` when `text` is not canonical base64.
    package static func decodeSecret(_ text: UnsafeRawBufferPointer) -> SecretBytes? {
        guard let count = decodedCount(text) else { return nil }
        var isValid = false
        let secret = SecretBytes(count: count) { isValid = decode(text, into: $0) != nil }
        return isValid ? secret : nil
    }
}
