internal import CMQSecrets
internal import Glibc

/// Reading certificates and lists, which are small files but may be pipes.
enum InputFile {
    static func read(_ path: String, limit: Int) throws(CertificateError) -> SecretBytes {
        var information = stat()
        guard stat(path, &information) == 0 else { throw CertificateError(FileError("read", path, errno: errno)) }
        let isFile = information.st_mode & S_IFMT == S_IFREG
        guard information.st_size <= limit else {
            throw CertificateError(FileError("read", path, reason: "it is longer than \(limit) bytes"))
        }
        // Reading allocates for the limit, so it should not be far above the size.
        let expected = isFile ? Int(information.st_size) : limit
        return try CertificateError.wrapping { () throws(FileError) in
            try SafeFile.readSecret(at: path, limit: expected)
        }
    }
}
