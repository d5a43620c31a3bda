package io.engram.bench;

import java.io.IOException;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;

/** A database that stores numbered texts one by one, each durable before its answer. */
interface TextServer {
    String name();

    /** A client with a connection of its own, which stores the text of each number that it is called with. */
    Callers.Caller connect() throws Exception;

    /** Of all its processes, so far. */
    double processorSeconds() throws IOException;

    /** The text under an id; empty or an exception if there is none. */
    String content(String id) throws Exception;

    /** How many numbers have been drawn. */
    AtomicInteger numbers();

    static String id(int number) {
        return "note-" + number;
    }

    /** A node, in one of its spaces, through HTTP. */
    record OfNode(Node node, Texts texts, AtomicInteger numbers) implements TextServer {
        private static final String SPACE = "text-server";

        OfNode(Node node, Texts texts) {
            this(node, texts, new AtomicInteger());
        }

        @Override
        public String name() {
            return "Engram";
        }

        @Override
        public Callers.Caller connect() throws IOException {
            var connection = node.connect();
            return new Callers.Caller() {
                @Override
                public void call(int number) throws IOException {
                    Api.remember(connection, SPACE, id(number), texts.text(number));
                }

                @Override
                public void close() throws IOException {
                    connection.close();
                }
            };
        }

        @Override
        public double processorSeconds() throws IOException {
            return ProcessorTime.ofTree(node.jvm());
        }

        @Override
        public String content(String id) throws IOException {
            try (var connection = node.connect()) {
                return Api.content(connection, SPACE, id);
            }
        }
    }

    /** A PostgreSQL, in a table with a text index, through JDBC. */
    record OfPostgres(Postgres postgres, Texts texts, AtomicInteger numbers) implements TextServer {
        private static final String TABLE = """
            create table memory (
                id text primary key,
                content text not null,
                attributes jsonb not null,
                stored timestamptz not null default now())\
            """;
        private static final String INDEX = "create index on memory using gin (to_tsvector('english', content))";
        private static final String INSERT =
                "insert into memory (id, content, attributes) values (?, ?, cast(? as jsonb))";

        OfPostgres(Postgres postgres, Texts texts) throws SQLException {
            this(postgres, texts, new AtomicInteger());
            try (var connection = postgres.connect();
                    var statement = connection.createStatement()) {
                statement.execute(TABLE);
                statement.execute(INDEX);
            }
        }

        @Override
        public String name() {
            return "PostgreSQL";
        }

        @Override
        public Callers.Caller connect() throws SQLException {
            var connection = postgres.connect();
            var insert = connection.prepareStatement(INSERT);
            return new Callers.Caller() {
                @Override
                public void call(int number) throws SQLException, IOException {
                    insert.setString(1, id(number));
                    insert.setString(2, texts.text(number));
                    insert.setString(3, "{\"confidence\":0.9}");
                    if (insert.executeUpdate() != 1) {
                        throw new IOException(id(number) + " was not inserted");
                    }
                }

                @Override
                public void close() throws SQLException {
                    insert.close();
                    connection.close();
                }
            };
        }

        @Override
        public double processorSeconds() throws IOException {
            return ProcessorTime.ofTree(postgres.server());
        }

        @Override
        public String content(String id) throws SQLException {
            try (var connection = postgres.connect();
                    var select = connection.prepareStatement("select content from memory where id = ?")) {
                select.setString(1, id);
                try (var result = select.executeQuery()) {
                    return result.next() ? result.getString(1) : "";
                }
            }
        }
    }
}
