internal import CMQCatalog
internal import CMQJournal

/// Why a broker cannot start.
package struct BrokerStartError: Error, CustomStringConvertible {
    package enum Part: Sendable {
        case certificates
        case journal
        case catalog
        case listen
    }

    package var part: Part
    package var description: String
    /// What to do about it, where that is known.
    package var remedy: String?

    init(_ part: Part, _ description: String, remedy: String? = nil) {
        self.part = part
        self.description = description
        self.remedy = remedy
    }

    static func naming<Value>(_ part: Part, _ body: () throws -> Value) throws(BrokerStartError) -> Value {
        do {
            return try body()
        } catch let error as BrokerStartError {
            throw error
        } catch let error as CatalogError {
            throw BrokerStartError(part, error.message, remedy: error.remedy)
        } catch let error as JournalError {
            throw BrokerStartError(part, error.description, remedy: error.remedy)
        } catch {
            throw BrokerStartError(part, "\(error)")
        }
    }
}
