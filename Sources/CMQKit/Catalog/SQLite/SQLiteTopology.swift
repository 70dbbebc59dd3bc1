internal import GRDB

/// The readable copy of the topology.
struct SQLiteTopology {
    let database: Database

    func apply(_ events: [CatalogEvent]) throws {
        for event in events {
            switch event {
            case .exchangeDeclared(let name, let kind, let time):
                try declareExchange(name, kind: kind, time: time)
            case .exchangeDeleted(let name):
                try execute("DELETE FROM cmq_exchanges WHERE exchange_name = ?", [name])
                try execute("DELETE FROM cmq_bindings WHERE exchange_name = ?", [name])
            case .queueDeclared(let name, let time):
                try declareQueue(name, time: time)
            case .queueDeleted(let name):
                try execute("DELETE FROM cmq_queues WHERE queue_name = ?", [name])
                try execute("DELETE FROM cmq_bindings WHERE queue_name = ?", [name])
            case .bound(let queue, let exchange, let key, let time):
                try bind(queue: queue, exchange: exchange, key: key, time: time)
            case .unbound(let queue, let exchange, let key):
                try execute(
                    "DELETE FROM cmq_bindings WHERE exchange_name = ? AND routing_key = ? AND queue_name = ?",
                    [exchange, key, queue]
                )
            case .topologyReplaced(let topology):
                try replace(with: topology)
            case .sent, .delivered, .acknowledged, .deadLettered, .redriven, .removed:
                continue
            }
        }
    }

    func read() throws -> CatalogTopology {
        let exchanges = try Row.fetchAll(
            database,
            sql: "SELECT exchange_name, kind FROM cmq_exchanges ORDER BY exchange_name"
        )
        let queues = try String.fetchAll(database, sql: "SELECT queue_name FROM cmq_queues ORDER BY queue_name")
        let bindings = try Row.fetchAll(
            database,
            sql: """
                SELECT queue_name, exchange_name, routing_key FROM cmq_bindings
                ORDER BY exchange_name, routing_key, queue_name
                """
        )
        return CatalogTopology(
            exchanges: exchanges.map { CatalogTopology.Exchange(name: $0[0], kind: $0[1]) },
            queues: queues,
            bindings: bindings.map {
                CatalogTopology.Binding(queueName: $0[0], exchangeName: $0[1], routingKey: $0[2])
            }
        )
    }

    private func replace(with topology: CatalogTopology) throws {
        // What stays keeps the time it was declared at, which the new whole does not know.
        let names = topology.exchanges.map(\.name)
        for name in try String.fetchAll(database, sql: "SELECT exchange_name FROM cmq_exchanges")
        where !names.contains(name) {
            try execute("DELETE FROM cmq_exchanges WHERE exchange_name = ?", [name])
        }
        let queues = Set(topology.queues)
        for name in try String.fetchAll(database, sql: "SELECT queue_name FROM cmq_queues")
        where !queues.contains(name) {
            try execute("DELETE FROM cmq_queues WHERE queue_name = ?", [name])
        }
        try deleteBindings(except: topology.bindings)
        for exchange in topology.exchanges { try declareExchange(exchange.name, kind: exchange.kind, time: nil) }
        for queue in topology.queues { try declareQueue(queue, time: nil) }
        for binding in topology.bindings {
            try bind(queue: binding.queueName, exchange: binding.exchangeName, key: binding.routingKey, time: nil)
        }
    }

    private func deleteBindings(except kept: [CatalogTopology.Binding]) throws {
        for binding in try read().bindings where !kept.contains(binding) {
            try execute(
                "DELETE FROM cmq_bindings WHERE exchange_name = ? AND routing_key = ? AND queue_name = ?",
                [binding.exchangeName, binding.routingKey, binding.queueName]
            )
        }
    }

    private func declareExchange(_ name: String, kind: String, time: Int64?) throws {
        try execute(
            """
            INSERT INTO cmq_exchanges (exchange_name, kind, declared_time) VALUES (?, ?, ?)
            ON CONFLICT (exchange_name) DO UPDATE SET kind = excluded.kind
            """,
            [name, kind, StoredValues.text(time)]
        )
    }

    private func declareQueue(_ name: String, time: Int64?) throws {
        try execute(
            "INSERT INTO cmq_queues (queue_name, declared_time) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [name, StoredValues.text(time)]
        )
    }

    private func bind(queue: String, exchange: String, key: String, time: Int64?) throws {
        try execute(
            """
            INSERT INTO cmq_bindings (queue_name, exchange_name, routing_key, bound_time) VALUES (?, ?, ?, ?)
            ON CONFLICT DO NOTHING
            """,
            [queue, exchange, key, StoredValues.text(time)]
        )
    }

    private func execute(_ sql: String, _ arguments: StatementArguments) throws {
        try database.cachedStatement(sql: sql).execute(arguments: arguments)
    }
}
