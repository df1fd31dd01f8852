/**
 * The same random queries, asked of tables that are kept in different ways, have the same answers: in LSM trees with and without
 * indexes, analysed, in B-trees, as heaps and in columns. With `POLYLOG_REFERENCE=postgres://…` a PostgreSQL is asked as well.
 *
 * A failure prints the seed; `POLYLOG_SEED` replays it, `POLYLOG_RUNS` sets how many data sets are tried, of 150 queries each.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import type { Session } from '../../src/database/contracts.ts';
import { openDatabase } from '../../src/database/open.ts';
import { seededRandom } from '../../src/storage/engine.suite.ts';
import { runText } from '../operator/session-text.ts';
import { RandomQueries, TABLES } from './random-queries.ts';

const QUERIES = 150;

/** What follows CREATE TABLE in each layout, the first of which is the oracle of the others. */
const LAYOUTS: Readonly<Record<string, string>> = {
	plain: '',
	indexed: '',
	analysed: '',
	btree: 'using btree',
	heap: "with (organization = 'heap')",
	columns: 'using columnar',
};

const INDEXES = ['t1 (a)', 't1 (c) where b > 0', 't2 (k, c)', 't3 (b, id)', 't4 (e)', 't4 (upper(c))'];

/** The statements that make and fill the tables in a schema of the layout's name. */
function* setUp(layout: string, rows: ReadonlyMap<string, readonly string[]>): Generator<string> {
	yield `create schema ${layout}`;
	yield `set search_path = ${layout}`;
	for (const [name, columns] of Object.entries(TABLES)) {
		const list = Object.entries(columns).map(([column, type]) => `${column} ${type}`);
		yield `create table ${name} (${list.join(', ')}) ${LAYOUTS[layout] ?? ''}`;
		yield `insert into ${name} values ${rows.get(name)!.join(', ')}`;
	}
	if (layout === 'indexed' || layout === 'analysed') for (const index of INDEXES) yield `create index on ${index}`;
	if (layout === 'analysed') yield `analyze ${Object.keys(TABLES).join(', ')}`;
}

type Rows = (string | null)[][];

/** The rows as a set, or what went wrong. */
async function answerOf(run: () => Promise<Rows>): Promise<string> {
	try {
		const rows = await run();
		return rows
			.map((row) => JSON.stringify(row))
			.sort()
			.join('\n');
	} catch (error) {
		return String(error);
	}
}

async function compareLayouts(session: Session, seed: number, checkpoint: () => Promise<void>): Promise<void> {
	const random = seededRandom(seed);
	const queries = new RandomQueries(random);
	const rows = queries.rows(10 + random(40));
	for (const layout of Object.keys(LAYOUTS)) for (const statement of setUp(layout, rows)) await runText(session, statement);
	await checkpoint();
	for (let i = 0; i < QUERIES; i++) {
		const query = queries.next();
		let expected: string | null = null;
		for (const layout of Object.keys(LAYOUTS)) {
			await runText(session, `set search_path = ${layout}`);
			const answer = await answerOf(() => runText(session, query));
			expected ??= answer;
			assert.equal(answer, expected, `${layout}: ${query}`);
			assert.doesNotMatch(answer, /invariant broken/);
		}
	}
}

/** Seeds to try, each with a message that says how to replay it. */
async function forSeeds(run: (seed: number) => Promise<void>): Promise<void> {
	const first = Number(process.env.POLYLOG_SEED ?? 1);
	for (let seed = first; seed < first + Number(process.env.POLYLOG_RUNS ?? 2); seed++) {
		try {
			await run(seed);
		} catch (error) {
			throw new Error(`POLYLOG_SEED=${seed} POLYLOG_RUNS=1: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
		}
	}
}

test('random queries have one answer however tables are kept', { timeout: 300_000 }, async () => {
	await forSeeds(async (seed) => {
		const database = await openDatabase(':memory:', {});
		const session = database.connect({ user: 'polylog' });
		try {
			await compareLayouts(session, seed, () => database.checkpoint());
		} finally {
			session.close();
			await database.close();
		}
	});
});

const reference = process.env.POLYLOG_REFERENCE;

test('random queries are answered as PostgreSQL answers them', {
	timeout: 300_000,
	skip: reference === undefined && 'POLYLOG_REFERENCE names no server',
}, async () => {
	const client = new pg.Client({ connectionString: reference!, types: { getTypeParser: () => (value: string) => value } });
	await client.connect();
	try {
		await forSeeds((seed) => compareWithReference(client, seed));
	} finally {
		await client.end();
	}
});

/** In a transaction that is rolled back: the reference is left as it was. */
async function compareWithReference(client: pg.Client, seed: number): Promise<void> {
	const random = seededRandom(seed);
	const queries = new RandomQueries(random);
	const rows = queries.rows(10 + random(40));
	const database = await openDatabase(':memory:', {});
	const session = database.connect({ user: 'polylog' });
	await client.query('begin');
	try {
		for (const statement of setUp('plain', rows)) {
			await client.query(statement);
			await runText(session, statement);
		}
		for (let i = 0; i < QUERIES; i++) {
			const text = queries.next();
			const expected = await answerOf(() => askReference(client, text));
			if (expected === NOT_ASKED) continue;
			assert.equal(await answerOf(() => runText(session, text)), expected, text);
		}
	} finally {
		await client.query('rollback');
		session.close();
		await database.close();
	}
}

const NOT_ASKED = 'Error: not asked';

/** What the reference refuses (it has fewer forms of full joins) or takes too long for is not compared. */
async function askReference(client: pg.Client, text: string): Promise<Rows> {
	await client.query("savepoint s; set local statement_timeout = '5s'");
	try {
		return (await client.query<(string | null)[]>({ text, rowMode: 'array' })).rows;
	} catch {
		await client.query('rollback to s');
		throw new Error('not asked');
	}
}
