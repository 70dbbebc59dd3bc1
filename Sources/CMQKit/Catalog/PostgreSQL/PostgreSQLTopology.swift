internal import CMQPostgreSQL

/// The readable copy of the topology.
struct PostgreSQLTopology {
    let connection: PostgreSQLConnection

    func apply(_ events: [CatalogEvent]) throws(PostgreSQLError) {
        var statements: [(SQL, [PostgreSQLValue])] = []
        for event in events { statements += Self.statements(for: event) }
        guard !statements.isEmpty else { return }
        _ = try connection.pipeline(statements)
    }

    func read() throws(PostgreSQLError) -> CatalogTopology {
        let exchanges = try connection.execute("SELECT exchange_name, kind FROM cmq_exchanges ORDER BY exchange_name")
        let queues = try connection.execute("SELECT queue_name FROM cmq_queues ORDER BY queue_name")
        let bindings = try connection.execute(
            """
            SELECT queue_name, exchange_name, routing_key FROM cmq_bindings
            ORDER BY exchange_name, routing_key, queue_name
            """
        )
        return CatalogTopology(
            exchanges: exchanges.rows.map {
                CatalogTopology.Exchange(name: $0.text(0) ?? "", kind: $0.text(1) ?? "")
            },
            queues: queues.rows.map { $0.text(0) ?? "" },
            bindings: bindings.rows.map {
                CatalogTopology.Binding(
                    queueName: $0.text(0) ?? "",
                    exchangeName: $0.text(1) ?? "",
                    routingKey: $0.text(2) ?? ""
                )
            }
        )
    }

    private static func statements(for event: CatalogEvent) -> [(SQL, [PostgreSQLValue])] {
        switch event {
        case .exchangeDeclared(let name, let kind, let time):
            [(declareExchange, [.text(name), .text(kind), .text(StoredValues.text(time))])]
        case .exchangeDeleted(let name):
            [
                ("DELETE FROM cmq_exchanges WHERE exchange_name = $1", [.text(name)]),
                ("DELETE FROM cmq_bindings WHERE exchange_name = $1", [.text(name)]),
            ]
        case .queueDeclared(let name, let time):
            [(declareQueue, [.text(name), .text(StoredValues.text(time))])]
        case .queueDeleted(let name):
            [
                ("DELETE FROM cmq_queues WHERE queue_name = $1", [.text(name)]),
                ("DELETE FROM cmq_bindings WHERE queue_name = $1", [.text(name)]),
            ]
        case .bound(let queue, let exchange, let key, let time):
            [(bind, [.text(queue), .text(exchange), .text(key), .text(StoredValues.text(time))])]
        case .unbound(let queue, let exchange, let key):
            [
                (
                    "DELETE FROM cmq_bindings WHERE exchange_name = $2 AND routing_key = $3 AND queue_name = $1",
                    [.text(queue), .text(exchange), .text(key)]
                )
            ]
        case .topologyReplaced(let topology): replacement(topology)
        case .sent, .delivered, .acknowledged, .deadLettered, .redriven, .removed: []
        }
    }

    private static let declareExchange: SQL = """
        INSERT INTO cmq_exchanges (exchange_name, kind, declared_time) VALUES ($1, $2, $3)
        ON CONFLICT (exchange_name) DO UPDATE SET kind = excluded.kind
        """

    private static let declareQueue: SQL =
        "INSERT INTO cmq_queues (queue_name, declared_time) VALUES ($1, $2) ON CONFLICT DO NOTHING"

    private static let bind: SQL = """
        INSERT INTO cmq_bindings (queue_name, exchange_name, routing_key, bound_time) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING
        """

    /// What stays keeps the time it was declared at, which the new whole does not know.
    private static func replacement(_ topology: CatalogTopology) -> [(SQL, [PostgreSQLValue])] {
        let bindings = topology.bindings
        let columns: [PostgreSQLValue] = [
            .array(.texts(bindings.map(\.queueName))), .array(.texts(bindings.map(\.exchangeName))),
            .array(.texts(bindings.map(\.routingKey))),
        ]
        return [
            (
                "DELETE FROM cmq_exchanges WHERE exchange_name <> ALL ($1)",
                [.array(.texts(topology.exchanges.map(\.name)))]
            ),
            ("DELETE FROM cmq_queues WHERE queue_name <> ALL ($1)", [.array(.texts(topology.queues))]),
            (
                """
                DELETE FROM cmq_bindings WHERE (queue_name, exchange_name, routing_key)
                    NOT IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))
                """, columns
            ),
        ] + topology.exchanges.map { (declareExchange, [.text($0.name), .text($0.kind), .text(nil)]) }
            + topology.queues.map { (declareQueue, [.text($0), .text(nil)]) }
            + bindings.map {
                (bind, [.text($0.queueName), .text($0.exchangeName), .text($0.routingKey), .text(nil)])
            }
    }
}
