// MariaDB Connector/J: java -cp mariadb-java-client.jar Conversation.java

import java.io.FileInputStream;
import java.io.PrintStream;
import java.security.MessageDigest;
import java.sql.*;
import java.util.*;

public class Conversation {
    interface Work { Object run() throws Exception; }

    static final PrintStream out = new PrintStream(System.out, true, java.nio.charset.StandardCharsets.UTF_8);

    static String given(String name) { return System.getenv("DRIVER_" + name); }

    static String json(Object value) throws Exception {
        if (value == null || value instanceof Number || value instanceof Boolean) return String.valueOf(value);
        if (value instanceof Object[]) value = Arrays.asList((Object[]) value);
        if (value instanceof Collection) {
            StringJoiner parts = new StringJoiner(",", "[", "]");
            for (Object part : (Collection<?>) value) parts.add(json(part));
            return parts.toString();
        }
        if (value instanceof byte[]) {
            StringBuilder hex = new StringBuilder("0x");
            for (byte b : (byte[]) value) hex.append(String.format("%02x", b));
            value = hex.toString();
        }
        String text = value.toString();
        if (text.length() > 300)
            text = text.length() + " " + new java.math.BigInteger(1, MessageDigest.getInstance("SHA-256").digest(text.getBytes("UTF-8")));
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray())
            quoted.append(c < 32 || c > 126 || c == '"' || c == '\\' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
        return quoted.append('"').toString();
    }

    static void step(String name, Work work) throws Exception {
        String value;
        try {
            value = json(work.run());
        } catch (SQLException error) {
            // its message names the connection and the port
            String text = String.valueOf(error.getMessage()).replaceAll("\\((conn|port)=-?\\d+\\)", "");
            value = "{\"error\":" + error.getErrorCode() + ",\"state\":" + json(error.getSQLState()) + ",\"class\":"
                + json(error.getClass().getName()) + ",\"message\":" + json(text) + "}";
        }
        out.println("[" + json(name) + "," + value + "]");
    }

    static Connection connect(String more) throws SQLException {
        return connect(given("PASSWORD"), given("DATABASE"), more);
    }

    static Connection connect(String password, String database, String more) throws SQLException {
        String tls = "1".equals(given("TLS")) ? "&useSsl=true&serverSslCert=" + given("CA") + "&disableSslHostnameVerification=true" : "&useSsl=false";
        String compress = "1".equals(given("COMPRESS")) ? "&useCompression=true" : "";
        return DriverManager.getConnection("jdbc:mariadb://" + given("HOST") + ":" + given("PORT") + "/" + database
            + "?allowPublicKeyRetrieval=true&allowMultiQueries=true&allowLocalInfile=true" + tls + compress + more, given("USER"), password);
    }

    static List<Object> rows(ResultSet set) throws SQLException {
        List<Object> all = new ArrayList<>(), columns = new ArrayList<>();
        ResultSetMetaData meta = set.getMetaData();
        for (int at = 1; at <= meta.getColumnCount(); at++)
            columns.add(new Object[] {meta.getColumnLabel(at), meta.getColumnTypeName(at), meta.getColumnType(at), meta.getTableName(at),
                meta.isNullable(at), meta.getPrecision(at), meta.getScale(at)});
        all.add(columns);
        while (set.next()) {
            List<Object> row = new ArrayList<>();
            for (int at = 1; at <= meta.getColumnCount(); at++) {
                Object value = set.getObject(at);
                row.add(value instanceof Blob ? set.getBytes(at) : value);
            }
            all.add(row);
        }
        return all;
    }

    static Object everything(Statement statement, boolean isSet) throws SQLException {
        List<Object> results = new ArrayList<>();
        for (;;) {
            if (isSet) results.add(rows(statement.getResultSet()));
            else if (statement.getUpdateCount() == -1) break;
            else results.add(statement.getUpdateCount());
            try {
                isSet = statement.getMoreResults();
            } catch (SQLException error) {
                results.add(new Object[] {error.getErrorCode(), error.getSQLState()});
                break;
            }
        }
        for (SQLWarning warning = statement.getWarnings(); warning != null; warning = warning.getNextWarning())
            results.add(new Object[] {warning.getErrorCode(), warning.getMessage()});
        return results;
    }

