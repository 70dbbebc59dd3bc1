internal import COpenSSL

/// What people compare instead of a whole public key.
package enum KeyFingerprint {
    /// The SHA-256 digest of `bytes` as lower-case hexadecimal digits, sixteen groups of four.
    package static func text(of bytes: [UInt8]) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        // Only memory can be missing, and then nothing else works either.
        precondition(EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil) == 1)
        var text = ""
        for (index, byte) in digest.enumerated() {
            if index > 0, index % 2 == 0 { text.append(" ") }
            if byte < 16 { text.append("0") }
            text.append(String(byte, radix: 16))
        }
        return text
    }
}
