internal import CMQPostgreSQL

extension PostgreSQLSchema {
    /// The statements that lead from version n to n + 1, at place n.
    static let steps: [[SQL]] = [
        tables + messageColumns + [
            "ALTER TABLE public_keys ADD COLUMN IF NOT EXISTS algorithm TEXT"
        ] + indexes
    ]

    // Texts that identify something are compared byte by byte, which is quicker than by a language's rules
    // and the same on every server.
    private static let tables: [SQL] = [
        """
        CREATE TABLE IF NOT EXISTS message_metadata (
            message_id TEXT COLLATE "C" PRIMARY KEY, client_id TEXT, exchange_name TEXT, routing_key TEXT,
            sent_time TEXT, delivered_time TEXT, acknowledged_time TEXT)
        """,
        """
        CREATE TABLE IF NOT EXISTS public_keys (
            client_id TEXT COLLATE "C" PRIMARY KEY, public_key_ciphertext TEXT, nonce TEXT, tag TEXT)
        """,
        """
        CREATE TABLE IF NOT EXISTS cmq_copies (
            message_id TEXT COLLATE "C" NOT NULL, queue_name TEXT COLLATE "C" NOT NULL, dead_letter_queue TEXT,
            consumer_client_id TEXT, delivered_time TEXT, acknowledged_time TEXT, removed_time TEXT,
            state TEXT NOT NULL, reason TEXT, deliveries BIGINT NOT NULL,
            PRIMARY KEY (message_id, queue_name))
        """,
        """
        CREATE TABLE IF NOT EXISTS cmq_key_history (
            id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, client_id TEXT COLLATE "C" NOT NULL,
            fingerprint TEXT NOT NULL, registered_time TEXT NOT NULL, registered_by TEXT NOT NULL)
        """,
        """
        CREATE TABLE IF NOT EXISTS cmq_exchanges (
            exchange_name TEXT COLLATE "C" PRIMARY KEY, kind TEXT NOT NULL, declared_time TEXT)
        """,
        """
        CREATE TABLE IF NOT EXISTS cmq_queues (
            queue_name TEXT COLLATE "C" PRIMARY KEY, declared_time TEXT)
        """,
        """
        CREATE TABLE IF NOT EXISTS cmq_bindings (
            queue_name TEXT COLLATE "C" NOT NULL, exchange_name TEXT COLLATE "C" NOT NULL,
            routing_key TEXT COLLATE "C" NOT NULL, bound_time TEXT,
            PRIMARY KEY (exchange_name, routing_key, queue_name))
        """,
        """
        CREATE TABLE IF NOT EXISTS cmq_projection (
            id INTEGER PRIMARY KEY CHECK (id = 1), journal_id TEXT NOT NULL,
            position BIGINT NOT NULL, updated_time TEXT NOT NULL)
        """,
        """
        CREATE TABLE IF NOT EXISTS cmq_schema (
            version INTEGER NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT now())
        """,
    ]

    /// The first six, too, because the earliest versions did not have all of them.
    private static let messageColumns: [SQL] = [
        """
        ALTER TABLE message_metadata
            ADD COLUMN IF NOT EXISTS client_id TEXT, ADD COLUMN IF NOT EXISTS exchange_name TEXT,
            ADD COLUMN IF NOT EXISTS routing_key TEXT, ADD COLUMN IF NOT EXISTS sent_time TEXT,
            ADD COLUMN IF NOT EXISTS delivered_time TEXT, ADD COLUMN IF NOT EXISTS acknowledged_time TEXT,
            ADD COLUMN IF NOT EXISTS receiver_client_id TEXT, ADD COLUMN IF NOT EXISTS consumer_client_id TEXT,
            ADD COLUMN IF NOT EXISTS queue_name TEXT, ADD COLUMN IF NOT EXISTS dead_letter_queue TEXT,
            ADD COLUMN IF NOT EXISTS copies BIGINT, ADD COLUMN IF NOT EXISTS state TEXT,
            ADD COLUMN IF NOT EXISTS reason TEXT, ADD COLUMN IF NOT EXISTS deliveries BIGINT,
            ADD COLUMN IF NOT EXISTS size_bytes BIGINT, ADD COLUMN IF NOT EXISTS removed_time TEXT,
            ADD COLUMN IF NOT EXISTS sequence BIGINT, ADD COLUMN IF NOT EXISTS sent_at TIMESTAMPTZ,
            ADD COLUMN IF NOT EXISTS delivered_at TIMESTAMPTZ, ADD COLUMN IF NOT EXISTS acknowledged_at TIMESTAMPTZ,
            ADD COLUMN IF NOT EXISTS removed_at TIMESTAMPTZ
        """
    ]

    private static let indexes: [SQL] = [
        "CREATE INDEX IF NOT EXISTS cmq_message_sent ON message_metadata (sent_at)",
        """
        CREATE INDEX IF NOT EXISTS cmq_message_open ON message_metadata (sent_at)
            WHERE state IS DISTINCT FROM 'acknowledged'
        """,
        // What an earlier version wrote and nobody has adopted yet; empty most of the time.
        "CREATE INDEX IF NOT EXISTS cmq_message_foreign ON message_metadata (message_id) WHERE state IS NULL",
        "CREATE INDEX IF NOT EXISTS cmq_key_history_client ON cmq_key_history (client_id, id)",
    ]
}
