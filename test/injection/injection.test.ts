/**
 * Names and values that look like code, in every place a client can put one: they come back as they were, and never become part
 * of generated code, which `EXPLAIN (CODE)` shows.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { Portal, Session } from '../../src/database/contracts.ts';
import type { Database } from '../../src/database/embedded/database.ts';
import { openDatabase } from '../../src/database/open.ts';
import { runText } from '../operator/session-text.ts';

/** In every name and value, so that it can be looked for in code. */
const MARK = 'zQ7x';
const NAME_BYTES_MAX = 63;
const RUNS = 60;

const PIECES = [
	"'",
	'"',
	'`',
	'${',
	'}',
	'${1+1}',
	'\\',
	'\\u0027',
	"\\'",
	'\n',
	'\r\n',
	'\t',
	'\u2028',
	'\u2029',
	'\u0001',
	'\u007f',
	'__proto__',
	'constructor',
	'prototype',
	'toString',
	'*/',
	'/*',
	'//',
	'--',
	';',
	'$$',
	'$1',
	'%',
	'{',
	',',
	'|',
	'null',
	'NULL',
	'\\N',
	'\\.',
	'S.',
	'return',
	'\u{1f600}',
	'ä',
	' ',
	'</script>',
	'process.exit(1)',
];

const FIXED = [
	'__proto__',
	'constructor',
	'prototype',
	'hasOwnProperty',
	'valueOf',
	"'; process.exit(1); //",
	'`${process.exit(1)}`',
	'"+process.exit(1)+"',
	'\u2028process.exit(1)',
	'\\"\\',
	'\n\\.\n',
];

const nasty = fc
	.array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'grapheme', maxLength: 3 })), { maxLength: 8 })
	.map((parts) => parts.join('').replaceAll('\0', ''));
/** Without halves of surrogate pairs, which UTF-8 does not have. */
const wellFormed = (text: string): string => Buffer.from(text).toString();

const value = nasty.map((text) => wellFormed(`${text}${MARK}`));
const name = nasty.map((text) => {
	let short = wellFormed(`${MARK}${text}`);
	while (Buffer.byteLength(short) > NAME_BYTES_MAX - 2) short = [...short].slice(0, -1).join('');
	return short;
});

let db: Database;
let session: Session;
let seed: number;

before(async () => {
	db = await openDatabase(':memory:');
	session = db.connect({ user: 'polylog' });
	seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
	console.log(`seed ${seed}`);
});

after(() => db.close());

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const literal = (text: string): string =>
	text.includes('\\') ? ` E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'` : `'${text.replaceAll("'", "''")}'`;

const run = (text: string, parameters: readonly unknown[] = []): Promise<(string | null)[][]> => runText(session, text, parameters);

/** Runs it, and looks at its code. */
async function both(text: string): Promise<(string | null)[][]> {
	const code = (await run(`EXPLAIN (CODE) ${text}`)).map((row) => row[0]).join('\n');
	assert.match(code, /^'use strict';\n(?:.*\n)*function /);
	assert.ok(!code.includes(MARK), `a name or value is in the code of ${text}:\n${code}`);
	return run(text);
}

async function copyIn(text: string, data: string): Promise<void> {
	const portal: Portal = session.bind(session.prepare(text, []), []);
	await portal.copyData!(Buffer.from(data));
	await portal.copyDone!();
	portal.close();
}

async function copyOut(text: string): Promise<string> {
	const portal: Portal = session.bind(session.prepare(text, []), []);
	const pieces: Buffer[] = [];
	for (const piece of portal.copyOut!()) {
		if (piece instanceof Promise) await piece;
		else pieces.push(Buffer.from(piece));
	}
	await portal.run({ writers: [], begin: () => undefined, end: () => true });
	portal.close();
	return Buffer.concat(pieces).toString();
}

