/** The real database behind the protocol, asked as drivers and tools ask it: `pg`, Kysely, psql. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Database } from '../../database/embedded/database.ts';
import { openDatabase } from '../../database/open.ts';
import { type Served, serveDatabase } from '../serve.ts';
import { bind, errorFields, extended, int16, message, RawClient, rowTexts, types } from './raw-client.testing.ts';

let database: Database;
let served: Served;
let port: number;

const SCHEMA = `
	CREATE TYPE mood AS ENUM ('sad', 'ok');
	CREATE DOMAIN positive AS int CHECK (VALUE > 0);
	CREATE TABLE parent (id serial PRIMARY KEY, name varchar(20) NOT NULL UNIQUE, price numeric(10,2) CHECK (price > 0));
	CREATE TABLE child (a int, b int GENERATED ALWAYS AS IDENTITY, pid int REFERENCES parent(id) ON DELETE CASCADE, m mood, p positive, PRIMARY KEY (a, b));
	CREATE INDEX child_pid ON child (pid DESC, a) WHERE a > 3;
	CREATE VIEW v AS SELECT a FROM child WHERE a > 1;
	CREATE TABLE wide (i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n numeric, t text, b bool, by bytea, d date, ts timestamp, tz timestamptz, iv interval, u uuid, j jsonb, ai int[], at text[]);
	COMMENT ON COLUMN parent.name IS 'what it is called';
`;

before(async () => {
	database = await openDatabase(':memory:');
	served = await serveDatabase(database, { postgres: 0 });
	port = served.postgres!.port;
	const client = await connect();
	await client.query(SCHEMA);
	await client.end();
});

after(async () => {
	await served.close();
	await database.close();
});

async function connect(): Promise<pg.Client> {
	const client = new pg.Client({ host: '127.0.0.1', port, user: 'tester', database: 'polylog' });
	await client.connect();
	return client;
}

/** Every value of a row of `wide`, as text. */
const WIDE = [
	'-7',
	'2147483647',
	'-9223372036854775808',
	'1.5',
	'0.1',
	'12345678901234567890.0123',
	'grün \u{1f600}',
	't',
	'\\x00ff10',
	'2024-02-29',
	'1999-12-31 23:59:59.999999',
	'2024-06-01 12:00:00+00',
	'1 year 2 mons 3 days 04:05:06.789',
	'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
	'{"a": [1, 2.50, null]}',
	'{1,NULL,3}',
	'{"a b","",NULL,"\\""}',
];

test('the driver gets what it put in, types and all', async () => {
	const client = await connect();
	const places = WIDE.map((_, index) => `$${index + 1}`).join(', ');
	const inserted = await client.query(`INSERT INTO wide VALUES (${places}) RETURNING *`, WIDE);
	assert.equal(inserted.command, 'INSERT');
	assert.equal(inserted.rowCount, 1);
	const { rows, fields } = await client.query('SELECT * FROM wide');
	assert.equal(rows[0].i8, '-9223372036854775808');
	assert.equal(rows[0].n, '12345678901234567890.0123');
	assert.deepEqual(rows[0].j, { a: [1, 2.5, null] });
	assert.deepEqual(rows[0].ai, [1, null, 3]);
	assert.deepEqual(rows[0].at, ['a b', '', null, '"']);
	assert.equal(rows[0].tz.toISOString(), '2024-06-01T12:00:00.000Z');
	assert.deepEqual([...rows[0].by], [0, 255, 16]);
	assert.deepEqual(
		fields.map((field) => field.dataTypeID),
		[21, 23, 20, 700, 701, 1700, 25, 16, 17, 1082, 1114, 1184, 1186, 2950, 3802, 1007, 1009],
	);
	await client.end();
});

