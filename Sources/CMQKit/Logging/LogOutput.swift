internal import Glibc

/// Writing to descriptors of which some may be full, closed or gone.
enum LogOutput {
    /// How far a write came, and `errno` where it ended early.
    struct Outcome {
        var count: Int
        var errno: Int32?
    }

    static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Outcome {
        bytes.withUnsafeBytes { buffer in
            var count = 0
            while count < buffer.count {
                let written = Glibc.write(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
                if written < 0 {
                    if errno == EINTR { continue }
                    return Outcome(count: count, errno: errno)
                }
                count += written
            }
            return Outcome(count: count)
        }
    }

    /// Tells whoever looks at standard error that the log itself fails.
    static let complainOnStandardError: @Sendable (String) -> Void = { sentence in
        _ = write(Array("cmq: warning: \(sentence)\n".utf8)[...], to: STDERR_FILENO)
    }
}
