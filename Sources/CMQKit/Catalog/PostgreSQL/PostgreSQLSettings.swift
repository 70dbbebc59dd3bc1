internal import CMQPostgreSQL

/// What a connection is told before it is used.
enum PostgreSQLSettings {
    /// For the broker and for programs that read.
    static func apply(to connection: PostgreSQLConnection, statementTimeout: Duration = .seconds(60)) throws {
        // Limits of the server's own, should the client vanish in the middle of something. What was committed has
        // to stay, whatever the server's default: the journal gives up what the catalog has.
        _ = try connection.execute(
            """
            SELECT set_config('statement_timeout', $1 || 's', false), set_config('lock_timeout', '10s', false),
                set_config('idle_in_transaction_session_timeout', '60s', false),
                set_config('TimeZone', 'UTC', false),
                set_config('tcp_keepalives_idle', '20', false), set_config('tcp_keepalives_interval', '5', false),
                set_config('tcp_keepalives_count', '4', false), set_config('tcp_user_timeout', '30000', false),
                CASE WHEN current_setting('server_version_num')::integer >= 140000
                    THEN set_config('client_connection_check_interval', '5s', false) END,
                CASE WHEN current_setting('server_version_num')::integer >= 140000
                    THEN set_config('idle_session_timeout', '0', false) END,
                CASE WHEN current_setting('synchronous_commit') = 'off'
                    THEN set_config('synchronous_commit', 'on', false) END
            """,
            [.text("\(statementTimeout.components.seconds)")]
        )
    }

    /// For the projection: its statements join short lists with large tables, always through the primary key.
    /// The planner cannot know how short the lists are.
    static func preferIndexes(_ connection: PostgreSQLConnection) throws {
        _ = try connection.execute(
            """
            SELECT set_config('enable_seqscan', 'off', false), set_config('enable_hashjoin', 'off', false),
                set_config('enable_mergejoin', 'off', false), set_config('jit', 'off', false)
            """
        )
    }
}
