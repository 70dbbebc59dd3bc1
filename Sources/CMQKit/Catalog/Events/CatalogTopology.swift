/// Exchanges, queues and bindings, for reading: the broker's own truth is its journal.
package struct CatalogTopology: Sendable, Equatable, Codable {
    package struct Exchange: Sendable, Equatable, Codable {
        package var name: String
        /// `direct`, `fanout` or `topic`.
        package var kind: String

        package init(name: String, kind: String) {
            self.name = name
            self.kind = kind
        }
    }

    package struct Binding: Sendable, Equatable, Codable {
        package var queueName: String
        package var exchangeName: String
        package var routingKey: String

        package init(queueName: String, exchangeName: String, routingKey: String) {
            self.queueName = queueName
            self.exchangeName = exchangeName
            self.routingKey = routingKey
        }

        private enum CodingKeys: String, CodingKey {
            case queueName = "queue_name"
            case exchangeName = "exchange_name"
            case routingKey = "routing_key"
        }
    }

    package var exchanges: [Exchange]
    package var queues: [String]
    package var bindings: [Binding]

    package init(exchanges: [Exchange] = [], queues: [String] = [], bindings: [Binding] = []) {
        self.exchanges = exchanges
        self.queues = queues
        self.bindings = bindings
    }
}
