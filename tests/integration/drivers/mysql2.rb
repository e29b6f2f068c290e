# Ruby's mysql2.

require 'digest'
require 'json'
require 'mysql2'
require 'bigdecimal'

$stdout.sync = true

def given(name) = ENV.fetch("DRIVER_#{name}")

def plain(value)
  case value
  when Array then value.map { |part| plain(part) }
  when Hash then value.to_h { |key, part| [key.to_s, plain(part)] }
  when String
    return "#{value.bytesize} #{Digest::SHA256.hexdigest(value)}" if value.bytesize > 300
    text = value.dup.force_encoding('UTF-8')
    text.valid_encoding? ? text : { bytes: value.unpack1('H*') }
  when Float, Integer, true, false, nil then value
  when BigDecimal then value.to_s
  else value.inspect
  end
end

def say(name, value) = puts(JSON.generate([name, plain(value)]))

def step(name)
  value = begin
    yield
  rescue Mysql2::Error, RuntimeError => e
    { error: e.class.name, message: e.message, number: (e.error_number if e.respond_to?(:error_number)),
      state: (e.sql_state if e.respond_to?(:sql_state)) }
  end
  say(name, value)
end

def connect(**other)
  tls = given('TLS') == '1' ? { sslca: given('CA'), sslverify: false } : {}
  tls[:ssl_mode] = given('TLS') == '1' ? :required : :disabled
  flags = Mysql2::Client::MULTI_STATEMENTS | (given('COMPRESS') == '1' ? Mysql2::Client::COMPRESS : 0)
  Mysql2::Client.new(host: given('HOST'), port: given('PORT').to_i, username: given('USER'), encoding: 'utf8mb4',
                     password: given('PASSWORD'), database: given('DATABASE'), local_infile: true, flags: flags, **tls, **other)
end

def rows(result)
  result ? [result.fields, (result.field_types if result.respond_to?(:field_types)), result.to_a] : [$client.affected_rows, $client.last_id, $client.warning_count]
end

def query(sql, **how) = rows($client.query(sql, **how))

def several(sql)
  results = [query(sql)]
  begin
    results << rows($client.store_result) while $client.next_result
  rescue Mysql2::Error => e
    results << [e.error_number, e.sql_state, e.message]
  end
  results
end

def prepared(sql, *values)
  statement = $client.prepare(sql)
  results = Array.new(2) do
    result = statement.execute(*values)
    result ? [result.fields, result.to_a] : [statement.affected_rows, statement.last_id]
  end
  [statement.param_count, statement.fields, results]
ensure
  statement&.close
end

def warnings = [query('SHOW WARNINGS'), query('SHOW ERRORS'), $client.info]

MISSING = 'SELECT name FROM customers'
step('refused password') { connect(password: 'wrong') }
step('refused database') { connect(database: 'no_such_database') }
$client = connect
big = given('BIG').to_i
file = given('FILE')

step('server') { $client.server_info }
step('session') { query('SELECT CURRENT_USER(), DATABASE(), @@character_set_client') }
step('encrypted') { !$client.query("SHOW STATUS LIKE 'Ssl_version'").first['Value'].empty? }
step('types') { query('SELECT * FROM kinds ORDER BY id') }
step('types as text') { query('SELECT * FROM kinds ORDER BY id', cast: false) }
step('types, binary') { prepared('SELECT * FROM kinds WHERE id >= ? ORDER BY id', 1) }
step('values, binary') { prepared('SELECT ?, ?, ?, ?, ?', 1, 2.5, 'Zürich 🐬', nil, true) }
step('insert') { query("INSERT INTO notes (words, bytes) VALUES ('🐬', X'00FF275C')") }
step('insert, binary') { prepared('INSERT INTO notes (words) VALUES (?)', "twice's 🐬") }
step('null') { query('SELECT NULL, words, bytes FROM notes ORDER BY id') }
step('roll back') { [query('BEGIN'), query('DELETE FROM notes'), query('ROLLBACK'), query('SELECT COUNT(*) FROM notes')] }
step('several') { several("SELECT 1; SELECT company FROM customers WHERE id = 2; UPDATE notes SET words = 'c'; SELECT 4") }
step('refused, the second of several') { several("SELECT 1; #{MISSING}; SELECT 3") }
step('refused several') { several("#{MISSING}; SELECT 2") }
step('refused several, warnings') { warnings }
step('no multi-statements') { $client.set_server_option(Mysql2::Client::OPTION_MULTI_STATEMENTS_OFF) }
step('refused, no multi-statements') { several('SELECT 1; SELECT 2') }
step('multi-statements') { $client.set_server_option(Mysql2::Client::OPTION_MULTI_STATEMENTS_ON) }
step('local file') { query("LOAD DATA LOCAL INFILE '#{file}' INTO TABLE notes (words)") }
step('local file, read') { query('SELECT COUNT(*), MAX(words) FROM notes') }
step('refused local file') { query("LOAD DATA LOCAL INFILE '#{file}.none' INTO TABLE notes (words)") }
step('clear') { query('DELETE FROM notes') }
step('big value sent') { query("SELECT LENGTH('#{'x' * big}')") }
step('big value received') { query("SELECT REPEAT('y', #{big})") }
step('big value, binary') { prepared('SELECT LENGTH(?)', 'z' * big) }
step('refused column') { query(MISSING) }
step('refused column, warnings') { warnings }
step('refused table') { query('SELECT * FROM clients') }
step('refused table, warnings') { warnings }
step('refused prepare') { prepared('SELECT name FROM customers WHERE id = ?', 1) }
step('refused prepare, warnings') { warnings }
step('binary goes on') { prepared('SELECT company FROM customers WHERE id = ?', 2) }
step('refused, not ASCII') { query('SELECT `größe 🐬` FROM customers') }
step('usable') { query('SELECT company FROM customers WHERE id = 2') }
step('warned') { [query("SELECT CAST('12abc' AS SIGNED)"), warnings] }
step('refused syntax') { query('SELECT FROM WHERE') }
step('refused in a transaction') { [query('BEGIN'), query("INSERT INTO notes (words) VALUES ('in')"), query("INSERT INTO notes (wrods) VALUES ('out')")] }
step('after it') { [query('COMMIT'), query('SELECT words FROM notes')] }
step('stream') { $client.query("SELECT a.id, REPEAT('x', 1000) AS x FROM kinds a, customers b, customers c", stream: true, cache_rows: false).sum { |row| row['x'].size } }
step('asynchronous') do
  $client.query('SELECT company FROM customers WHERE id = 3', async: true)
  rows($client.async_result)
end
step('ping') { $client.ping }
step('other database') { [$client.select_db('information_schema'), query('SELECT DATABASE()')] }
step('refused in the other database') { query('SELECT company FROM customers') }
step('refused other database') { $client.select_db('no_such_database') }
step('back') { $client.select_db(given('DATABASE')) }
step('call') { several('CALL several(7)') }
step('close') { $client.close }
say('end', true)
