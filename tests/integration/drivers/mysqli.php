<?php
// PHP's mysqli over mysqlnd.

require __DIR__ . '/talk.php';
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);

function connect(?string $password = null, ?string $database = null): mysqli
{
    $link = mysqli_init();
    $link->options(MYSQLI_OPT_LOCAL_INFILE, 1);
    $link->options(MYSQLI_SET_CHARSET_NAME, 'utf8mb4');
    $flags = given('COMPRESS') ? MYSQLI_CLIENT_COMPRESS : 0;
    if (given('TLS')) {
        $link->ssl_set(null, null, given('CA'), null, null);
        $flags |= MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT;
    }
    @$link->real_connect(given('HOST'), given('USER'), $password ?? given('PASSWORD'), $database ?? given('DATABASE'),
        (int) given('PORT'), null, $flags);
    return $link;
}

function rows($result)
{
    global $link;
    if (!$result instanceof mysqli_result)
        return ['affected' => $link->affected_rows, 'id' => $link->insert_id, 'info' => $link->info,
                'warnings' => $link->warning_count];
    $fields = array_map(fn($field) => (array) $field, $result->fetch_fields());
    return [$fields, $result->fetch_all(), $link->warning_count];
}

function query(string $sql)
{
    global $link;
    return rows($link->query($sql));
}

function several(string $sql)
{
    global $link;
    $link->multi_query($sql);
    $results = [];
    try {
        do {
            $results[] = rows($link->store_result());
        } while ($link->more_results() && $link->next_result());
    } catch (mysqli_sql_exception $error) {
        $results[] = [$error->getCode(), $error->getSqlState(), $error->getMessage()];
    }
    return $results;
}

function prepared(string $sql, string $types, array $values)
{
    global $link;
    $statement = $link->prepare($sql);
    if ($types !== '')
        $statement->bind_param($types, ...$values);
    $runs = [];
    for ($i = 0; $i < 2; $i++) {
        $statement->execute();
        $result = $statement->get_result();
        $runs[] = $result ? [array_map(fn($field) => (array) $field, $result->fetch_fields()), $result->fetch_all()]
            : [$statement->affected_rows, $statement->insert_id];
    }
    $statement->close();
    return $runs;
}

function long_data(int $size)
{
    global $link;
    $statement = $link->prepare('SELECT LENGTH(?), SHA2(?, 256)');
    $none = null;
    $statement->bind_param('bb', $none, $none);
    for ($at = 0; $at < $size; $at += 1 << 20)
        for ($column = 0; $column < 2; $column++)
            $statement->send_long_data($column, str_repeat('z', min(1 << 20, $size - $at)));
    $statement->execute();
    return $statement->get_result()->fetch_all();
}

function by_cursor()
{
    global $link;
    $statement = $link->prepare('SELECT a.id, REPEAT("x", 100) FROM kinds a, customers b, customers c');
    $statement->attr_set(MYSQLI_STMT_ATTR_CURSOR_TYPE, MYSQLI_CURSOR_TYPE_READ_ONLY);
    $runs = [];
    for ($i = 0; $i < 2; $i++) {
        $statement->execute();
        $statement->bind_result($id, $text);
        $seen = 0;
        while ($statement->fetch())
            $seen += $id * strlen($text);
        $runs[] = $seen;
        $statement->free_result();
    }
    $statement->close();
    return $runs;
}

function warnings()
{
    global $link;
    $shown = [];
    for ($warning = $link->get_warnings(); $warning; $warning = $warning->next() ? $warning : null)
        $shown[] = [$warning->errno, $warning->sqlstate, $warning->message];
    return [$shown, query('SHOW WARNINGS'), query('SHOW ERRORS')];
}

step('refused password', fn() => connect('wrong'));
step('refused database', fn() => connect(null, 'no_such_database'));
$link = connect();
$file = given('FILE');
$big = (int) given('BIG');
$missing = 'SELECT name FROM customers';

step('server', fn() => [$link->server_info, $link->server_version, $link->protocol_version, $link->character_set_name()]);
step('session', fn() => query('SELECT CURRENT_USER(), DATABASE(), @@character_set_client'));
step('encrypted', fn() => $link->query("SHOW STATUS LIKE 'Ssl_version'")->fetch_row()[1] !== '');
step('types', fn() => query('SELECT * FROM kinds ORDER BY id'));
step('types, binary', fn() => prepared('SELECT * FROM kinds WHERE id >= ? ORDER BY id', 'i', [1]));
step('values, binary', fn() => prepared('SELECT ?, ?, ?, ?, ?', 'idsss', [1, 2.5, 'Zürich 🐬', null, "\0\xff'\\"]));
step('insert', fn() => query("INSERT INTO notes (words, bytes) VALUES ('🐬', X'00FF275C')"));
step('insert, binary', fn() => prepared('INSERT INTO notes (words) VALUES (?)', 's', ['twice 🐬']));
step('null', fn() => query('SELECT NULL, words, bytes FROM notes ORDER BY id'));
step('roll back', fn() => [$link->begin_transaction(), query("DELETE FROM notes"), $link->rollback(),
    query('SELECT COUNT(*) FROM notes')]);
