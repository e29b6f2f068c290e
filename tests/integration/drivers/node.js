// Node's drivers: node.js mysql | mysql2 | mariadb

const crypto = require('crypto');
const fs = require('fs');

const which = process.argv[2];
const given = (name) => process.env[`DRIVER_${name}`];
const driver = require(which === 'mysql2' ? 'mysql2/promise' : which);
const big = Number(given('BIG'));

function plain(value) {
  if (Buffer.isBuffer(value)) return { bytes: short(value.toString('hex')) };
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return short(value);
  if (typeof value === 'function') return undefined;
  if (value instanceof Date || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(plain);
  // what node mysql2 keeps for itself shows how the bytes came in pieces
  const shown = Object.entries(value).filter(([key]) => !key.startsWith('_'));
  return Object.fromEntries(shown.map(([key, part]) => [key, plain(part)]));
}

function short(text) {
  return text.length < 300 ? text : `${text.length} ${crypto.createHash('sha256').update(text).digest('hex')}`;
}

const say = (name, value) => fs.writeSync(1, JSON.stringify([name, plain(value) ?? null]) + '\n');

async function step(name, work) {
  let value;
  try {
    value = await work();
  } catch (error) {
    // node mariadb puts the connection id into its messages
    value = { error: error.code ?? error.name, errno: error.errno, sqlState: error.sqlState,
              message: String(error.sqlMessage ?? error.message).replace(/conn:-?\d+/g, 'conn') };
  }
  say(name, value);
}

function options(other) {
  const tls = given('TLS') ? { ssl: { ca: fs.readFileSync(given('CA')), checkServerIdentity: () => undefined } } : {};
  const shared = { host: given('HOST'), port: Number(given('PORT')), user: given('USER'), password: given('PASSWORD'),
                   database: given('DATABASE'), charset: 'utf8mb4', multipleStatements: true,
                   connectTimeout: 120000, // the mariadb package allows a second, TLS and login included
                   ...tls, ...other };
  if (which === 'mariadb')
    return { ...shared, collation: 'utf8mb4_unicode_ci', charset: undefined, compress: !!given('COMPRESS'), trace: false, permitLocalInfile: true,
             allowPublicKeyRetrieval: true, maxAllowedPacket: 1 << 28, metaAsArray: true, pipelining: false, bulk: true };
  if (which === 'mysql2')
    return { ...shared, infileStreamFactory: (path) => fs.createReadStream(path), compress: !!given('COMPRESS') };
  return { ...shared, localInfile: true };
}

async function connect(other) {
  if (which !== 'mysql') return driver.createConnection(options(other));
  const link = driver.createConnection(options(other)); // node mysql knows no promises
  const promised = (method) => (...given) => new Promise((resolve, reject) =>
    link[method](...given, (error, rows, fields) => (error ? reject(error) : resolve([rows, fields]))));
  await promised('connect')();
  return { query: promised('query'), ping: promised('ping'), changeUser: promised('changeUser'), end: promised('end'),
           beginTransaction: promised('beginTransaction'), rollback: promised('rollback'), commit: promised('commit') };
}

(async () => {
  const infile = { infileStreamFactory: (path) => fs.createReadStream(path) };
  const missing = 'SELECT name FROM customers';
  await step('refused password', () => connect({ password: 'wrong' }));
  await step('refused database', () => connect({ database: 'no_such_database' }));
  let link;
  await step('connect', async () => {
    link = await connect({});
  });
  if (!link) return say('end', true);
  const query = (sql, values) => link.query(which === 'mysql2' ? { sql, ...infile } : sql, values);
  const execute = (sql, values) => link.execute(sql, values);
  const warnings = async () => [await query('SHOW WARNINGS'), await query('SHOW ERRORS')];

  await step('session', () => query('SELECT CURRENT_USER(), DATABASE(), @@character_set_client'));
  await step('encrypted', async () => JSON.stringify(await query("SHOW STATUS LIKE 'Ssl_version'")).includes('TLSv'));
  await step('types', () => query('SELECT * FROM kinds ORDER BY id'));
  await step('values', () => query('SELECT ?, ?, ?, ?', [1, 2.5, 'Zürich 🐬', null]));
  await step('insert', () => query('INSERT INTO notes (words, bytes) VALUES (?, ?)', ["🐬's", Buffer.from([0, 255, 39, 92])]));
  await step('null', () => query('SELECT NULL, words, bytes FROM notes ORDER BY id'));
  if (which !== 'mysql') {
    await step('types, binary', () => execute('SELECT * FROM kinds WHERE id >= ? ORDER BY id', [1]));
    await step('types, binary, again', () => execute('SELECT * FROM kinds WHERE id >= ? ORDER BY id', [2]));
    await step('values, binary', () => execute('SELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e', [1, 2.5, 'Zürich 🐬', null, Buffer.from([0, 255])]));
    await step('insert, binary', () => execute('INSERT INTO notes (words) VALUES (?)', ['binary 🐬']));
    await step('refused prepare', () => execute('SELECT name FROM customers WHERE id = ?', [1]));
    await step('refused prepare, warnings', warnings);
    await step('refused prepare, table', () => execute('SELECT * FROM clients WHERE id = ?', [1]));
    await step('binary goes on', () => execute('SELECT company FROM customers WHERE id = ?', [2]));
    await step('big value, binary', () => execute('SELECT LENGTH(?)', ['z'.repeat(big)]));
  }
  if (which === 'mariadb') {
    await step('batch', () => link.batch('INSERT INTO notes (words) VALUES (?)', [['one'], ['two'], ['three 🐬'], [null]]));
    await step('batch, read', () => query('SELECT words FROM notes ORDER BY id'));
    await step('refused batch', () => link.batch('INSERT INTO notes (wrods) VALUES (?)', [['one'], ['two']]));
    await step('refused batch, warnings', warnings);
  }
  await step('roll back', async () => [await link.beginTransaction(), await query('DELETE FROM notes'), await link.rollback(),
                                       await query('SELECT COUNT(*) FROM notes')]);
  await step('several', () => query('SELECT 1; SELECT company FROM customers WHERE id = 2; SELECT 4'));
  await step('refused, the second of several', () => query(`SELECT 1; ${missing}; SELECT 3`));
  await step('refused several', () => query(`${missing}; SELECT 2`));
  await step('local file', () => query(`LOAD DATA LOCAL INFILE '${given('FILE')}' INTO TABLE notes (words)`));
  await step('local file, read', () => query('SELECT COUNT(*), MAX(words) FROM notes'));
  await step('clear', () => query('DELETE FROM notes'));
  await step('big value sent', () => query(`SELECT LENGTH('${'x'.repeat(big)}')`));
  await step('big value received', () => query(`SELECT REPEAT('y', ${big}) AS y`));
  await step('refused column', () => query(missing));
  await step('refused column, warnings', warnings);
  await step('refused table', () => query('SELECT * FROM clients'));
  await step('refused table, warnings', warnings);
  await step('refused, not ASCII', () => query('SELECT `größe 🐬` FROM customers'));
  await step('usable', () => query('SELECT company FROM customers WHERE id = 2'));
  await step('warned', async () => [await query("SELECT CAST('12abc' AS SIGNED)"), await warnings()]);
  await step('refused syntax', () => query('SELECT FROM WHERE'));
  await step('ping', async () => (await link.ping(), true));
  if (link.reset && which === 'mariadb') {
    await step('reset', async () => [await query('SET @a = 1'), await link.reset(), await query('SELECT @a, DATABASE()')]);
    await step('refused after the reset', () => query(missing));
  }
  await step('change user', async () => {
    await link.changeUser({ user: given('OTHER_USER'), password: given('OTHER_PASSWORD'), database: given('DATABASE') });
    return query('SELECT CURRENT_USER(), DATABASE()');
  });
  await step('refused after the change of user', () => query(missing));
  if (which === 'mariadb') // either files or pipelines
    await step('connect again', async () => {
      await link.end();
      link = await connect({ permitLocalInfile: false, pipelining: true });
    });
  // sent without waiting: answers come in order, refusals among them
  await step('pipelined', async () => {
    const texts = ['SELECT 1', missing, 'SELECT 2', 'SELECT * FROM clients', "SELECT REPEAT('v', 100000)", missing];
    const ends = await Promise.allSettled(texts.map((text) => link.query(text)));
    return ends.map((end) => (end.status === 'fulfilled' ? end.value : [end.reason.errno, end.reason.sqlState]));
  });
  if (which !== 'mysql')
    await step('pipelined, binary', async () => {
      const texts = ['SELECT ? + 1', 'SELECT name FROM customers WHERE id = ?', 'SELECT ? + 2', 'SELECT id FROM clients WHERE id = ?',
                     'SELECT company FROM customers WHERE id = ?'];
      const ends = await Promise.allSettled(texts.map((text) => link.execute(text, [1])));
      return ends.map((end) => (end.status === 'fulfilled' ? end.value : [end.reason.errno, end.reason.sqlState]));
    });
  await step('call', () => query('CALL several(7)'));
  await step('close', async () => (await link.end(), true));
  say('end', true);
  process.exit(0);
})();
