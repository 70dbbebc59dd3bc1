import ArgumentParser

struct DatabaseVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db",
        abstract: "Look after a catalog in PostgreSQL: migrate, check, grant, import.",
        discussion: """
            The database is the one in the broker's configuration, or the one that --catalog names. A broker \
            migrates it by itself where its role may; 'migrate' is for databases whose tables belong to another role.

            EXAMPLES
              cmq-admin db status --config /etc/cmq/config.toml
              cmq-admin db migrate --catalog postgresql://owner@db.example/cmq
              cmq-admin db grants --broker cmq_broker --auditor cmq_auditor | psql cmq
              cmq-admin db import-sqlite cmq-data/catalog.db --config config.toml
            """,
        subcommands: [
            DatabaseStatusVerb.self, DatabaseMigrateVerb.self, DatabaseCheckVerb.self, DatabaseGrantsVerb.self,
            DatabaseImportVerb.self,
        ]
    )
}
