internal import CMQSecrets
internal import COpenSSL

/// OpenSSL's in-memory stream, for its PEM and DER readers and writers.
final class MemoryBIO {
    let pointer: OpaquePointer

    /// An empty stream to write to. It is wiped when it goes, because keys pass through it too.
    init() throws(CertificateError) {
        guard let bio = BIO_new(BIO_s_secmem()) else { throw OpenSSLErrors.failure("allocate a buffer") }
        pointer = bio
    }

    /// Gives `body` a stream that reads from `bytes` without copying them.
    static func reading<Value>(
        _ bytes: UnsafeRawBufferPointer,
        _ body: (OpaquePointer) throws(CertificateError) -> Value
    ) throws(CertificateError) -> Value {
        guard bytes.count <= Int32.max, let bio = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else {
            throw CertificateError(.malformed, "the file is empty or too long")
        }
        defer { BIO_free(bio) }
        return try body(bio)
    }

    deinit {
        BIO_free(pointer)
    }

    private func withWritten<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        var start: UnsafeMutablePointer<CChar>?
        let count = cmq_BIO_get_mem_data(pointer, &start)
        return body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    }

    var text: String {
        withWritten { String(decoding: $0, as: UTF8.self) }
    }

    var secret: SecretBytes {
        withWritten { SecretBytes(copying: $0) }
    }
}