test('binary results go back in as binary parameters and are the same', async () => {
	const client = await RawClient.login(port);
	client.send(extended('SELECT * FROM wide', [], [1]));
	const binary = (await client.until('Z')).find(({ type }) => type === 'D')!;
	const values: Buffer[] = [];
	for (let at = 2; at < binary.body.length; ) {
		const length = binary.body.readInt32BE(at);
		values.push(binary.body.subarray(at + 4, at + 4 + length));
		at += 4 + length;
	}
	const names = [
		'int2',
		'int4',
		'int8',
		'float4',
		'float8',
		'numeric',
		'text',
		'bool',
		'bytea',
		'date',
		'timestamp',
		'timestamptz',
		'interval',
		'uuid',
		'jsonb',
		'int[]',
		'text[]',
	];
	const query = `SELECT ${names.map((name, index) => `$${index + 1}::${name}`).join(', ')}`;
	client.send(message('P', '', query, int16(0)), bind('', '', values, [], [1]), message('E', '', 0), message('S'));
	const answer = await client.until('Z');
	assert.equal(types(answer), '12DCZ', JSON.stringify(answer[0]!.type === 'E' ? errorFields(answer[0]!) : ''));
	assert.deepEqual(rowTexts(answer[2]!), WIDE);
	client.close();
});

test('errors carry SQLSTATE, position and names', async () => {
	const client = await connect();
	const failure = async (text: string): Promise<Record<string, unknown>> => {
		try {
			await client.query(text);
		} catch (error) {
			return error as Record<string, unknown>;
		}
		throw new Error('no error');
	};
	await client.query("INSERT INTO parent (name, price) VALUES ('one', 1)");
	const duplicate = await failure("INSERT INTO parent (name, price) VALUES ('one', 1)");
	assert.deepEqual([duplicate.code, duplicate.table, duplicate.constraint, duplicate.schema], ['23505', 'parent', 'parent_name_key', 'public']);
	assert.equal((await failure("INSERT INTO parent (name, price) VALUES ('two', 0)")).constraint, 'parent_price_check');
	const missing = await failure('SELECT 1 + nothing FROM parent');
	assert.deepEqual([missing.code, missing.position], ['42703', '12']);
	assert.equal((await failure('SELEC 1')).code, '42601');
	assert.equal((await failure('INSERT INTO child (a, pid) VALUES (1, 99)')).code, '23503');
	await client.end();
});

test('transactions: several statements, failed blocks, implicit transactions of a pipeline', async () => {
	const client = await connect();
	const count = async (): Promise<number> => Number((await client.query('SELECT count(*) FROM child')).rows[0].count);
	const start = await count();
	await assert.rejects(client.query('INSERT INTO child (a) VALUES (1); INSERT INTO child (a) VALUES (NULL)'), { code: '23502' });
	assert.equal(await count(), start);
	await client.query('BEGIN');
	await client.query('INSERT INTO child (a) VALUES (1)');
	await assert.rejects(client.query('SELECT 1/0'), { code: '22012' });
	await assert.rejects(client.query('SELECT 1'), { code: '25P02' });
	await client.query('ROLLBACK');
	assert.equal(await count(), start);
	await client.end();

	const raw = await RawClient.login(port);
	const insert = (value: string): Buffer[] => [message('P', '', 'INSERT INTO child (a) VALUES ($1)', int16(0)), bind('', '', [value]), message('E', '', 0)];
	raw.send(...insert('5'), ...insert('x'), message('S'), message('Q', 'SELECT count(*) FROM child'));
	assert.ok(types(await raw.until('Z')).endsWith('EZ'));
	assert.deepEqual(rowTexts((await raw.until('Z'))[1]!), [String(start)]);
	raw.send(...insert('5'), ...insert('6'), message('S'), message('Q', 'SELECT count(*) FROM child'));
	await raw.until('Z');
	assert.deepEqual(rowTexts((await raw.until('Z'))[1]!), [String(start + 2)]);
	raw.close();
});

