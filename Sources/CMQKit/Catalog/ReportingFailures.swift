internal import CMQPostgreSQL
internal import GRDB

/// Runs `body` and turns what an engine reports into a ``CatalogError`` that names the database.
///
/// - Parameters:
///   - operation: What is done with the catalog, as an infinitive: `read`.
///   - place: The file, or the server.
func reportingFailures<Result>(
    _ operation: String,
    _ place: some CustomStringConvertible,
    _ body: () throws -> Result
) throws(CatalogError) -> Result {
    do {
        return try body()
    } catch let error as CatalogError {
        throw error
    } catch let error as DatabaseError {
        throw CatalogError(error, operation, place.description)
    } catch let error as PostgreSQLError {
        throw CatalogError(error, operation, place.description)
    } catch {
        throw CatalogError(.io, "cannot \(operation) the catalog \(place): \(error)")
    }
}
