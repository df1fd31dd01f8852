/** What is found wrong with a query before it runs: openCypher's name of the mistake, per text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PolylogError } from '../../platform/errors.ts';
import { compileOver } from './test-graph.ts';

const MISTAKES: readonly (readonly [string, readonly string[]])[] = [
	[
		'UndefinedVariable',
		[
			'RETURN x',
			'MATCH (n) WITH n.a AS a RETURN n',
			'MATCH (n) WHERE (n)-[r]->() RETURN n',
			'MATCH (n) RETURN DISTINCT n.a ORDER BY n.b',
			'MATCH (n) WITH count(n) AS c ORDER BY n.a RETURN c',
			'CREATE (a {x: 1})-[:T]->({y: a.x})',
			'MATCH (n) CALL { MATCH (m) RETURN n.x AS x } RETURN x',
			'MATCH (n) CALL (m) { RETURN 1 AS x } RETURN x',
			'CALL db.labels() YIELD name RETURN name',
			'MATCH (n) USING SCAN m:A RETURN n',
			'RETURN [x IN [1] | y]',
		],
	],
	[
		'VariableAlreadyBound',
		[
			'MATCH (a) CREATE (a)',
			'MATCH (a) CREATE (a:L)-[:T]->()',
			'MATCH (a) MERGE (a)',
			'MATCH ()-[r]->() CREATE ()-[r:T]->()',
			'MATCH p = (a) MATCH p = (b) RETURN p',
			'WITH 1 AS x UNWIND [1] AS x RETURN x',
			'WITH 1 AS label CALL db.labels() YIELD label RETURN label',
			'WITH 1 AS x CALL { RETURN 2 AS x } RETURN x',
			'WITH 1 AS x FOREACH (x IN [1] | CREATE ())',
		],
	],
	[
		'VariableTypeConflict',
		['MATCH (a)-[a]->() RETURN a', 'MATCH p = (a) MATCH (p) RETURN p', 'WITH 1 AS n MATCH (n) RETURN n', 'MATCH ()-[r]->() MATCH ()-[r*]->() RETURN r'],
	],
	['RelationshipUniquenessViolation', ['MATCH ()-[r]->()-[r]->() RETURN r', 'MATCH ()-[r]->(), ()-[r]->() RETURN r']],
	[
		'AmbiguousAggregationExpression',
		['MATCH (n) RETURN n.a + count(*)', 'MATCH (n) RETURN n.a + n.b, n.a + n.b + count(*)', 'MATCH (a), (b) WITH a, b.x + count(*) AS c RETURN c'],
	],
	[
		'InvalidAggregation',
		['MATCH (n) WHERE count(n) > 1 RETURN n', 'MATCH (n) RETURN n.a ORDER BY max(n.b)', 'UNWIND [count(*)] AS x RETURN x', 'CREATE ({a: count(*)})'],
	],
	['NestedAggregation', ['RETURN count(sum(1))']],
	['NonConstantExpression', ['MATCH (n) RETURN n LIMIT n.a', 'RETURN sum(rand())']],
	['NoExpressionAlias', ['WITH 1 RETURN 1']],
	['ColumnNameConflict', ['RETURN 1 AS a, 2 AS a', 'WITH 1 AS a, 2 AS a RETURN a']],
	['NoVariablesInScope', ['MATCH () RETURN *']],
	['DifferentColumnsInUnion', ['RETURN 1 AS a UNION RETURN 2 AS b']],
	['NegativeIntegerArgument', ['RETURN 1 LIMIT -1', 'RETURN 1 SKIP -1']],
	[
		'InvalidArgumentType',
		[
			'RETURN 1 LIMIT 1.5',
			'RETURN NOT 1',
			'RETURN 1 AND true',
			'MATCH (n) WHERE n RETURN n',
			'RETURN 1 IN 2',
			"RETURN 'a' - 1",
			'WITH 1 AS x RETURN x.a',
			'WITH 1 AS x RETURN x[0]',
			'RETURN [1][true]',
			'MATCH (n) RETURN length(n)',
			'MATCH p = () RETURN size(p)',
			'MATCH ()-[r]->() RETURN labels(r)',
			'RETURN properties(1)',
			'DELETE 1',
			"RETURN any(x IN ['a'] WHERE x % 2 = 0)",
			'CALL dbms.queryJmx(1)',
		],
	],
	['NoSingleRelationshipType', ['CREATE ()-[:A|B]->()', 'CREATE ()-->()', 'MERGE ()-[r]->()']],
	['CreatingVarLength', ['CREATE ()-[:T*2]->()']],
	['RequiresDirectedRelationship', ['CREATE ()-[:T]-()']],
	['InvalidParameterUse', ['MATCH (n $p) RETURN n', 'MERGE (n $p)']],
	['InvalidHint', ['MATCH (n:A) USING SCAN n:B RETURN n', 'MATCH (n:A) USING INDEX n:A(x) RETURN n']],
	['IndexNotFound', ['MATCH (n:A) USING INDEX n:A(x) WHERE n.x = 1 RETURN n', 'MATCH (n:A {x: 1}) USING INDEX SEEK n:A(x) RETURN n']],
	['InvalidDelete', ['MATCH (n) DELETE n:A']],
	['UnknownFunction', ['RETURN nope(1)']],
	['InvalidNumberOfArguments', ['RETURN size()', "RETURN split('a')", 'CALL db.labels(1)']],
	['InvalidArgumentPassingMode', ['CALL db.labels YIELD label RETURN label']],
	['ProcedureNotFound', ['CALL no.such()']],
	[
		'InvalidClauseComposition',
		[
			'MATCH (n)',
			'RETURN 1 AS x MATCH (n) RETURN n',
			'CREATE (n) MATCH (m) RETURN m',
			'MATCH (n) WHERE EXISTS { CREATE () } RETURN n',
			'RETURN COLLECT { MATCH (n) RETURN n, 1 AS x }',
			'MATCH (n) USE g RETURN n',
		],
	],
	[
		'UnexpectedSyntax',
		['MATCH (n) RETURN (n)-->()', 'MATCH (n) RETURN size((n)-->())', 'RETURN lower(DISTINCT 1)', 'MATCH p = shortestPath((a)-->()-->(b)) RETURN p'],
	],
];

for (const [detail, texts] of MISTAKES) {
	test(`${detail} is found before the query runs`, () => {
		for (const text of texts) {
			assert.throws(
				() => compileOver(text),
				(error) => {
					assert.ok(error instanceof PolylogError, String(error));
					assert.equal(error.message.slice(0, error.message.indexOf(':')), detail, `${text}: ${error.message}`);
					assert.ok(error.position !== undefined && error.position <= text.length, text);
					return true;
				},
			);
		}
	});
}

/** Right, although near to a mistake. */
const RIGHT: readonly string[] = [
	'MATCH (n) WITH n.a AS a WHERE n.b = 1 RETURN a',
	'MATCH (n) WITH n.a AS a ORDER BY n.b RETURN a',
	'MATCH (n) RETURN DISTINCT n.a ORDER BY n.a',
	'MATCH (n) RETURN n.a, n.a + count(*)',
	'MATCH (n) RETURN n, n.a + count(*)',
	'MATCH (n) RETURN n.a AS a, count(*) AS c ORDER BY count(*), a',
	'MATCH (n) RETURN count(n) + size([x IN [1] | x])',
	'MATCH (a)-[r]->(b) MATCH (c)-[r]->(d) RETURN c',
	'MATCH (a) CALL { MATCH (a) RETURN count(a) AS c } RETURN c',
	'MATCH (n) WHERE NOT (n)-->() AND exists((n)--()) RETURN n',
	'MATCH (n) RETURN CASE WHEN (n)-->() THEN 1 END',
	'CREATE (a) CREATE (a)-[:T]->(b {x: a.y})',
	'CREATE (a) WITH a MATCH (m) RETURN m',
	'RETURN 1 AS a, 2 AS b UNION RETURN 3 AS b, 4 AS a',
	'RETURN 1 LIMIT toInteger(ceil(1.7))',
	'WITH null AS n OPTIONAL MATCH (n)-->(m) RETURN m',
	'UNWIND $rows AS row MATCH (row)-->(b) RETURN b',
	'RETURN $x.a + $x[0]',
	'CALL dbms.queryJmx',
	'MATCH (a), (b) RETURN shortestPath((a)-[*]-(b))',
	'MATCH (a:A)-->(b) USING SCAN a:A USING JOIN ON b RETURN a',
];

test('what is only near to a mistake is accepted', () => {
	for (const text of RIGHT) assert.doesNotThrow(() => compileOver(text), text);
});