test('a portal gives its rows in pieces', async () => {
	const raw = await RawClient.login(port);
	raw.send(
		message('Q', 'BEGIN'),
		message('P', '', 'SELECT generate_series(1, 5)', int16(0)),
		bind('p', ''),
		message('E', 'p', 2),
		message('E', 'p', 2),
		message('S'),
	);
	await raw.until('Z');
	assert.equal(types(await raw.until('Z')), '12DDsDDsZ');
	raw.send(message('E', 'p', 0), message('S'), message('Q', 'COMMIT'));
	const rest = await raw.until('Z');
	assert.equal(types(rest), 'DCZ');
	assert.equal(rest[1]!.body.toString(), 'SELECT 1\0');
	raw.close();
});

test('COPY takes rows in and gives them out', async () => {
	const client = await connect();
	await client.query('CREATE TABLE copied (a int PRIMARY KEY, b text)');
	await client.end();
	const raw = await RawClient.login(port);
	const lines = Array.from({ length: 5000 }, (_, index) => `${index}\trow ${index}\\ttab\n`).join('');
	raw.send(message('Q', 'COPY copied FROM STDIN'));
	await raw.until('G');
	for (let at = 0; at < lines.length; at += 7919) raw.send(message('d', Buffer.from(lines.slice(at, at + 7919))));
	raw.send(message('c'));
	assert.equal((await raw.until('Z'))[0]!.body.toString(), 'COPY 5000\0');
	raw.send(message('Q', 'COPY (SELECT * FROM copied ORDER BY a) TO STDOUT'));
	const out = (await raw.until('Z')).filter(({ type }) => type === 'd').map(({ body }) => body.toString());
	assert.equal(out.length, 5000);
	assert.equal(out.join(''), lines);
	raw.send(message('Q', "COPY copied FROM STDIN WHERE a > 7000 AND b <> 'no'"), message('d', Buffer.from('6999\tx\n7001\tno\n7002\tyes\n')), message('c'));
	assert.equal((await raw.until('Z')).find(({ type }) => type === 'C')!.body.toString(), 'COPY 1\0');
	raw.send(message('Q', 'COPY copied FROM STDIN WHERE count(*) > 1'));
	assert.equal(errorFields((await raw.until('Z')).find(({ type }) => type === 'E')!).C, '42803');
	raw.send(message('Q', 'COPY copied FROM STDIN WITH (FORMAT csv)'), message('d', Buffer.from('6000,"a, b"\n6001\n')), message('c'));
	const failed = errorFields((await raw.until('Z')).find(({ type }) => type === 'E')!);
	assert.deepEqual([failed.C, failed.W], ['22P04', 'COPY copied, line 2: "6001"']);
	raw.close();
});

test('a cursor declared BINARY gives its rows in binary form to simple queries', async () => {
	const raw = await RawClient.login(port);
	raw.send(message('Q', "BEGIN; DECLARE c BINARY CURSOR FOR SELECT 258::int4 AS a, 'x' AS b; FETCH 1 FROM c; COMMIT"));
	const answer = await raw.until('Z');
	const description = answer.find(({ type }) => type === 'T')!.body;
	assert.equal(description.readInt16BE(description.length - 2), 1);
	assert.equal(answer.find(({ type }) => type === 'D')!.body.toString('hex'), '00020000000400000102000000' + '0178');
	raw.close();
});

test('a session can be cancelled and ended by another', async () => {
	const [first, second] = [await connect(), await connect()];
	first.on('error', () => {});
	const pid = Number((await first.query('SELECT pg_backend_pid() AS pid')).rows[0].pid);
	const sleeping = assert.rejects(first.query('SELECT pg_sleep(100)'), { code: '57014' });
	while ((await second.query('SELECT state FROM pg_stat_activity WHERE pid = $1', [pid])).rows[0].state !== 'active');
	assert.equal((await second.query('SELECT pg_cancel_backend($1) AS done', [pid])).rows[0].done, true);
	await sleeping;
	const ended = new Promise((resolve) => first.once('end', resolve));
	await second.query('SELECT pg_terminate_backend($1)', [pid]);
	await ended;
	assert.equal((await second.query('SELECT count(*) FROM pg_stat_activity WHERE pid = $1', [pid])).rows[0].count, '0');
	await second.end();
});

