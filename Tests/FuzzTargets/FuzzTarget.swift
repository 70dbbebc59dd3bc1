/// One way into the program for bytes that somebody else chose.
///
/// The raw value is the name of its folders below `FuzzTesting/Corpus` and `FuzzTesting/FailCases`.
public enum FuzzTarget: String, CaseIterable, Sendable {
    case lines
    case envelope
    case batch
    case answers
    case journal
    case records
    case checkpoint
    case keys
    case certificates
    case revocations
    case brokerConfiguration = "broker-configuration"
    case clientConfiguration = "client-configuration"
    case spool
    case received

    /// Hands `bytes` to the parser as a hostile peer or a damaged disk would, and checks what it makes of them.
    ///
    /// - Throws: ``FuzzFailure`` where the result is wrong. What the parser refuses is no failure.
    public func run(_ bytes: [UInt8]) throws {
        switch self {
        case .lines: try LinesTarget.run(bytes)
        case .envelope: try EnvelopeTarget.run(bytes)
        case .batch: try BatchTarget.run(bytes)
        case .answers: try AnswersTarget.run(bytes)
        case .journal: try JournalTarget.run(bytes)
        case .records: try RecordsTarget.run(bytes)
        case .checkpoint: try CheckpointTarget.run(bytes)
        case .keys: try KeysTarget.run(bytes)
        case .certificates: try CertificatesTarget.run(bytes)
        case .revocations: try RevocationsTarget.run(bytes)
        case .brokerConfiguration: try BrokerConfigurationTarget.run(bytes)
        case .clientConfiguration: try ClientConfigurationTarget.run(bytes)
        case .spool: try SpoolTarget.run(bytes)
        case .received: try ReceivedTarget.run(bytes)
        }
    }
}

/// A parser did something that it must not do.
public struct FuzzFailure: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

func require(_ condition: Bool, _ failure: @autoclosure () -> String) throws(FuzzFailure) {
    guard condition else { throw FuzzFailure(failure()) }
}