    static Connection link;

    static Object query(String sql) throws SQLException {
        try (Statement statement = link.createStatement()) {
            return everything(statement, statement.execute(sql));
        }
    }

    static Object prepared(String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = link.prepareStatement(sql)) {
            List<Object> runs = new ArrayList<>();
            for (int run = 0; run < 2; run++) {
                for (int at = 0; at < values.length; at++) statement.setObject(at + 1, values[at]);
                runs.add(everything(statement, statement.execute()));
            }
            return runs;
        }
    }

    static Object batch(String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = link.prepareStatement(sql)) {
            for (Object value : values) {
                statement.setObject(1, value);
                statement.addBatch();
            }
            List<Object> counts = new ArrayList<>();
            for (int count : statement.executeBatch()) counts.add(count);
            return counts;
        } catch (BatchUpdateException error) {
            List<Object> told = new ArrayList<>(List.of("batch", error.getErrorCode(), error.getSQLState()));
            for (int count : error.getUpdateCounts()) told.add(count);
            return told;
        }
    }

    static Object textBatch(String... texts) throws SQLException {
        try (Statement statement = link.createStatement()) {
            for (String text : texts) statement.addBatch(text);
            List<Object> counts = new ArrayList<>();
            for (int count : statement.executeBatch()) counts.add(count);
            return counts;
        } catch (BatchUpdateException error) {
            List<Object> told = new ArrayList<>(List.of("batch", error.getErrorCode(), error.getSQLState()));
            for (int count : error.getUpdateCounts()) told.add(count);
            return told;
        }
    }

    static Object streamed() throws SQLException {
        try (Statement statement = link.createStatement()) {
            statement.setFetchSize(2);
            long seen = 0;
            ResultSet set = statement.executeQuery("SELECT a.id, REPEAT('x', 1000) FROM kinds a, customers b, customers c");
            while (set.next()) seen += set.getString(2).length();
            return seen;
        }
    }

    static void converse(String how) throws Exception {
        int big = Integer.parseInt(given("BIG"));
        String missing = "SELECT name FROM customers";
        Work warnings = () -> new Object[] {query("SHOW WARNINGS"), query("SHOW ERRORS")};
        step(how + ": session", () -> query("SELECT CURRENT_USER(), DATABASE(), VERSION()"));
        step(how + ": encrypted", () -> String.valueOf(query("SHOW STATUS LIKE 'Ssl_version'")).contains("TLSv"));
        step(how + ": types", () -> prepared("SELECT id, bit9, tiny, tiny_unsigned, yes, small, medium, plain, big, big_unsigned, amount, f, d, day,"
            + " moment, stamp, y, c, v, b, vb, tiny_blob, bl, tx, lt, e, s, j, latin FROM kinds WHERE id >= ? ORDER BY id", 1));
        step(how + ": values", () -> prepared("SELECT ?, ?, ?, ?, ?", 1, 2.5, "Z\u00fcrich \ud83d\udc2c's", null, new byte[] {0, -1, 39, 92}));
        step(how + ": insert", () -> prepared("INSERT INTO notes (words, bytes) VALUES (?, ?)", "\ud83d\udc2c", new byte[] {0, -1, 39, 92}));
        step(how + ": batch", () -> batch("INSERT INTO notes (words) VALUES (?)", "one", "two", "three"));
        step(how + ": refused batch, a key twice", () -> batch("INSERT INTO customers (id, company, email) VALUES (?, 'x', 'y')", 1, 2));
        step(how + ": refused batch", () -> batch("INSERT INTO notes (wrods) VALUES (?)", "one", "two"));
        step(how + ": refused batch, warnings", warnings);
        step(how + ": text batch", () -> textBatch("INSERT INTO notes (words) VALUES ('a')", "UPDATE notes SET words = 'b' WHERE words = 'a'", "DELETE FROM notes WHERE words = 'b'"));
        step(how + ": refused, the second of a text batch", () -> textBatch("INSERT INTO notes (words) VALUES ('a')", "UPDATE notes SET wrods = 'b'", "DELETE FROM notes WHERE words = 'a'"));
        step(how + ": read", () -> query("SELECT words, bytes FROM notes ORDER BY id"));
        step(how + ": roll back", () -> {
            link.setAutoCommit(false);
            query("DELETE FROM notes");
            link.rollback();
            link.setAutoCommit(true);
            return query("SELECT COUNT(*) FROM notes");
        });
        step(how + ": several", () -> query("SELECT 1; SELECT company FROM customers WHERE id = 2; UPDATE notes SET words = 'c'; SELECT 4"));
        step(how + ": refused, the second of several", () -> query("SELECT 1; " + missing + "; SELECT 3"));
        step(how + ": refused several", () -> query(missing + "; SELECT 2"));
        step(how + ": local file", () -> query("LOAD DATA LOCAL INFILE '" + given("FILE") + "' INTO TABLE notes (words)"));
        step(how + ": clear", () -> query("DELETE FROM notes"));
        step(how + ": big value sent", () -> prepared("SELECT LENGTH(?)", "z".repeat(big)));
        step(how + ": big value received", () -> query("SELECT REPEAT('y', " + big + ")"));
        step(how + ": refused column", () -> prepared("SELECT name FROM customers WHERE id = ?", 1));
        step(how + ": refused column, warnings", warnings);
        step(how + ": refused table", () -> query("SELECT * FROM clients"));
        step(how + ": refused table, warnings", warnings);
        step(how + ": refused update", () -> prepared("UPDATE notes SET wrods = ?", "x"));
        step(how + ": refused, not ASCII", () -> query("SELECT `gr\u00f6\u00dfe \ud83d\udc2c` FROM customers"));
        step(how + ": usable", () -> prepared("SELECT company FROM customers WHERE id = ?", 2));
        step(how + ": warned", () -> query("SELECT CAST('12abc' AS SIGNED)"));
        step(how + ": refused syntax", () -> query("SELECT FROM WHERE"));
        step(how + ": streamed", () -> streamed());
        step(how + ": ping", () -> link.isValid(5));
        step(how + ": other database", () -> {
            link.setCatalog("information_schema");
            return query("SELECT DATABASE()");
        });
        step(how + ": refused in the other database", () -> query("SELECT company FROM customers"));
        step(how + ": back", () -> {
            link.setCatalog(given("DATABASE"));
            return query("SELECT DATABASE()");
        });
        step(how + ": columns", () -> rows(link.getMetaData().getColumns(given("DATABASE"), null, "customers", null)).size());
        step(how + ": refused by time", () -> {
            try (Statement statement = link.createStatement()) {
                statement.setQueryTimeout(1); // a second connection kills the query
                return everything(statement, statement.execute("SELECT COUNT(*) FROM information_schema.columns a, information_schema.columns b, information_schema.columns c"));
            }
        });
        step(how + ": call", () -> {
            try (CallableStatement statement = link.prepareCall("{call several(?)}")) {
                statement.setInt(1, 7);
                return everything(statement, statement.execute());
            }
        });
        step(how + ": close", () -> {
            link.close();
            return link.isClosed();
        });
    }

    public static void main(String[] arguments) throws Exception {
        step("refused password", () -> connect("wrong", given("DATABASE"), ""));
        step("refused database", () -> connect(given("PASSWORD"), "no_such_database", ""));
        String[] options = {"text", "&useServerPrepStmts=false", "prepared", "&useServerPrepStmts=true",
            "bulk", "&useBulkStmts=true&usePipelineAuth=true", "not pipelined", "&useBatchMultiSend=false&useServerPrepStmts=true"};
        for (int at = 0; at < options.length; at += 2) {
            link = connect(options[at + 1]);
            converse(options[at]);
        }
        out.println("[\"end\",true]");
    }
}
