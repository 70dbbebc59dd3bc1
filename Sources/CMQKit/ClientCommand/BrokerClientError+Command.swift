package import CMQClient
package import CMQCommand
package import CMQCrypto

extension CommandFailure {
    /// How a command ends when the connection or a command on it failed.
    package init(_ error: BrokerClientError) {
        let status: ExitStatus =
            switch error.code {
            case .configuration: .noInput
            case .unreachable: .unavailable
            case .brokerNotTrusted, .certificateRefused, .handshakeFailed, .refused: .noPermission
            case .timeout, .connectionLost, .keysUnavailable: .temporaryFailure
            case .closed: .software
            case .protocolViolation, .unknownCommand: .protocolError
            case .invalidArgument: .usage
            case .undecryptable: .dataError
            }
        self.init(status, error.message, hint: error.remedy)
    }

    /// How a command ends when a key cannot be used.
    package init(_ error: CryptoError) {
        let status: ExitStatus = error.fileError == nil ? .dataError : .noInput
        self.init(status, error.message, hint: error.hint)
    }
}

extension BrokerClientError {
    /// Whether another attempt cannot end differently: what the broker has refused by name.
    var isFinal: Bool {
        switch code {
        case .refused, .invalidArgument: true
        default: false
        }
    }

    /// Whether somebody has to mend something first. Once there was a connection, even that is waited for:
    /// certificates are renewed, and clocks are set right, while a client runs.
    var isMistake: Bool {
        switch code {
        case .configuration, .brokerNotTrusted, .certificateRefused: true
        default: isFinal
        }
    }
}
