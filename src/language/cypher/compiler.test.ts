/** Plans of queries before they are optimised: what is read, what is kept, what columns are called. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileOver, planOf } from './test-graph.ts';

function namesOf(text: string): readonly string[] {
	const compiled = compileOver(text);
	return compiled.kind === 'query' ? compiled.columns.map((c) => c.name) : [];
}

test('columns are named as they are written', () => {
	assert.deepEqual(namesOf('MATCH (n) RETURN n, n.a, count( * ), 1+1 AS two, `n`.`b c`'), ['n', 'n.a', 'count( * )', 'two', '`n`.`b c`']);
	assert.deepEqual(namesOf('WITH 1 AS b, 2 AS a RETURN *, a+b'), ['a', 'b', 'a+b']);
	assert.deepEqual(namesOf('CALL db.labels()'), ['label']);
	assert.deepEqual(namesOf('CREATE (n)'), []);
});

test('parameters are counted in the order of their first use', () => {
	const compiled = compileOver('MATCH (n {a: $y}) WHERE n.b = $x AND n.c = $y RETURN n LIMIT $z');
	assert.deepEqual(compiled.kind === 'query' && compiled.parameterNames, ['y', 'x', 'z']);
});

test('a statement says what it does', () => {
	const types = ['RETURN 1', 'CREATE ()', 'MATCH (n) SET n.a = 1', 'CALL { CREATE (n) } RETURN 1 AS x'].map((text) => {
		const compiled = compileOver(text);
		return compiled.kind === 'query' ? compiled.type : 'command';
	});
	assert.deepEqual(types, ['r', 'w', 'rw', 'rw']);
});

test('labels and properties are read only where they are asked for', () => {
	assert.doesNotMatch(planOf('MATCH (a)-[r]->(b) RETURN id(a), id(b), type(r), count(r)'), /properties/);
	assert.match(planOf('MATCH (a)-[r]->(b) RETURN a.name'), /properties/);
});

test('grouping goes by the id of a node', () => {
	assert.match(planOf('MATCH (n) WITH n, count(*) AS c RETURN n.a, c'), /Group Key: n?\.?id|Group Key: .*id/);
});

test('a long script of CREATE is one clause', () => {
	const text = Array.from({ length: 400 }, (_, i) => `CREATE (n${i}:A {i: ${i}})`).join('\n');
	assert.doesNotThrow(() => planOf(text));
});

test('commands are handed on', () => {
	const compiled = compileOver('CREATE INDEX FOR (n:A) ON (n.b)');
	assert.equal(compiled.kind === 'command' && compiled.command.kind, 'createIndex');
});

test('what is not supported is refused by name', () => {
	for (const text of ['CALL { CREATE () } IN TRANSACTIONS', "USING PERIODIC COMMIT LOAD CSV FROM 'a' AS r CREATE ()", 'MATCH ((a)-->(b))+ RETURN a'])
		assert.throws(() => compileOver(text), { sqlstate: '0A000' }, text);
});
