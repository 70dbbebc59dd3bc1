/// What the tests run on.
enum CatalogEngine: String, CaseIterable, Sendable {
    case sqlite
    case postgreSQL

    /// A catalog of its own, that nobody has opened yet.
    func fixture() async throws -> any CatalogFixture {
        switch self {
        case .sqlite: try SQLiteFixture()
        case .postgreSQL: try await PostgreSQLFixture()
        }
    }
}
