/**
 * Queries over a graph's edges with its adjacency, beside a plain map of the edges: while it is built, kept up with commits, left
 * aside by those that must not use it. SQL reads the same tables, so it uses the same adjacency.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { open } from '../index.ts';
import { createGraph } from '../model/graph/graph-definition.ts';
import type { SchemaObject } from '../transaction/catalog-objects.ts';
import { collectRows } from './collect-rows.ts';
import type { Database } from './embedded/database.ts';
import type { Prepared } from './prepared.ts';
import type { DatabaseSession } from './session.ts';

/** Edges as (tail, type, head). */
class PlainGraph {
	readonly edges = new Map<number, readonly [number, string, number]>();

	neighbours(vertex: number, type: string, outgoing: boolean): number[] {
		const found: number[] = [];
		for (const [tail, t, head] of this.edges.values()) if (t === type && (outgoing ? tail : head) === vertex) found.push(outgoing ? head : tail);
		return found.sort((a, b) => a - b);
	}

	twoSteps(vertex: number, type: string): number {
		return new Set(this.neighbours(vertex, type, true).flatMap((b) => this.neighbours(b, type, true))).size;
	}
}

async function graphDatabase(): Promise<Database> {
	const db = await open(':memory:');
	await db.withSession((session) =>
		session.inTransaction((transaction) => {
			const schema = transaction.catalog.findSchema('public') as SchemaObject;
			createGraph(transaction, schema, 'g', 'polylog');
		}),
	);
	return db;
}

function generator(seed: number): () => number {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 2 ** 32;
	};
}

const VERTICES = 200;
const TYPES = ['KNOWS', 'LIKES'];

async function fill(db: Database, plain: PlainGraph, count: number, random: () => number): Promise<void> {
	await db.sql`insert into g_vertices select i, case when i % 3 = 0 then array['A'] else array['A', 'B'] end, '{}' from generate_series(0, ${VERTICES - 1}::int) i`;
	const rows: unknown[] = [];
	for (let id = 1000; id < 1000 + count; id++) {
		const edge = [Math.floor(random() * random() * VERTICES), TYPES[Math.floor(random() * 2)]!, Math.floor(random() * VERTICES)] as const;
		plain.edges.set(id, edge);
		rows.push({ id, tail: edge[0], type: edge[1], head: edge[2] });
	}
	await db.sql`insert into g_edges select tail, type, head, id, '{}' from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id int8, tail int8, type text, head int8)`;
}

type Sql = Pick<Database, 'sql'>;

function outgoing(db: Sql, vertex: number, type: string): number[] {
	return db.sql`select head from g_edges where tail = ${vertex} and type = ${type}`.all().map((row) => row.head as number);
}

function incoming(db: Sql, vertex: number, type: string): number[] {
	return db.sql`select tail from g_edges where head = ${vertex} and type = ${type}`.all().map((row) => row.tail as number);
}

function twoSteps(db: Sql, vertex: number, type: string): number {
	const rows = db.sql`
		select count(distinct k2.head)::int as n from g_edges k1 join g_edges k2 on k2.tail = k1.head and k2.type = ${type}
		where k1.tail = ${vertex} and k1.type = ${type}`.all();
	return rows[0]!.n as number;
}

function agrees(db: Sql, plain: PlainGraph): void {
	for (let vertex = 0; vertex < VERTICES; vertex += 7) {
		for (const type of TYPES) {
			assert.deepEqual(outgoing(db, vertex, type), plain.neighbours(vertex, type, true), `out of ${vertex} by ${type}`);
			assert.deepEqual(incoming(db, vertex, type), plain.neighbours(vertex, type, false), `into ${vertex} by ${type}`);
			assert.equal(twoSteps(db, vertex, type), plain.twoSteps(vertex, type));
		}
	}
}

/** The adjacency as the database has it now. */
function adjacencyOf(db: Database) {
	const { tables, manager } = db.startedEngine!;
	const table = [...manager.catalog.objects()].find((object) => object.kind === 'table' && object.name === 'g_edges');
	assert.ok(table?.kind === 'table');
	return tables.adjacencyOf(manager.catalog, table)!;
}

test('before it is built, when it is, and after commits', async () => {
	const db = await graphDatabase();
	const plain = new PlainGraph();
	const random = generator(7);
	await fill(db, plain, 3000, random);
	assert.deepEqual(outgoing(db, 3, 'KNOWS'), plain.neighbours(3, 'KNOWS', true));
	assert.equal(adjacencyOf(db).current(), null);
	agrees(db, plain);
	const built = adjacencyOf(db).current();
	assert.ok(built !== null);
	for (let round = 0; round < 30; round++) {
		const id = 10_000 + round;
		const edge = [Math.floor(random() * VERTICES), TYPES[round % 2]!, Math.floor(random() * (VERTICES + 5))] as const;
		await db.sql`insert into g_edges values (${edge[0]}, ${edge[1]}, ${edge[2]}, ${id}, '{}')`;
		plain.edges.set(id, edge);
		const gone = [...plain.edges.keys()][Math.floor(random() * plain.edges.size)]!;
		await db.sql`delete from g_edges where id = ${gone}`;
		plain.edges.delete(gone);
		assert.deepEqual(outgoing(db, edge[0], edge[1]), plain.neighbours(edge[0], edge[1], true));
		assert.equal(twoSteps(db, edge[0], edge[1]), plain.twoSteps(edge[0], edge[1]));
	}
	agrees(db, plain);
	await db.sql`update g_edges set properties = '{"since": 1}' where type = 'KNOWS'`;
	agrees(db, plain);
	assert.equal(adjacencyOf(db).current(), built);
	await db.close();
});

