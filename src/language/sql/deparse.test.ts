import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyzeQueryOf } from './analyze-statement.ts';
import { deparseExpression, deparseStatement } from './deparse.ts';
import { parseStatement } from './parser.ts';
import { keepColumnNamesInView, renameColumnInText, renameRelationInView } from './rename-in-text.ts';
import { parseExpressionText } from './stored-text.ts';
import { testContext } from './test-catalog.ts';

/** Everything but locations. */
function shape(node: unknown): unknown {
	return JSON.parse(JSON.stringify(node, (key, value) => (key === 'location' ? undefined : value)));
}

const EXPRESSIONS = [
	'((a + 1) > 5)',
	'(NOT (a IS NULL))',
	'((x)::numeric(10, 2) * (- y))',
	"CASE WHEN (a > 1) THEN 'it''s' ELSE NULL END",
	'(a BETWEEN 1 AND 2)',
	'(b = ANY (ARRAY[1, 2]))',
	'(lower("Mixed Case") ~~ \'a%\')',
	'count(DISTINCT x ORDER BY x DESC) FILTER (WHERE (y > 0))',
	'sum(x) OVER (PARTITION BY y ORDER BY z ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)',
	"(now() AT TIME ZONE 'UTC')",
	'EXTRACT(year FROM made)',
	"'1 day'::interval day to second(3)",
	'(t.arr)[1:2]',
	'(EXISTS (SELECT 1 FROM t WHERE (t.a = 1)))',
	'percentile_cont(0.5) WITHIN GROUP (ORDER BY x)',
	'(E\'a\\\\b\' COLLATE "C")',
];

for (const text of EXPRESSIONS) {
	test(`writes ${text} so that it parses back the same`, () => {
		const node = parseExpressionText(text);
		assert.deepEqual(shape(parseExpressionText(deparseExpression(node))), shape(node));
	});
}

const QUERIES = [
	'WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT DISTINCT ON (n) n FROM t ORDER BY n DESC NULLS LAST LIMIT 3 OFFSET 1',
	'SELECT a.*, b.x AS y FROM a LEFT JOIN (b CROSS JOIN c) ON a.i = b.i, LATERAL (SELECT 1) AS l(o), generate_series(1, 2) WITH ORDINALITY AS g(v, n) WHERE a.i IN (SELECT 1) GROUP BY ROLLUP (a, b), c HAVING count(*) > 1 WINDOW w AS (PARTITION BY x) FOR UPDATE OF a NOWAIT',
	'(SELECT 1 UNION SELECT 2 ORDER BY 1) EXCEPT ALL VALUES (3), (4)',
	'SELECT * FROM t JOIN u USING (id) NATURAL JOIN v ORDER BY 1 FETCH FIRST 2 ROWS WITH TIES',
	'SELECT * FROM ROWS FROM (f(1) AS (a int, b text), g(2)) AS r',
];

for (const text of QUERIES) {
	test(`writes ${text.slice(0, 60)}… so that it stays the same`, () => {
		const once = deparseStatement(parseStatement(text)!);
		assert.equal(deparseStatement(parseStatement(once)!), once);
	});
}

test('stars of an analysed query are written out as columns', () => {
	const text = 'SELECT *, a.* FROM artist AS a JOIN album USING (id)';
	const node = parseStatement(text)!;
	analyzeQueryOf(node, text, testContext);
	assert.match(deparseStatement(node), /^SELECT a\.id, a\.name, album\.title, .*album\.doubled, a\.id, a\.name FROM/);
});

test('a renamed column is renamed in expressions over its table', () => {
	assert.equal(renameColumnInText("((price > 0) AND (price(x) <> 'price'))", 'price', 'Cost'), '(("Cost" > 0) AND (price(x) <> \'price\'))');
});

test('views keep their names when tables and columns under them are renamed', () => {
	const text = 'SELECT album.title, c.title FROM album JOIN other AS c USING (title)';
	const table = { schema: 'public', name: 'album' };
	assert.equal(renameRelationInView(text, table, 'record'), 'SELECT album.title, c.title FROM (record album JOIN other c USING (title))');
	assert.equal(keepColumnNamesInView(text, table, ['id', 'title']), 'SELECT album.title, c.title FROM (album album(id, title) JOIN other c USING (title))');
	const hidden = 'WITH album AS (SELECT * FROM album) SELECT * FROM album, public.album AS b';
	assert.equal(renameRelationInView(hidden, table, 'r'), 'WITH album AS (SELECT * FROM r album) SELECT * FROM album, public.r b');
});