test('a client that vanishes gives back its locks', async () => {
	const [first, second] = [await connect(), await connect()];
	first.on('error', () => {});
	await second.query('CREATE TABLE held (id int PRIMARY KEY, v int); INSERT INTO held VALUES (1, 1)');
	await first.query('BEGIN');
	await first.query('UPDATE held SET v = 2');
	const waiting = second.query('UPDATE held SET v = v + 10');
	(first as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
	await waiting;
	assert.deepEqual((await second.query('SELECT v FROM held')).rows, [{ v: 11 }]);
	await second.end();
});

test('a reader that pauses gets every row of a long result', async () => {
	const raw = await RawClient.login(port);
	raw.send(message('Q', 'SELECT generate_series(1, 300000)'), message('Q', 'SELECT 1'));
	raw.socket.pause();
	for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
	raw.socket.resume();
	assert.equal((await raw.until('Z')).length, 300_003);
	assert.equal(types(await raw.until('Z')), 'TDCZ');
	raw.close();
});

test('Kysely reads the schema', async () => {
	const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: new pg.Pool({ host: '127.0.0.1', port, user: 'tester', max: 1 }) }) });
	const tables = await db.introspection.getTables();
	const parent = tables.find((table) => table.name === 'parent')!;
	assert.deepEqual(
		parent.columns.map(({ name, dataType, isNullable, isAutoIncrementing, hasDefaultValue, comment }) => [
			name,
			dataType,
			isNullable,
			isAutoIncrementing,
			hasDefaultValue,
			comment,
		]),
		[
			['id', 'int4', false, true, true, undefined],
			['name', 'varchar', false, false, false, 'what it is called'],
			['price', 'numeric', true, false, false, undefined],
		],
	);
	assert.equal(tables.find((table) => table.name === 'v')?.isView, true);
	assert.equal(tables.find((table) => table.name === 'child')?.columns.find((column) => column.name === 'b')?.isAutoIncrementing, true);
	await db.destroy();
});

test('psql describes tables', (context) => {
	const found = spawnSync('psql', ['--version'], { encoding: 'utf8' });
	if (found.status !== 0) {
		context.skip('psql is not there');
		return;
	}
	return describeWithPsql();
});

async function describeWithPsql(): Promise<void> {
	// psql runs beside this process, which serves it: it must not be waited for synchronously.
	const psql = (command: string): Promise<string> =>
		new Promise((resolve, reject) => {
			const args = ['-X', '-h', '127.0.0.1', '-p', String(port), '-U', 'tester', '-v', 'ON_ERROR_STOP=1', '-c', command];
			execFile('psql', args, { encoding: 'utf8' }, (error, stdout, stderr) => (error === null ? resolve(stdout) : reject(new Error(stderr))));
		});
	const child = await psql('\\d child');
	assert.match(child, /b +\| integer +\| +\| not null \| generated always as identity/);
	assert.match(child, /"child_pkey" PRIMARY KEY, btree \(a, b\)\n +"child_pid" btree \(pid DESC, a\) WHERE a > 3/);
	assert.match(child, /"child_pid_fkey" FOREIGN KEY \(pid\) REFERENCES parent\(id\) ON DELETE CASCADE/);
	const parent = await psql('\\d+ parent');
	assert.match(parent, /id +\| integer +\| +\| not null \| nextval\('parent_id_seq'::regclass\)/);
	assert.match(parent, /"parent_price_check" CHECK \(price > 0/);
	assert.match(parent, /TABLE "child" CONSTRAINT "child_pid_fkey"/);
	for (const command of [
		'\\d',
		'\\dt+',
		'\\di+',
		'\\dv+',
		'\\ds',
		'\\df',
		'\\dn+',
		'\\du+',
		'\\l+',
		'\\dT+',
		'\\dD',
		'\\do',
		'\\dC',
		'\\da',
		'\\dd',
		'\\dp',
		'\\dx',
		'\\d v',
		'\\d parent_id_seq',
		'\\d child_pid',
		'\\dS pg_class',
	]) {
		await psql(command);
	}
}