async function tableRoundTrip(n: string, v: string): Promise<void> {
	const [table, column, other, alias, index, check] = ['t', 'c', 'd', 'a', 'i', 'k'].map((suffix) => quoted(n + suffix)) as [
		string,
		string,
		string,
		string,
		string,
		string,
	];
	await run(
		`CREATE TABLE ${table} (${column} text PRIMARY KEY, ${other} text DEFAULT ${literal(v)}, CONSTRAINT ${check} CHECK (${column} <> ${literal(`${v}!`)}))`,
	);
	try {
		await run(`CREATE INDEX ${index} ON ${table} (${other})`);
		await run(`COMMENT ON COLUMN ${table}.${column} IS ${literal(v)}`);
		assert.deepEqual(await run(`INSERT INTO ${table} (${column}) VALUES ($1) RETURNING *`, [v]), [[v, v]]);
		assert.deepEqual(
			await both(
				`SELECT ${alias}.${column} AS ${alias}, ${alias}.${other} || ${literal(v)} FROM ${table} ${alias} WHERE ${alias}.${column} = ${literal(v)} ORDER BY ${alias}.${other}`,
			),
			[[v, v + v]],
		);
		assert.deepEqual(
			await both(`SELECT count(*), ${other} FROM ${table} WHERE ${other} LIKE ${literal(`%${MARK}`)} GROUP BY ${other} HAVING max(${column}) = ${literal(v)}`),
			[['1', v]],
		);
		assert.deepEqual(
			await both(`WITH ${alias} (${column}) AS (SELECT ${column} FROM ${table}) SELECT x.${column} FROM ${alias} x JOIN ${table} y USING (${column})`),
			[[v]],
		);
		assert.deepEqual(
			await both(
				`SELECT CASE ${column} WHEN ${literal(v)} THEN ${literal(v)} END, ${column} IN (${literal(v)}, 'x'), row_to_json(${alias}) ->> ${literal(`${n}c`)} FROM ${table} ${alias}`,
			),
			[[v, 't', v]],
		);
		await assert.rejects(run(`INSERT INTO ${table} VALUES ($1)`, [v]), { sqlstate: '23505', table: `${n}t`, constraint: (await primaryKeyOf(`${n}t`))! });
		await assert.rejects(run(`INSERT INTO ${table} VALUES ($1)`, [`${v}!`]), { sqlstate: '23514', constraint: `${n}k` });
		await both(`UPDATE ${table} SET ${other} = ${literal(`${v}2`)} WHERE ${column} = ${literal(v)}`);
		const [row] = db.sql(`SELECT * FROM ${table}`).all();
		assert.deepEqual(Object.entries(row!), [
			[`${n}c`, v],
			[`${n}d`, `${v}2`],
		]);
		const copied = await copyOut(`COPY ${table} TO STDOUT`);
		const csv = await copyOut(`COPY ${table} TO STDOUT (FORMAT csv)`);
		await run(`DELETE FROM ${table}`);
		await copyIn(`COPY ${table} FROM STDIN`, copied);
		assert.deepEqual(await run(`SELECT * FROM ${table}`), [[v, `${v}2`]]);
		await run(`TRUNCATE ${table}`);
		await copyIn(`COPY ${table} FROM STDIN (FORMAT csv)`, csv);
		assert.deepEqual(await run(`SELECT * FROM ${table}`), [[v, `${v}2`]]);
		assert.deepEqual(await run(`SELECT col_description(${literal(quoted(`${n}t`))}::regclass, 1)`), [[v]]);
	} finally {
		await run(`DROP TABLE ${table}`);
	}
}

async function primaryKeyOf(table: string): Promise<string | null> {
	return (await run("SELECT conname FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid WHERE relname = $1 AND contype = 'p'", [table]))[0]![0]!;
}

async function sessionRoundTrip(n: string, v: string): Promise<void> {
	const [savepoint, cursor, prepared] = ['s', 'u', 'p'].map((suffix) => quoted(n + suffix)) as [string, string, string];
	await run(`PREPARE ${prepared} (text) AS SELECT $1 || ${literal(v)}`);
	assert.deepEqual(await run(`EXECUTE ${prepared} (${literal(v)})`), [[v + v]]);
	assert.deepEqual(await run('SELECT name FROM pg_prepared_statements'), [[`${n}p`]]);
	await run(`DEALLOCATE ${prepared}`);
	await run('BEGIN');
	await run(`SAVEPOINT ${savepoint}`);
	await run(`DECLARE ${cursor} CURSOR FOR SELECT ${literal(v)}`);
	assert.deepEqual(await run(`FETCH ALL FROM ${cursor}`), [[v]]);
	await run(`ROLLBACK TO ${savepoint}`);
	await run(`RELEASE ${savepoint}`);
	await run('COMMIT');
	assert.deepEqual(await run("SELECT set_config('injection.setting', $1, false)", [v]), [[v]]);
	assert.deepEqual(await run('SHOW injection.setting'), [[v]]);
	await run(`SET injection.setting = ${literal(`${v}2`)}`);
	assert.deepEqual(await both("SELECT current_setting('injection.setting')"), [[`${v}2`]]);
}

