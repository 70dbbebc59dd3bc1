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

    init(_ part: Part, _ description: String) {
        self.part = part
        self.description = description
    }

    static func naming<Value>(_ part: Part, _ body: () throws -> Value) throws(BrokerStartError) -> Value {
        do {
            return try body()
        } catch let error as BrokerStartError {
            throw error
        } catch {
            throw BrokerStartError(part, "\(error)")
        }
    }
}
