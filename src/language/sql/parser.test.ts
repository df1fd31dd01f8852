import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PolylogError } from '../../platform/errors.ts';
import { parseSql, parseStatement } from './parser.ts';

function errorOf(text: string): { sqlstate: string | undefined; message: string; position: number | undefined } {
	try {
		parseSql(text);
	} catch (error) {
		assert.ok(error instanceof PolylogError);
		return { sqlstate: error.sqlstate, message: error.message, position: error.position };
	}
	throw new assert.AssertionError({ message: `no error: ${text.slice(0, 80)}` });
}

test('a statement gives its parse tree, at once and without awaiting', () => {
	const node = parseStatement('SELECT 1 AS one');
	const target = node?.SelectStmt?.targetList?.[0] as { ResTarget?: { name: string } } | undefined;
	assert.equal(target?.ResTarget?.name, 'one');
	assert.equal(parseStatement(' -- nothing\n'), null);
});

test('syntax errors carry the text of PostgreSQL and the position in characters', () => {
	assert.deepEqual(errorOf('select 1 frm frm'), { sqlstate: '42601', message: 'syntax error at or near "frm"', position: 14 });
	assert.deepEqual(errorOf("select '😀é' frm frm"), { sqlstate: '42601', message: 'syntax error at or near "frm"', position: 17 });
	assert.equal(errorOf("select 'abc").message, 'unterminated quoted string at or near "\'abc"');
});

test('errors that are not of syntax have their own SQLSTATE', () => {
	assert.equal(errorOf("select U&'\\zzzz'").sqlstate, '42601');
	assert.equal(errorOf("select E'\\u00zz'").sqlstate, '22025');
	assert.equal(errorOf("select '\0'").sqlstate, '22021');
});

test('deep nesting is refused and the parser goes on', () => {
	assert.equal(errorOf(`select ${'1+'.repeat(50000)}1`).sqlstate, '54001');
	assert.ok(['42601', '54001'].includes(errorOf(`select ${'('.repeat(20000)}1`).sqlstate ?? ''));
	assert.notEqual(parseStatement('select 1'), null);
});

test('a prepared statement holds one command', () => {
	assert.throws(() => parseStatement('select 1; select 2'), { sqlstate: '42601' });
});

/** Everything but locations. */
function withoutLocations(node: unknown): unknown {
	return JSON.parse(JSON.stringify(node, (key, value) => (key === 'location' ? undefined : value)));
}

test('a huge VALUES list gives the tree that the parser would give', () => {
	const rows = Array.from({ length: 6000 }, (_, i) =>
		i % 500 === 0 ? `(${i}+1, lower('X'), DEFAULT, $1)` : `(${i}, 'it''s é ${i}', -1.5e3, ${i % 2 ? 'NULL' : 'true'})`,
	);
	const text = `INSERT INTO t (a, b, c, d) VALUES ${rows.join(',\n')} ON CONFLICT DO NOTHING RETURNING a`;
	assert.ok(text.length > 65536);
	const split = parseSql(text)[0]!.node;
	const lists = split.InsertStmt?.selectStmt as { SelectStmt: { valuesLists: unknown[] } };
	assert.equal(lists.SelectStmt.valuesLists.length, rows.length);
	for (const i of [0, 1, 2, 500, 501, 5999]) {
		const alone = parseStatement(`INSERT INTO t (a, b, c, d) VALUES ${rows[i]}`)?.InsertStmt?.selectStmt as typeof lists;
		assert.deepEqual(withoutLocations(lists.SelectStmt.valuesLists[i]), withoutLocations(alone.SelectStmt.valuesLists[0]));
	}
	assert.equal(split.InsertStmt?.onConflictClause?.action, 'ONCONFLICT_NOTHING');
	const returning = split.InsertStmt?.returningClause?.exprs?.[0] as { ResTarget: { location: number } };
	assert.equal(Buffer.from(text).subarray(returning.ResTarget.location).toString(), 'a');
});

test('errors inside a huge VALUES list point into the whole text', () => {
	const rows = Array.from({ length: 6000 }, (_, i) => (i === 4000 ? '(1 frm frm, 2)' : `(${i}, 'some text that fills')`));
	const text = `INSERT INTO t VALUES ${rows.join(', ')}`;
	assert.equal(errorOf(text).position, text.indexOf('frm') + 1);
});
