/// What a role needs, for a script of grants.
package enum DatabaseRights {
    /// The tables that a broker writes.
    package static var writtenTables: [String] { PostgreSQLSchema.tableNames.filter { !readTables.contains($0) } }

    /// The tables that only a migration writes.
    package static let readTables = ["cmq_schema"]
}