async function valueRoundTrip(n: string, v: string): Promise<void> {
	const type = quoted(`${n}e`);
	const label = n;
	await run(`CREATE TYPE ${type} AS ENUM (${literal(label)}, 'other')`);
	try {
		assert.deepEqual(await both(`SELECT ${literal(label)}::${type}, 'other'::${type} > ${literal(label)}::${type}`), [[label, 't']]);
	} finally {
		await run(`DROP TYPE ${type}`);
	}
	const object = JSON.stringify({ [v]: { [n]: v } });
	const [json] = await both(
		`SELECT ${literal(object)}::jsonb -> ${literal(v)} ->> ${literal(n)}, jsonb_build_object(${literal(v)}, ${literal(n)}) ->> ${literal(v)}, ${literal(object)}::json #>> ARRAY[${literal(v)}, ${literal(n)}]`,
	);
	assert.deepEqual(json, [v, n, v]);
	const parsed = db.sql('SELECT $1::jsonb AS j', object).get()!;
	const inner = Object.entries(parsed['j'] as object);
	assert.deepEqual(
		inner.map(([key]) => key),
		[v],
	);
	assert.deepEqual(
		await both(
			`SELECT (ARRAY[${literal(v)}, 'x'])[1], split_part(${literal(`${v}\u0003${n}`)}, E'\\x03', 2), replace(${literal(v)}, ${literal(v)}, ${literal(n)}), format('%I %L', ${literal(n)}, ${literal(v)}) IS NOT NULL`,
		),
		[[v, n, n, 't']],
	);
	assert.equal(db.sql('SELECT $1::text AS v', v).get()!['v'], v);
	assert.deepEqual(await both(`SELECT * FROM (VALUES (${literal(v)}, ${literal(n)})) AS x (${quoted(`${n}1`)}, ${quoted(`${n}2`)})`), [[v, n]]);
}

for (const text of FIXED) {
	test(`${JSON.stringify(text)} as a name and as a value`, async () => {
		const short = `${text}${MARK}`;
		await tableRoundTrip(short, short);
		await sessionRoundTrip(short, short);
		await valueRoundTrip(short, short);
	});
}

for (const [what, roundTrip] of Object.entries({ 'tables and columns': tableRoundTrip, 'names of a session': sessionRoundTrip, values: valueRoundTrip })) {
	test(`any text as ${what}`, async () => {
		await fc.assert(
			fc.asyncProperty(name, value, async (n, v) => {
				await roundTrip(n, v);
			}),
			{ seed, numRuns: RUNS, interruptAfterTimeLimit: 30_000, markInterruptAsFailure: false },
		);
	});
}

test('a column named __proto__ is an own property of its rows', async () => {
	const row = db.sql('SELECT 1 AS "__proto__", 2 AS "constructor", 3 AS "toString", 4 AS "hasOwnProperty"').get()!;
	assert.deepEqual(Object.getOwnPropertyNames(row), ['__proto__', 'constructor', 'toString', 'hasOwnProperty']);
	assert.equal(Object.getOwnPropertyDescriptor(row, '__proto__')!.value, 1);
	assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
	const json = db.sql(`SELECT '{"__proto__": {"polluted": 1}, "a": 2}'::jsonb AS j`).get()!['j'] as object;
	assert.deepEqual(Object.getOwnPropertyNames(json).sort(), ['__proto__', 'a']);
	assert.equal((json as Record<string, unknown>)['polluted'], undefined);
	await db.sql('CREATE TABLE "__proto__" ("__proto__" int PRIMARY KEY, "constructor" text)');
	await db.sql`INSERT INTO "__proto__" VALUES (${7}, ${'seven'})`;
	const made = db.sql('SELECT * FROM "__proto__" WHERE "__proto__" = 7').get()!;
	assert.deepEqual(
		Object.entries(Object.getOwnPropertyDescriptors(made)).map(([key, { value: held }]) => [key, held]),
		[
			['__proto__', 7],
			['constructor', 'seven'],
		],
	);
});

test('NUL is refused in text and allowed in bytea', async () => {
	await assert.rejects(run("SELECT E'a\\000b'"), { sqlstate: '22021' });
	await assert.rejects(db.sql('SELECT $1::text AS v', 'a\0b').run(), { sqlstate: '22021' });
	await assert.rejects(run(`SELECT '"a\\u0000b"'::jsonb`), { sqlstate: '22P05' });
	assert.deepEqual([...(db.sql('SELECT $1::bytea AS v', Uint8Array.of(1, 0, 2)).get()!['v'] as Uint8Array)], [1, 0, 2]);
});
