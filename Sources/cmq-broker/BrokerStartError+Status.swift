import CMQCommand
import CMQConfiguration
import CMQServer

extension BrokerStartError {
    func commandFailure(_ configuration: BrokerConfiguration) -> CommandFailure {
        switch part {
        case .certificates:
            CommandFailure(
                .configuration,
                description,
                hint: "'cmq-certs server' makes certificates in certs/; [tls] names others"
            )
        case .journal: CommandFailure(.inputOutput, description, hint: remedy)
        case .catalog: CommandFailure(.unavailable, description, hint: remedy)
        case .listen:
            CommandFailure(
                .unavailable,
                description,
                hint: "another program may use the port; --port or [server] address choose another one"
            )
        }
    }
}
