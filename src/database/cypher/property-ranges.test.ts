/**
 * Ranges, beginnings and lists over an indexed property: the index gives what looking at every node gives, whatever kinds of values
 * the property has.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Plan } from '../../query/algebra/plan.ts';
import { passes } from '../../query/optimizer/optimize.ts';
import { openDatabase } from '../open.ts';

const VALUES = `[0, 1, -1, 2.0, 1.5, 9007199254740993, 0.0 / 0.0, 1.0 / 0, -1.0 / 0, '', 'a', 'ab', 'b', 'é', true, false, [], [1], [1, 'a'],
	date('2020-01-01'), date('2021-01-01'), localtime('12:00'), duration('P1M'), point({x: 1, y: 2}), datetime('2020-01-01T00:00Z')]`;

const literal = fc.constantFrom(
	'0',
	'1.0',
	'-0.5',
	"'a'",
	"'ab'",
	"''",
	'true',
	'[1]',
	"date('2020-06-01')",
	"localtime('13:00')",
	'0.0 / 0.0',
	'null',
	'9007199254740993',
	"duration('P1M')",
);
const comparison = fc
	.tuple(fc.constantFrom('<', '<=', '>', '>=', '='), literal, fc.boolean())
	.map(([operator, value, mirrored]) => (mirrored ? `${value} ${operator} n.v` : `n.v ${operator} ${value}`));
const predicate = fc.oneof(
	comparison,
	fc.constantFrom("n.v STARTS WITH 'a'", "n.v STARTS WITH ''", 'n.v STARTS WITH 1', "n.v IN [1, 'a', null, true, 5]", 'n.v IN [null]'),
	fc.tuple(comparison, comparison).map(([a, b]) => `${a} AND ${b}`),
	fc.tuple(comparison, comparison).map(([a, b]) => `${a} OR ${b}`),
);

test('an indexed property gives the rows that a look at every node gives', async () => {
	const db = await openDatabase(':memory:', {});
	const graph = db.graph();
	await graph.cypher('CREATE INDEX FOR (n:N) ON (n.v)');
	await graph.cypher(`UNWIND ${VALUES} AS v CREATE (:N {v: v, w: v}), (:Other {v: v})`);
	await graph.cypher('UNWIND range(1, 2000) AS i CREATE (:N {})');
	const ids = (where: string): unknown => graph.cypher(`MATCH (n:N) WHERE ${where} RETURN id(n) AS id ORDER BY id`).all();
	fc.assert(
		fc.property(predicate, (where) => assert.deepEqual(ids(where), ids(where.replaceAll('n.v', 'n.w')), where)),
		{ numRuns: 150 },
	);
	await db.close();
});

test('open ranges, beginnings and lists read the index', async () => {
	const db = await openDatabase(':memory:', {});
	const graph = db.graph();
	await graph.cypher('CREATE INDEX FOR (n:N) ON (n.v)');
	await graph.cypher('UNWIND range(1, 2000) AS i CREATE (:N {v: i})');
	const read: string[] = [];
	const watch = {
		name: 'watch',
		run: (plan: Plan): Plan => {
			read.push(JSON.stringify(plan, indexNames));
			return plan;
		},
	};
	(passes as (typeof watch)[]).push(watch);
	try {
		for (const where of ['n.v > 1990', 'n.v < 5', "n.v STARTS WITH 'a'", 'n.v IN [1, 2]', 'n.v > $x'])
			graph.cypher(`MATCH (n:N) WHERE ${where} RETURN count(*) AS n`, { x: 3 }).all();
	} finally {
		(passes as (typeof watch)[]).pop();
	}
	assert.equal(read.filter((text) => text.includes('"access"') && text.includes('_N_v')).length, 5);
	await db.close();
});

/** Functions and tables left out; of indexes their names. */
function indexNames(key: string, value: unknown): unknown {
	if (key === 'index' && value !== null && typeof value === 'object') return (value as { readonly name: string }).name;
	return key === 'table' || key === 'function' || typeof value === 'bigint' ? undefined : value;
}
