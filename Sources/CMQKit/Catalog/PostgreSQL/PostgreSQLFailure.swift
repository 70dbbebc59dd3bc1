internal import CMQPostgreSQL

extension CatalogError {
    init(_ error: PostgreSQLError, _ operation: String, _ place: String) {
        self.init(.io, "cannot \(operation) the catalog \(place): \(error)")
        switch error.kind {
        case .parameters:
            code = .refused
            remedy = "write [database] url as postgresql://user@host:5432/database"
        case .protection:
            code = .refused
            remedy = "check [database] sslmode and sslrootcert, and the server's certificate"
        case .timeout, .interrupted: code = .unavailable
        case .connection where error.sqlState == nil:
            code = .unavailable
            remedy = "check that the server runs and that [database] names it"
        case .connection, .server: classify(error.sqlState ?? "")
        }
    }

    // The codes are those of the PostgreSQL documentation, appendix A.
    private mutating func classify(_ sqlState: String) {
        switch sqlState {
        case "28P01", "28000":
            code = .refused
            remedy = "check [database] user and password, and the server's pg_hba.conf"
        case "3D000":
            code = .refused
            remedy = "make the database with createdb, or name another one in [database] dbname"
        case "42501":
            code = .refused
            remedy = "run 'cmq-admin db migrate' as the owner of the tables, and what 'cmq-admin db grants' prints"
        case "53300":
            code = .unavailable
            remedy = "the server has no connection left; raise its max_connections"
        case "53100":
            code = .unavailable
            remedy = "free space on the database server's disk"
        case "25006":
            code = .unavailable
            remedy =
                "name the primary, or several hosts with target_session_attrs=read-write, and a role that may write"
        case "42P01", "42703":
            code = .corrupt
            remedy = "'cmq-admin db check' says what is missing"
        case "57P04": code = .refused
        default:
            // Connection, transaction, resource, operator and lock troubles: all of them pass.
            if ["08", "25", "40", "53", "55", "57", "58"].contains(sqlState.prefix(2)) { code = .unavailable }
            if sqlState.hasPrefix("23") { code = .constraint }
            if sqlState.hasPrefix("XX") { code = .corrupt }
        }
    }
}
