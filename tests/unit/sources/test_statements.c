/* Texts in, statements out: scripts with delimiters, both servers' logs, JSON lines; whole, and in
 * pieces no larger than a byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sources/statements.h"

static char told[1 << 16];

static char *write_file(const char *text, size_t size)
{
    static char path[64];
    strcpy(path, "/tmp/schemaguard-statements-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, size), (ssize_t)size);
    close(fd);
    return path;
}

static void tell_item(const struct statements_item *item, size_t *at)
{
    static const char *const KINDS[] = {"", "too long ", "connect ", "database ", "quit "};
#define TELL(...) *at += (size_t)snprintf(told + *at, sizeof told - *at, __VA_ARGS__)
    TELL("%s", KINDS[item->kind]);
    if (item->connection)
        TELL("#%llu ", (unsigned long long)item->connection);
    if (item->has_database)
        TELL("{%.*s} ", (int)item->database.size, item->database.data);
    if (item->has_sql_mode)
        TELL("<%.*s> ", (int)item->sql_mode.size, item->sql_mode.data);
    if (item->kind == STATEMENTS_STATEMENT)
        TELL("%llu:%llu [%.*s]%s", (unsigned long long)item->line, (unsigned long long)item->column,
             (int)item->text.size, item->text.data, item->is_prepared ? " prepared" : "");
    TELL("\n");
#undef TELL
}

/* Every item as a line; the last line is "failed: …" after a failure. */
static const char *read_all(const char *text, size_t size, enum statements_input input)
{
    struct sg_error error = {0};
    struct statements_item item;
    size_t at = 0;
    char *path = write_file(text, size);
    struct statements *statements = statements_open(path, input, &error);
    enum statements_result result;
    told[0] = '\0';
    assert_non_null(statements);
    while ((result = statements_next(statements, &item, &error)) == STATEMENTS_ITEM)
        tell_item(&item, &at);
    if (result == STATEMENTS_FAILED)
        snprintf(told + at, sizeof told - at, "failed: %s\n",
                 strstr(error.message, "line") ? strstr(error.message, "line") : error.message);
    else
        assert_int_equal(statements_position(statements), size);
    statements_close(statements);
    unlink(path);
    return told;
}

static void expect(const char *text, const char *expected)
{
    assert_string_equal(read_all(text, strlen(text), STATEMENTS_AUTO), expected);
}

/* --- scripts ------------------------------------------------------------------------------- */

static void a_script_is_cut_at_its_delimiters(void **state)
{
    (void)state;
    expect("SELECT 1;SELECT 2 ;\n  SELECT\n3",
           "1:1 [SELECT 1]\n1:10 [SELECT 2]\n2:3 [SELECT\n3]\n");
    expect(";;\n ; \n", "");
    expect("", "");
    expect("SELECT 1\\G\nSELECT \\N\\g SELECT 2",
           "1:1 [SELECT 1]\n2:1 [SELECT \\N]\n2:13 [SELECT 2]\n");
}

static void quotes_and_comments_hide_delimiters(void **state)
{
    (void)state;
    expect("SELECT ';', \";\", `;`, 'a\\';', 'b'';' ;S",
           "1:1 [SELECT ';', \";\", `;`, 'a\\';', 'b'';']\n1:39 [S]\n");
    expect("SELECT 1 -- ; no\n, 2 # ;\n, 3 /* ; */;T",
           "1:1 [SELECT 1 -- ; no\n, 2 # ;\n, 3 /* ; */]\n3:13 [T]\n");
    expect("SELECT 1--;2", "1:1 [SELECT 1--]\n1:12 [2]\n");
    expect("/*!50001 CREATE VIEW v AS SELECT ';' ; */;T",
           "1:1 [/*!50001 CREATE VIEW v AS SELECT ';' ; */]\n1:43 [T]\n");
    expect("SELECT 'a\nb;\nc';T", "1:1 [SELECT 'a\nb;\nc']\n3:4 [T]\n");
    expect("SELECT 'unterminated;\n", "1:1 [SELECT 'unterminated;]\n");
}

static void comments_before_a_statement_are_not_part_of_it(void **state)
{
    (void)state;
    expect("-- one\n# two\n/* three\n; */ SELECT 1; -- four\n/* five */", "4:6 [SELECT 1]\n");
    expect("\xEF\xBB\xBFSELECT '\xC3\xA4'; T", "1:1 [SELECT '\xC3\xA4']\n1:13 [T]\n");
}

