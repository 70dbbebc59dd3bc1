/// A parameter of a statement, in PostgreSQL's binary format.
package struct PostgreSQLValue: Sendable {
    let type: PostgreSQLType
    /// `nil` is NULL.
    let bytes: [UInt8]?

    private init(_ type: PostgreSQLType, _ bytes: [UInt8]?) {
        self.type = type
        self.bytes = bytes
    }

    /// A text; the character U+0000, which PostgreSQL cannot store, becomes U+FFFD.
    package static func text(_ value: String?) -> PostgreSQLValue {
        PostgreSQLValue(.text, value.map { BinaryFormat.storable($0) })
    }

    package static func integer(_ value: Int64?) -> PostgreSQLValue {
        PostgreSQLValue(.integer, value.map { BinaryFormat.bytes($0) })
    }

    /// A `timestamptz` from microseconds since 1970.
    package static func time(_ microseconds: Int64?) -> PostgreSQLValue {
        PostgreSQLValue(.time, microseconds.map { BinaryFormat.bytes(BinaryFormat.timestamp($0)) })
    }

    package static func boolean(_ value: Bool) -> PostgreSQLValue {
        PostgreSQLValue(.boolean, [value ? 1 : 0])
    }

    package static func array(_ array: consuming PostgreSQLArray) -> PostgreSQLValue {
        PostgreSQLValue(array.type, array.finished())
    }
}
