import CMQCatalog

/// SQL for people to run, which is the only SQL with names pasted into it: they are quoted.
struct GrantScript {
    var broker: String
    var auditor: String
    var schema: String

    var lines: [String] {
        let names = [broker, auditor].map(Self.quoted)
        let place = Self.quoted(schema)
        func tables(_ list: [String]) -> String {
            list.map { "\(place).\(Self.quoted($0))" }.joined(separator: ", ")
        }
        let rows = DatabaseRights.writtenTables
        return [
            "-- Rights of a cmq broker (\(Self.comment(broker))) and of an auditor (\(Self.comment(auditor))).",
            "-- Run it after 'cmq-admin db migrate', as a superuser or as an owner of the tables who may create roles.",
            "\\set ON_ERROR_STOP on",
            "BEGIN;",
            Self.makeRole(broker),
            Self.makeRole(auditor),
            "GRANT USAGE ON SCHEMA \(place) TO \(names[0]), \(names[1]);",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON \(tables(rows)) TO \(names[0]);",
            "GRANT SELECT ON \(tables(DatabaseRights.readTables)) TO \(names[0]);",
            "GRANT SELECT ON \(tables(rows + DatabaseRights.readTables)) TO \(names[1]);",
            "-- What an auditor is to see only encrypted stays encrypted: the keys' aes_key is the broker's.",
            "ALTER ROLE \(names[1]) SET default_transaction_read_only = on;",
        ] + searchPaths + ["COMMIT;"]
    }

    /// Where the tables are not in `public`, the roles have to look for them in their schema.
    private var searchPaths: [String] {
        guard schema != "public" else { return [] }
        return [broker, auditor].map { role in
            "SELECT format('ALTER ROLE %I IN DATABASE %I SET search_path = %I', \(Self.literal(role)), "
                + "current_database(), \(Self.literal(schema))) \\gexec"
        }
    }

    private static func makeRole(_ name: String) -> String {
        let text = literal(name)
        return "SELECT format('CREATE ROLE %I LOGIN', \(text))"
            + " WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = \(text)) \\gexec"
    }

    private static func quoted(_ name: String) -> String {
        "\"\(name.replacing("\"", with: "\"\""))\""
    }

    private static func literal(_ text: String) -> String {
        // The form that means the same whatever the server's standard_conforming_strings is.
        "E'\(text.replacing("\\", with: "\\\\").replacing("'", with: "''"))'"
    }

    private static func comment(_ text: String) -> String {
        text.replacing("\n", with: " ")
    }
}