static void delimiter_changes_the_delimiter(void **state)
{
    (void)state;
    expect("DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; END//\ndelimiter ;\nSELECT 2;",
           "2:1 [CREATE PROCEDURE p() BEGIN SELECT 1; END]\n4:1 [SELECT 2]\n");
    expect("SELECT 1; DELIMITER $$\nA;B$$ C", "1:1 [SELECT 1]\n2:1 [A;B]\n2:7 [C]\n");
    expect("DELIMITER ;;\r\n/*!50003 TRIGGER ; */;;\r\nDELIMITER ;\r\nX;\r\n",
           "2:1 [/*!50003 TRIGGER ; */]\n4:1 [X]\n");
    expect("DELIMITER\nSELECT 1;", "2:1 [SELECT 1]\n");
}

static void what_the_client_does_is_not_a_statement(void **state)
{
    (void)state;
    expect("use shop\nSELECT 1;\nuse `b c`\nUSE x; SELECT 2",
           "database {shop} \n2:1 [SELECT 1]\ndatabase {b c} \n4:1 [USE x]\n4:8 [SELECT 2]\n");
    expect("source other.sql\n\\. more.sql\nSELECT 1", "3:1 [SELECT 1]\n");
}

static void backslashes_follow_the_mode(void **state)
{
    (void)state;
    const char *text = "SELECT 'a\\';SELECT 2;";
    struct sg_error error = {0};
    struct statements_item item;
    char *path = write_file(text, strlen(text));
    struct statements *statements = statements_open(path, STATEMENTS_SQL, &error);
    statements_follow_escapes(statements, true);
    assert_int_equal(statements_next(statements, &item, &error), STATEMENTS_ITEM);
    assert_true(sg_slice_equal(item.text, SG_SLICE_LITERAL("SELECT 'a\\'")));
    statements_close(statements);
    unlink(path);
}

/* --- logs ---------------------------------------------------------------------------------- */

static const char MYSQL_GENERAL[] =
    "/usr/sbin/mysqld, Version: 9.7.4 (Source). started with:\n"
    "Tcp port: 3306  Unix socket: /run/mysqld.sock\n"
    "Time                 Id Command    Argument\n"
    "2026-01-31T10:00:00.000001Z\t    8 Connect\troot@localhost on shop using SSL/TLS\n"
    "2026-01-31T10:00:00.000002Z\t    8 Query\tSELECT 1,\n  2\n"
    "2026-01-31T10:00:00.000003Z\t    9 Connect\troot@localhost on  using Socket\n"
    "2026-01-31T10:00:00.000004Z\t    9 Init DB\tother\n"
    "2026-01-31T10:00:00.000005Z\t    8 Prepare\tSELECT ?\n"
    "2026-01-31T10:00:00.000006Z\t    8 Execute\tSELECT 5\n"
    "2026-01-31T10:00:00.000006Z\t    8 Close stmt\t\n"
    "2026-01-31T10:00:00.000007Z\t   10 Connect\tAccess denied for user 'x'@'y' (using password: "
    "NO)\n"
    "2026-01-31T10:00:00.000008Z\t    8 Quit\t\n";

static void the_general_log_of_mysql(void **state)
{
    (void)state;
    expect(MYSQL_GENERAL, "connect #8 {shop} \n#8 5:41 [SELECT 1,\n  2]\nconnect #9 {} \n"
                          "database #9 {other} \n#8 9:43 [SELECT ?] prepared\n"
                          "#8 10:43 [SELECT 5]\nquit #8 \n");
}

static void the_general_log_of_mariadb(void **state)
{
    (void)state;
    expect("mariadbd, Version: 10.11.19-MariaDB. started with:\n"
           "Tcp port: 0  Unix socket: (null)\n"
           "Time\t\t    Id Command\tArgument\n"
           "260131  9:00:00\t     3 Connect\troot@localhost on shop using TCP/IP\n"
           "\t\t     3 Query\tSELECT 1\n"
           "260131 10:00:01\t     3 Query\tSELECT 'a\n\t\tb'\n"
           "mariadbd, Version: 10.11.19-MariaDB. started with:\n"
           "Tcp port: 0  Unix socket: (null)\n"
           "Time\t\t    Id Command\tArgument\n"
           "\t\t     4 Query\tSELECT 2\n",
           "connect #3 {shop} \n#3 5:16 [SELECT 1]\n#3 6:30 [SELECT 'a\n\t\tb']\n#4 11:16 [SELECT "
           "2]\n");
}

static void the_slow_log_of_mysql(void **state)
{
    (void)state;
    expect("# Time: 2026-01-31T10:00:00.000001Z\n"
           "# User@Host: root[root] @ localhost []  Id:     8\n"
           "# Query_time: 0.000200  Lock_time: 0.000000 Rows_sent: 1  Rows_examined: 1\n"
           "use shop;\nSET timestamp=1769900000;\nSELECT 1,\n 2;\n"
           "# User@Host: root[root] @ localhost []  Id:     9\n"
           "# Query_time: 0.000200\n"
           "SET timestamp=1769900000;\n# administrator command: Quit;\n"
           "# Time: 2026-01-31T10:00:00.000001Z\n"
           "# User@Host: root[root] @ localhost []  Id:     9\n"
           "SET timestamp=1769900000;\nSELECT 3;\n",
           "#8 {shop} 6:1 [SELECT 1,\n 2]\n#9 {shop} 15:1 [SELECT 3]\n");
}

