/**
 * Random queries of Cypher give the same rows whether the optimizer does all it can or nothing at all. POLYLOG_SEED replays a
 * run, POLYLOG_RUNS makes more of them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from '../../index.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import type { RowSink } from '../../query/executor/contracts.ts';
import { optimize, passes } from '../../query/optimizer/optimize.ts';
import type { OwnedTransaction } from '../../transaction/manager.ts';
import { type DynamicValue, Edge, GraphPath, IntegralFloat, isMapValue, Vertex } from '../../value/dynamic.ts';
import { RowList } from '../collect-rows.ts';
import { RunContext } from '../run-context.ts';
import type { DatabaseSession } from '../session.ts';
import { cypherLanguage } from './cypher-language.ts';
import { QueryGenerator } from './random-queries.testing.ts';

const QUERIES = 60;
const GRAPH = `CREATE (a:A {x: 1})-[:R {x: 1}]->(b:B {x: 2})-[:S]->(c:A:B {x: 1, y: 2})-[:R]->(a), (b)-[:R]->(b), (a)-[:S {y: 1}]->(b), (:C {y: 1})`;
const NOTHING: ReadonlySet<string> = new Set(passes.map((pass) => pass.name));

function generator(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** What a value is, so that equal texts mean equal values. */
function shown(value: DynamicValue): string {
	if (value instanceof Vertex) return `(${value.id}${value.labels.map((label) => `:${label}`).join('')} ${shown(value.properties.entries())})`;
	if (value instanceof Edge) return `[${value.id}:${value.type} ${shown(value.properties.entries())}]`;
	if (value instanceof GraphPath) return `<${value.vertices.map(shown).join()} ${value.edges.map(shown).join()}>`;
	if (value instanceof IntegralFloat) return value.toString();
	if (Array.isArray(value)) return `[${value.map(shown).join()}]`;
	if (isMapValue(value)) return `{${[...value].map(([key, field]) => `${key}: ${shown(field)}`).join()}}`;
	return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** Rows as sorted texts, or the error that openCypher has a name for. */
function outcome(session: DatabaseSession, text: string, without: ReadonlySet<string>): readonly string[] | Promise<readonly string[]> {
	return session.inTransaction((transaction: OwnedTransaction) => {
		try {
			return rowsOf(session, transaction, text, without);
		} catch (error) {
			const { condition } = error as { readonly condition?: string };
			if (condition === undefined) throw error;
			return [condition];
		}
	});
}

function rowsOf(session: DatabaseSession, transaction: OwnedTransaction, text: string, without: ReadonlySet<string>): readonly string[] {
	const query = cypherLanguage.analyse(session, text, '');
	assert.ok(query.kind === 'query');
	const plan: Plan = optimize(query.plan, { ...session.engine.optimizerContext(session.catalog, true), without });
	const sink = new RowList(query.columns?.length ?? 0);
	const execution = session.engine.compilePlan(plan, session.catalog, false).start(new RunContext(session, transaction, []), sink as RowSink);
	try {
		while (execution.step(1000) === 'more');
	} finally {
		execution.close();
	}
	return sink.rows.map((row) => row.map((value) => shown(value as DynamicValue)).join(' | ')).sort();
}

test('random queries give the same rows with the optimizer and without', async () => {
	const runs = Number(process.env.POLYLOG_RUNS ?? 1);
	const seed = Number(process.env.POLYLOG_SEED ?? Math.floor(Math.random() * 2 ** 31));
	const db = await open(':memory:');
	await db.graph().cypher(GRAPH);
	const queries = new QueryGenerator(generator(seed));
	for (let i = 0; i < QUERIES * runs; i++) {
		const text = queries.query();
		const replay = `POLYLOG_SEED=${seed}, query ${i}: ${text}`;
		await db.withSession(async (session) => {
			try {
				assert.deepEqual(await outcome(session, text, new Set()), await outcome(session, text, NOTHING), replay);
			} catch (error) {
				throw new Error(replay, { cause: error });
			}
		});
	}
	await db.close();
});