step('commit', fn() => [$link->autocommit(false), query("INSERT INTO notes (words) VALUES ('kept')"), $link->commit(),
    $link->rollback(), $link->autocommit(true), query('SELECT words FROM notes')]);
step('several', fn() => several("SELECT 1; SELECT company FROM customers WHERE id = 2; UPDATE notes SET words = 'c'; SELECT 4"));
step('refused, the second of several', fn() => several("SELECT 1; $missing; SELECT 3"));
step('refused several', fn() => several("$missing; SELECT 2"));
step('refused several, warnings', fn() => warnings());
step('local file', fn() => query("LOAD DATA LOCAL INFILE '$file' INTO TABLE notes (words)"));
step('local file, read', fn() => query('SELECT COUNT(*), MAX(words) FROM notes'));
step('refused local file, table', fn() => query("LOAD DATA LOCAL INFILE '$file' INTO TABLE no_such_table (words)"));
step('clear', fn() => query('DELETE FROM notes'));
step('big value sent', fn() => query("SELECT LENGTH('" . str_repeat('x', $big) . "')"));
step('big value received', fn() => query("SELECT REPEAT('y', $big)"));
step('big value, binary', fn() => prepared('SELECT ?', 's', [str_repeat('z', $big)]));
step('long data', fn() => long_data($big));
step('by cursor', fn() => by_cursor());
step('unbuffered', fn() => (function () {
    global $link;
    $seen = 0;
    $result = $link->query('SELECT a.id, REPEAT("x", 1000) FROM kinds a, customers b, customers c', MYSQLI_USE_RESULT);
    while ($row = $result->fetch_row())
        $seen += strlen($row[1]);
    $result->free();
    return $seen;
})());
step('refused column', fn() => query($missing));
step('error', fn() => [$link->errno, $link->sqlstate, $link->error, $link->error_list]);
step('refused column, warnings', fn() => warnings());
step('refused table', fn() => query('SELECT * FROM clients'));
step('refused table, warnings', fn() => warnings());
step('refused prepare', fn() => prepared('SELECT name FROM customers WHERE id = ?', 'i', [1]));
step('refused prepare, warnings', fn() => warnings());
step('refused prepare, table', fn() => prepared('SELECT * FROM clients WHERE id = ?', 'i', [1]));
step('binary goes on', fn() => prepared('SELECT company FROM customers WHERE id = ?', 'i', [2]));
step('refused, not ASCII', fn() => query('SELECT `größe 🐬` FROM customers'));
step('usable', fn() => query('SELECT company FROM customers WHERE id = 2'));
step('warned', fn() => query("SELECT CAST('12abc' AS SIGNED)"));
step('warned, warnings', fn() => warnings());
step('refused syntax', fn() => query('SELECT FROM WHERE'));
step('refused key', fn() => query("INSERT INTO customers (id, company, email) VALUES (1, 'x', 'y')"));
step('other charset', fn() => [$link->set_charset('latin1'), query("SELECT HEX('\xfc')")]);
step('refused, other charset', fn() => query("SELECT `gr\xf6sse` FROM customers"));
step('charset again', fn() => $link->set_charset('utf8mb4'));
step('ping', fn() => @$link->ping());
step('statistics', fn() => preg_replace('/[\d.]+/', 'N', $link->stat()));
step('other database', fn() => [$link->select_db('information_schema'), query('SELECT DATABASE()')]);
step('refused in the other database', fn() => query('SELECT company FROM customers'));
step('refused other database', fn() => $link->select_db('no_such_database'));
step('change user', fn() => [$link->change_user(given('OTHER_USER'), given('OTHER_PASSWORD'), given('DATABASE')),
    query('SELECT CURRENT_USER(), DATABASE()')]);
step('refused after the change of user', fn() => query($missing));
step('asynchronous', fn() => (function () {
    global $link;
    $link->query('SELECT company FROM customers WHERE id = 3', MYSQLI_ASYNC);
    $read = $failed = $rejected = [$link];
    while (!mysqli_poll($read, $failed, $rejected, 5))
        $read = $failed = $rejected = [$link];
    return $link->reap_async_query()->fetch_all();
})());
step('killed by another', fn() => (function () {
    global $link;
    $other = connect();
    $other->query("KILL $link->thread_id");
    try {
        for (;;)
            $link->query('SELECT 1'); // the kill takes effect when it does, in a query or between two
    } catch (mysqli_sql_exception $error) {
        return 'killed';
    }
})());
$link = connect();
step('call', fn() => several('CALL several(7)'));
step('call, binary', fn() => (function () {
    global $link;
    $statement = $link->prepare('CALL several(?)');
    $seven = 7;
    $statement->bind_param('i', $seven);
    $statement->execute();
    $results = [];
    do {
        $result = $statement->get_result();
        $results[] = $result ? $result->fetch_all() : null;
    } while ($statement->more_results() && $statement->next_result());
    return $results;
})());
step('refused change of user', fn() => $link->change_user(given('OTHER_USER'), 'wrong', given('DATABASE')));
step('close', fn() => $link->close());
say('end', true);