static void the_slow_log_of_mariadb(void **state)
{
    (void)state;
    expect("# Time: 260131 10:00:00\n"
           "# User@Host: root[root] @ localhost []\n"
           "# Thread_id: 3  Schema: shop  QC_hit: No\n"
           "# Query_time: 0.000145  Lock_time: 0.000000  Rows_sent: 1  Rows_examined: 0\n"
           "# Rows_affected: 0  Bytes_sent: 60\n"
           "SET timestamp=1769900000;\nSELECT 1;\n"
           "# User@Host: root[root] @ localhost []\n"
           "# Thread_id: 4  Schema:   QC_hit: No\n"
           "SET timestamp=1769900000;\nSELECT 2;\n",
           "#3 {shop} 7:1 [SELECT 1]\n#4 {} 11:1 [SELECT 2]\n");
}

/* --- JSON ---------------------------------------------------------------------------------- */

static void json_lines(void **state)
{
    (void)state;
    expect(
        "{\"sql\": \"SELECT \\\"a\\\"\\n\", \"db\": \"d\", \"sql_mode\": \"ANSI\", \"x\": [1]}\n\n"
        "{\"sql\": \"T\", \"connection\": 7}\n",
        "{d} <ANSI> 1:1 [SELECT \"a\"]\n#7 3:1 [T]\n");
    expect("{\"sql\": \"T\"}\n{\"sq\": 1}\n",
           "1:1 [T]\nfailed: line 2: an object without \"sql\"\n");
    expect("{\"sql\": \"T\"}\nnonsense\n", "1:1 [T]\nfailed: line 2: no JSON object\n");
}

/* --- bounds -------------------------------------------------------------------------------- */

static void a_statement_beyond_the_bound_is_passed_over(void **state)
{
    (void)state;
    size_t size = STATEMENTS_TEXT_MAX + 1000;
    char *text = malloc(size + 64);
    memset(text, 'x', size);
    memcpy(text + size, ";\nSELECT 1;\n", 12);
    assert_string_equal(read_all(text, size + 12, STATEMENTS_SQL), "too long \n2:1 [SELECT 1]\n");
    for (size_t i = 100; i < size; i += 100)
        text[i] = '\n';
    assert_non_null(strstr(read_all(text, size + 12, STATEMENTS_SQL), "too long \n"));
    assert_non_null(strstr(told, "[SELECT 1]\n"));
    free(text);
}

/* Any bytes end in items or in a failure. */
static void foreign_bytes_do_no_harm(void **state)
{
    (void)state;
    uint32_t seed = 1;
    char text[512];
    static const char ALPHABET[] = "';\"`-#/*!\\\n\t {}:09TQuery Connect DELIMITER\xC3\xFF";
    for (int round = 0; round < 2000; round++) {
        size_t size = 1 + (size_t)(seed >> 8) % sizeof text;
        for (size_t i = 0; i < size; i++) {
            seed = seed * 1664525u + 1013904223u;
            text[i] = ALPHABET[(seed >> 16) % (sizeof ALPHABET - 1)];
        }
        for (int input = STATEMENTS_AUTO; input <= STATEMENTS_JSONL; input++)
            (void)read_all(text, size, (enum statements_input)input);
    }
}

static void what_cannot_be_opened_is_told(void **state)
{
    (void)state;
    struct sg_error error = {0};
    assert_null(statements_open("/no/such/file", STATEMENTS_AUTO, &error));
    assert_non_null(strstr(error.message, "/no/such/file: No such file"));
    error = (struct sg_error){0};
    assert_null(statements_open("/", STATEMENTS_AUTO, &error));
    assert_int_equal(error.status, SG_SYSTEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_script_is_cut_at_its_delimiters),
        cmocka_unit_test(quotes_and_comments_hide_delimiters),
        cmocka_unit_test(comments_before_a_statement_are_not_part_of_it),
        cmocka_unit_test(delimiter_changes_the_delimiter),
        cmocka_unit_test(what_the_client_does_is_not_a_statement),
        cmocka_unit_test(backslashes_follow_the_mode),
        cmocka_unit_test(the_general_log_of_mysql),
        cmocka_unit_test(the_general_log_of_mariadb),
        cmocka_unit_test(the_slow_log_of_mysql),
        cmocka_unit_test(the_slow_log_of_mariadb),
        cmocka_unit_test(json_lines),
        cmocka_unit_test(a_statement_beyond_the_bound_is_passed_over),
        cmocka_unit_test(foreign_bytes_do_no_harm),
        cmocka_unit_test(what_cannot_be_opened_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
