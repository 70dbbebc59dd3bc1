internal import CLibPQ

/// The types that parameters have, by their fixed object identifiers (PostgreSQL's `pg_type.dat`).
enum PostgreSQLType: Oid, Sendable {
    case boolean = 16
    case integer = 20
    case text = 25
    case textArray = 1009
    case integerArray = 1016
    case time = 1184
    case timeArray = 1185

    var element: PostgreSQLType? {
        switch self {
        case .textArray: .text
        case .integerArray: .integer
        case .timeArray: .time
        case .boolean, .integer, .text, .time: nil
        }
    }

    /// `timestamptz` counts microseconds from 2000-01-01T00:00:00Z.
    static let epochMicroseconds: Int64 = 946_684_800_000_000
}