/** Rows of a statement in a session of its own. */
async function rowsIn(session: DatabaseSession, text: string): Promise<unknown[]> {
	const { rows } = await collectRows(session, session.prepare(text, [], 0) as Prepared, []);
	return rows.map((row) => row[0]);
}

test('a transaction sees its snapshot, and its own changes', async () => {
	const db = await graphDatabase();
	const plain = new PlainGraph();
	await fill(db, plain, 2000, generator(11));
	agrees(db, plain);
	const before = plain.neighbours(5, 'KNOWS', true);
	const after = [...before, 6].sort((a, b) => a - b);
	const query = `select head from g_edges where tail = 5 and type = 'KNOWS'`;
	for (const isolation of ['repeatable read read only', 'repeatable read', 'serializable read only', 'serializable']) {
		await db.withSession(async (session) => {
			await rowsIn(session, `begin isolation level ${isolation}`);
			assert.deepEqual(await rowsIn(session, query), before);
			await db.sql`insert into g_edges values (5, 'KNOWS', 6, 777777, '{}')`;
			assert.deepEqual(await rowsIn(session, query), before, isolation);
			await rowsIn(session, 'commit');
			assert.deepEqual(await rowsIn(session, query), after);
			await rowsIn(session, 'begin');
			await rowsIn(session, 'delete from g_edges where id = 777777');
			assert.deepEqual(await rowsIn(session, query), before, 'own changes');
			await rowsIn(session, 'rollback');
			assert.deepEqual(await rowsIn(session, query), after);
			await db.sql`delete from g_edges where id = 777777`;
		});
	}
	await db.close();
});

test('what a serializable transaction read of the edges is validated', async () => {
	const db = await graphDatabase();
	const plain = new PlainGraph();
	await fill(db, plain, 2000, generator(13));
	agrees(db, plain);
	await db.withSession(async (session) => {
		await rowsIn(session, 'begin isolation level serializable');
		await rowsIn(session, `select head from g_edges where tail = 5 and type = 'KNOWS'`);
		await db.sql`insert into g_edges values (5, 'KNOWS', 6, 777777, '{}')`;
		await rowsIn(session, `insert into g_edges values (8, 'KNOWS', 6, 777778, '{}')`);
		await assert.rejects(async () => rowsIn(session, 'commit'), { sqlstate: '40001' });
		session.closeBlock(false);
	});
	await db.close();
});

test('truncated edges, and a table that is no graph, have no adjacency of the old edges', async () => {
	const db = await graphDatabase();
	const plain = new PlainGraph();
	await fill(db, plain, 2000, generator(17));
	agrees(db, plain);
	await db.sql`truncate g_edges`;
	assert.deepEqual(outgoing(db, 5, 'KNOWS'), []);
	assert.equal(adjacencyOf(db).current(), null);
	await db.close();
});

const MANY_EDGES = 120_000;
const MANY_DEGREE = MANY_EDGES / VERTICES;

/** Every vertex has as many edges to others; two steps of all edges are expected to be near the whole graph. */
async function fillEvenly(db: Database): Promise<void> {
	await db.sql`insert into g_vertices select i, array['A'], '{}' from generate_series(0, ${VERTICES - 1}::int) i`;
	await db.sql`insert into g_edges select i % ${VERTICES}, 'KNOWS', (i / ${VERTICES}) % ${VERTICES}, 1000 + i, '{}' from generate_series(0, ${MANY_EDGES - 1}::int) i`;
}

/** Second steps from a vertex, of which only so many edges are gone along first. */
function pairs(db: Sql, vertex: number, below: number): number {
	const rows = db.sql`
		select count(*)::int as n from g_edges k1 join g_edges k2 on k2.tail = k1.head and k2.type = 'KNOWS'
		where k1.tail = ${vertex} and k1.type = 'KNOWS' and k1.head < ${below}`.all();
	return rows[0]!.n as number;
}

test('what one execution expects alone builds nothing, what it has read does, and it goes on with it', async () => {
	const [expecting, reading] = [await graphDatabase(), await graphDatabase()];
	await fillEvenly(expecting);
	await fillEvenly(reading);
	assert.equal(pairs(expecting, VERTICES + 1, VERTICES), 0);
	assert.equal(adjacencyOf(expecting).current(), null);
	assert.equal(pairs(reading, 3, VERTICES), MANY_DEGREE * MANY_DEGREE);
	assert.ok(adjacencyOf(reading).current() !== null);
	assert.equal(pairs(reading, 3, 50), MANY_DEGREE * (MANY_DEGREE / VERTICES) * 50);
	await expecting.close();
	await reading.close();
});
