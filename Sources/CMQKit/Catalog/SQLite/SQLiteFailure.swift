internal import GRDB

extension CatalogError {
    /// Only SQLite's own words: the statement and its values stay out of it.
    init(_ error: DatabaseError, _ operation: String, _ place: String) {
        let reason = error.message ?? "\(error.resultCode)"
        let number = error.extendedResultCode.rawValue
        self.init(
            .io,
            "cannot \(operation) the catalog \(place): \(reason) (SQLite \(number))"
        )
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            code = .unavailable
            remedy = "another process holds the database locked; try again"
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_AUTH:
            code = .unavailable
            remedy = "check that the file and its directory exist and that this user may use them"
        case .SQLITE_MISUSE:
            code = .unavailable
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            code = .corrupt
            remedy = "restore the file from a backup, or move it away: the broker then starts a new one"
        case .SQLITE_CONSTRAINT:
            code = .constraint
        case .SQLITE_FULL:
            remedy = "free space on the disk"
        default:
            break
        }
    }
}
