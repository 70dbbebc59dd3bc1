internal import GRDB
internal import GRDBSQLite

/// A statement of the hot path, bound and run through SQLite's own functions: GRDB boxes and copies each value,
/// which took longer than SQLite's own work. Values are bound in the order of the parameters.
final class DirectStatement {
    /// Room for the texts of one row; longer ones are copied by SQLite.
    private static let textBytesMax = 4_096

    private let database: Database
    // Kept for as long as its handle is used.
    private let statement: Statement
    private let handle: OpaquePointer
    private let connection: OpaquePointer?
    private let texts = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: textBytesMax)
    private var textBytes = 0
    private var parameter: Int32 = 0
    // The first failure to bind a value, which would leave NULL in its place.
    private var bindingCode = SQLITE_OK

    init(_ database: Database, sql: String) throws {
        self.database = database
        statement = try database.cachedStatement(sql: sql)
        handle = statement.sqliteStatement
        connection = database.sqliteConnection
    }

    deinit {
        sqlite3_clear_bindings(handle)
        texts.deallocate()
    }

    func bind(_ text: String?) {
        guard var text else { return bindNull() }
        text.withUTF8 { bytes in
            guard bytes.count <= texts.count - textBytes else { return bindCopy(of: bytes) }
            _ = UnsafeMutableBufferPointer(rebasing: texts[textBytes...]).update(fromContentsOf: bytes)
            bindWritten(bytes.count)
        }
    }

    /// Binds the text of a time in microseconds since 1970.
    func bind(time: Int64?) {
        guard let time else { return bindNull() }
        let moment = CatalogTime(microseconds: time)
        guard texts.count - textBytes >= CatalogTime.textBytes else { return bind(moment.description) }
        bindWritten(moment.write(to: UnsafeMutableBufferPointer(rebasing: texts[textBytes...])))
    }

    func bind(_ integer: Int64?) {
        guard let integer else { return bindNull() }
        note(sqlite3_bind_int64(handle, nextParameter(), integer))
    }

    /// Runs the statement, which returns no rows, with the values that were bound since it ran last.
    ///
    /// - Returns: How many rows it changed.
    func execute() throws -> Int {
        defer {
            sqlite3_reset(handle)
            parameter = 0
            textBytes = 0
            bindingCode = SQLITE_OK
        }
        let code = bindingCode == SQLITE_OK ? sqlite3_step(handle) : bindingCode
        guard code == SQLITE_DONE else {
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
        }
        return Int(sqlite3_changes(connection))
    }

    private func bindNull() {
        note(sqlite3_bind_null(handle, nextParameter()))
    }

    /// Binds the `count` bytes that were written behind the texts bound before. They stay until the statement ran.
    private func bindWritten(_ count: Int) {
        texts.withMemoryRebound(to: CChar.self) { texts in
            let start = texts.baseAddress.map { $0 + textBytes }
            note(sqlite3_bind_text(handle, nextParameter(), start, Int32(count), nil))
        }
        textBytes += count
    }

    private func bindCopy(of bytes: UnsafeBufferPointer<UInt8>) {
        // What the macro SQLITE_TRANSIENT stands for, which Swift does not see.
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        bytes.withMemoryRebound(to: CChar.self) { bytes in
            note(sqlite3_bind_text(handle, nextParameter(), bytes.baseAddress, Int32(bytes.count), transient))
        }
    }

    private func nextParameter() -> Int32 {
        parameter += 1
        return parameter
    }

    private func note(_ code: Int32) {
        if bindingCode == SQLITE_OK { bindingCode = code }
    }
}
