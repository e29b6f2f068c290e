<?php
// PHP's PDO over mysqlnd, with statements emulated and prepared by the server.

require __DIR__ . '/talk.php';

function connect(bool $emulate = false, ?string $password = null, ?string $database = null): PDO
{
    $options = [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION, PDO::ATTR_EMULATE_PREPARES => $emulate,
                PDO::MYSQL_ATTR_LOCAL_INFILE => true, PDO::ATTR_STRINGIFY_FETCHES => false];
    if (given('COMPRESS'))
        $options[PDO::MYSQL_ATTR_COMPRESS] = true;
    if (given('TLS'))
        $options += [PDO::MYSQL_ATTR_SSL_CA => given('CA'), PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => false];
    $database ??= given('DATABASE');
    return new PDO('mysql:host=' . given('HOST') . ';port=' . given('PORT') . ";dbname=$database;charset=utf8mb4",
        given('USER'), $password ?? given('PASSWORD'), $options);
}

function run(string $sql, array $values = [])
{
    global $link;
    $statement = $link->prepare($sql);
    $statement->execute($values);
    $results = [];
    do {
        $columns = [];
        for ($at = 0; $at < $statement->columnCount(); $at++)
            $columns[] = $statement->getColumnMeta($at);
        $results[] = [$columns, $columns ? $statement->fetchAll(PDO::FETCH_NUM) : $statement->rowCount()];
    } while ($statement->nextRowset());
    return $results;
}

function query(string $sql)
{
    global $link;
    return $link->query($sql)->fetchAll(PDO::FETCH_NUM);
}

function warnings()
{
    return [query('SHOW WARNINGS'), query('SHOW ERRORS')];
}

step('refused password', fn() => connect(false, 'wrong'));
step('refused database', fn() => connect(false, null, 'no_such_database'));
$file = given('FILE');
$big = (int) given('BIG');
$missing = 'SELECT name FROM customers';

foreach ([false, true] as $emulate) {
    $link = connect($emulate);
    $how = $emulate ? 'emulated' : 'prepared';
    step("$how: server", fn() => [$link->getAttribute(PDO::ATTR_SERVER_VERSION)]);
    step("$how: session", fn() => run('SELECT CURRENT_USER(), DATABASE(), @@character_set_client'));
    step("$how: encrypted", fn() => query("SHOW STATUS LIKE 'Ssl_version'")[0][1] !== '');
    step("$how: types", fn() => run('SELECT * FROM kinds WHERE id >= ? ORDER BY id', [1]));
    step("$how: values", fn() => run('SELECT ?, ?, ?, ?', [1, 'Zürich 🐬', null, "\0\xff'\\"]));
    step("$how: insert", fn() => [run('INSERT INTO notes (words, bytes) VALUES (?, ?)', ['🐬', "\0\xff'\\"]),
        $link->lastInsertId()]);
    step("$how: roll back", fn() => [$link->beginTransaction(), $link->exec('DELETE FROM notes'), $link->rollBack(),
        run('SELECT COUNT(*) FROM notes')]);
    step("$how: several", fn() => run('SELECT 1; SELECT company FROM customers WHERE id = 2; SELECT 3'));
    step("$how: refused, the second of several", fn() => run("SELECT 1; $missing; SELECT 3"));
    step("$how: refused several", fn() => run("$missing; SELECT 2"));
    step("$how: local file", fn() => $link->exec("LOAD DATA LOCAL INFILE '$file' INTO TABLE notes (words)"));
    step("$how: clear", fn() => $link->exec('DELETE FROM notes'));
    step("$how: big value", fn() => run('SELECT ?', [str_repeat('z', $big)]));
    step("$how: refused column", fn() => run('SELECT name FROM customers WHERE id = ?', [1]));
    step("$how: error", fn() => [$link->errorCode(), $link->errorInfo()]);
    step("$how: refused column, warnings", fn() => warnings());
    step("$how: refused table", fn() => run('SELECT * FROM clients'));
    step("$how: refused table, warnings", fn() => warnings());
    step("$how: refused exec", fn() => $link->exec('UPDATE notes SET wrods = 1'));
    step("$how: usable", fn() => run('SELECT company FROM customers WHERE id = ?', [2]));
    step("$how: warned", fn() => [query("SELECT CAST('12abc' AS SIGNED)"), warnings()]);
    step("$how: in a transaction", fn() => [$link->beginTransaction(), $link->exec("INSERT INTO notes (words) VALUES ('x')")]);
    step("$how: refused in a transaction", fn() => $link->exec("INSERT INTO notes (wrods) VALUES ('y')"));
    step("$how: after it", fn() => [$link->inTransaction(), $link->commit(), run('SELECT words FROM notes')]);
    step("$how: clear again", fn() => $link->exec('DELETE FROM notes'));
    step("$how: call", fn() => run('CALL several(?)', [7]));
    $link = null;
}
say('end', true);
