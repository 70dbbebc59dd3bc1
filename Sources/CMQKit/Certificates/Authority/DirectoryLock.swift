internal import CMQSecrets
internal import Glibc

/// Keeps other processes from changing the same folder's ledger. It ends with ``release()`` or
/// with the process, and leaves no file behind.
struct DirectoryLock {
    private let descriptor: Int32

    init(_ path: String) throws(CertificateError) {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CertificateError(FileError("open the directory", path, errno: errno)) }
        while flock(descriptor, LOCK_EX) != 0 {
            let code = errno
            if code == EINTR { continue }
            close(descriptor)
            throw CertificateError(FileError("lock the directory", path, errno: code))
        }
    }

    func release() {
        close(descriptor)
    }
}
