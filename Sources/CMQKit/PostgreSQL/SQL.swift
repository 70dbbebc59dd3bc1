/// The text of a statement. It is made of literals and of other such texts only: a value cannot get into it,
/// because there is no interpolation of strings. Values travel as ``PostgreSQLValue``.
package struct SQL: Sendable, Hashable, ExpressibleByStringInterpolation {
    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity)
        }

        package mutating func appendLiteral(_ literal: String) {
            text += literal
        }

        package mutating func appendInterpolation(_ part: SQL) {
            text += part.text
        }

        package mutating func appendInterpolation(_ number: Int) {
            text += String(number)
        }
    }

    package let text: String

    package init(stringLiteral value: String) {
        text = value
    }

    package init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
    }

    /// The parts with `separator` between them.
    package static func joined(_ parts: [SQL], by separator: SQL) -> SQL {
        SQL(stringLiteral: parts.map(\.text).joined(separator: separator.text))
    }
}
