/** What the parser makes of texts, and where it says that they are wrong. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PolylogError } from '../../platform/errors.ts';
import type { Expression, Statement } from './ast.ts';
import { parse } from './parser.ts';

/** An expression, from a RETURN of it. */
function expression(text: string): Expression {
	const { body } = parse(`RETURN ${text} AS x`);
	assert.equal(body.kind, 'singleQuery');
	const [clause] = (body as Extract<Statement['body'], { kind: 'singleQuery' }>).clauses;
	assert.equal(clause?.kind, 'return');
	return (clause as Extract<typeof clause, { kind: 'return' }>).projection.items[0]!.expression;
}

/** An expression with all parentheses and none of its own. */
function shape(e: Expression): string {
	switch (e.kind) {
		case 'binary':
			return `(${shape(e.left)} ${e.operator} ${shape(e.right)})`;
		case 'unary':
			return `(${e.operator} ${shape(e.operand)})`;
		case 'comparison':
			return `(${e.operands.map((o, i) => `${shape(o)}${i < e.operators.length ? ` ${e.operators[i]} ` : ''}`).join('')})`;
		case 'isNull':
			return `(${shape(e.operand)} IS ${e.negated ? 'NOT ' : ''}NULL)`;
		case 'variable':
			return e.name;
		case 'integer':
		case 'float':
			return String(e.value);
		case 'property':
			return `${shape(e.subject)}.${e.key.name}`;
		case 'labelPredicate':
			return `${shape(e.subject)}:${e.labels.kind}`;
		case 'boolean':
			return String(e.value);
		default:
			return e.kind;
	}
}

const SHAPES: readonly (readonly [string, string])[] = [
	['1 + 2 * 3 ^ 4 - 5', '((1 + (2 * (3 ^ 4))) - 5)'],
	['2 ^ 3 ^ 2', '((2 ^ 3) ^ 2)'],
	['-2 ^ 2', '(-2 ^ 2)'],
	['- x ^ 2', '((- x) ^ 2)'],
	['NOT a = b OR c AND NOT d XOR e', '((NOT (a = b)) OR ((c AND (NOT d)) XOR e))'],
	['a < b <= c', '(a < b <= c)'],
	['a + 1 IN b = c', '(((a + 1) IN b) = c)'],
	['a STARTS WITH b AND a ENDS WITH c', '((a STARTS WITH b) AND (a ENDS WITH c))'],
	['a.b IS NOT NULL = true', '((a.b IS NOT NULL) = true)'],
	['not true', '(NOT true)'],
	['n:A:B', 'n:labelAnd'],
	['(n:A|B)', 'n:labelOr'],
	['9223372036854775807', '9223372036854775807'],
	['-9223372036854775808', '-9223372036854775808'],
	['0xFF', '255'],
	['-0o17', '-15'],
	['1_000', '1000'],
	['1.5e-3', '0.0015'],
	['.5', '0.5'],
	['(a)', 'a'],
	['(a)-->(b)', 'patternExpression'],
	['(a) - (b)', '(a - b)'],
	['(a) < -(b)', '(a < (- b))'],
	['[x IN xs]', 'listComprehension'],
	['[x IN xs, 1]', 'list'],
	['[(a)-->(b) | b.x]', 'patternComprehension'],
	['[p = (a)-->(b) WHERE b:B | p]', 'patternComprehension'],
	['[p = (a)]', 'list'],
	['[x IN xs WHERE x:A | x.y]', 'listComprehension'],
	['n {.a, .*, b: 1, c}', 'mapProjection'],
	['count(*)', 'countStar'],
	['all(x IN xs WHERE x)', 'quantifier'],
	['all(x)', 'functionCall'],
	['reduce(a = 0, x IN xs | a + x)', 'reduce'],
	['EXISTS { (a)-->(b) }', 'subqueryExpression'],
	['COUNT { MATCH (a) RETURN a }', 'subqueryExpression'],
	['CASE a WHEN 1 THEN 2 END', 'case'],
	['a.b.c(1)', 'functionCall'],
	['shortestPath((a)-[*]-(b))', 'patternExpression'],
	['a[1..]', 'slice'],
	['{a: {b: [1, {c: 2}]}}', 'map'],
	['/* a */ 1 // b\n', '1'],
	['`a b`', 'a b'],
];

test('operators bind and associate as in Cypher', () => {
	for (const [text, wanted] of SHAPES) assert.equal(shape(expression(text)), wanted, text);
});

test('keywords are names where no keyword can be meant', () => {
	const names = ['match', 'order', 'end', 'count', 'exists', 'all', 'set', 'on', 'contains', 'where', 'type', 'index', 'asc'];
	for (const name of names) {
		parse(`MATCH (${name}:${name} {${name}: 1})-[:${name}]->() RETURN ${name}.${name} AS x`);
		parse(`WITH 1 AS ${name} RETURN ${name}`);
	}
});

test('strings have escapes', () => {
	assert.deepEqual(expression(String.raw`'a\'\n\u00e9\U0001F600"'`), { kind: 'string', value: 'a\'\né😀"', start: 7, end: 31 });
	assert.equal((expression('"a``b"') as { value: string }).value, 'a``b');
});

test('whole statements', () => {
	const texts = [
		'USE a.b MATCH (n) RETURN *, n.x AS y ORDER BY y DESC, n.z SKIP $a LIMIT 3;',
		'OPTIONAL MATCH p = (a:A&!B)<-[r:X|Y|:Z *1..3 {k: $v}]-(b WHERE b.x > 1), (c) USING INDEX a:A(x) USING SCAN b:B USING JOIN ON a WHERE a.x = 1 RETURN p',
		'UNWIND [1] AS x CREATE (a $p)-[:T]->(b) SET a.x = 1, a += {}, a = $m, a:L:M, (a).y = 2 REMOVE a.x, a:L DETACH DELETE a, b',
		'MERGE (a)-[:T]-(b) ON CREATE SET a.x = 1 ON MATCH SET b.y = 2, b:L RETURN 1',
		'FOREACH (x IN [1] | CREATE (:A) FOREACH (y IN x | SET y.z = 1))',
		"LOAD CSV WITH HEADERS FROM 'file:///x.csv' AS row FIELDTERMINATOR ';' RETURN row",
		'CALL db.labels() YIELD label AS l WHERE l STARTS WITH "A" RETURN l',
		'CALL db.labels',
		'CALL (a, b) { RETURN 1 AS x UNION ALL RETURN 2 AS x } IN TRANSACTIONS OF 10 ROWS ON ERROR CONTINUE REPORT STATUS AS s RETURN x',
		'MATCH (n) CALL { WITH n RETURN n.x AS x } RETURN x UNION RETURN 1 AS x UNION DISTINCT RETURN 2 AS x',
		'CREATE RANGE INDEX name IF NOT EXISTS FOR (n:Person) ON (n.a, n.b) OPTIONS {}',
		'CREATE INDEX ON :Person(a)',
		'CREATE LOOKUP INDEX FOR (n) ON EACH labels(n)',
		'CREATE FULLTEXT INDEX f FOR (n:A|B) ON EACH [n.x, n.y]',
		'CREATE INDEX FOR ()-[r:KNOWS]-() ON (r.since)',
		'CREATE CONSTRAINT c IF NOT EXISTS FOR (n:Person) REQUIRE (n.a, n.b) IS NODE KEY',
		'CREATE CONSTRAINT ON (n:Person) ASSERT n.a IS UNIQUE',
		'CREATE CONSTRAINT FOR (n:Person) REQUIRE n.a IS :: INTEGER NOT NULL',
		'DROP INDEX ON :Person(a)',
		'DROP CONSTRAINT c IF EXISTS',
		'SHOW INDEXES YIELD name, type WHERE type = "RANGE" RETURN name',
		'SHOW ALL CONSTRAINTS WHERE name = "a"',
		'SHOW DATABASE neo4j',
		'EXPLAIN MATCH (n) RETURN n',
		'PROFILE RETURN 1',
		'USING PERIODIC COMMIT 500 LOAD CSV FROM $f AS r CREATE ()',
		'CREATE (create), (n)',
	];
	for (const text of texts) parse(text);
});

/** Text, what the message begins with, and where. */
const ERRORS: readonly (readonly [string, string, number])[] = [
	['RETRN 1', "UnexpectedSyntax: invalid input 'RETRN': expected", 1],
	['MATCH (n RETURN n', "UnexpectedSyntax: invalid input 'RETURN': expected", 10],
	['MATCH (n)\nRETURN', 'UnexpectedSyntax: unexpected end of the query: expected', 17],
	['RETURN 1 +', 'UnexpectedSyntax: unexpected end of the query: expected', 11],
	['RETURN 1 2', "UnexpectedSyntax: invalid input '2': expected", 10],
	['RETURN {1: 2}', "UnexpectedSyntax: invalid input '1': expected '}' or a key", 9],
	["RETURN 'a", "UnexpectedSyntax: string without its end: expected '", 8],
	['RETURN `a', 'UnexpectedSyntax: name without its end: expected `', 8],
	['RETURN 1 /* a', 'UnexpectedSyntax: comment without its end: expected */', 10],
	['RETURN 9223372036854775808', 'IntegerOverflow: integer 9223372036854775808 is too large', 8],
	['RETURN 0x', "InvalidNumberLiteral: invalid number '0x'", 8],
	['RETURN 017', "InvalidNumberLiteral: invalid number '017': write octal numbers as 0o17", 8],
	['RETURN 12a', "InvalidNumberLiteral: invalid number '12a'", 8],
	['RETURN 1e999', 'FloatingPointOverflow: floating point number 1e999 is too large', 8],
	[String.raw`RETURN '\q'`, String.raw`UnexpectedSyntax: invalid escape '\q': expected one of`, 9],
	[String.raw`RETURN '\u12'`, 'InvalidUnicodeLiteral: invalid escape: expected 4 hexadecimal digits', 9],
	['RETURN 42 — 41', "InvalidUnicodeCharacter: invalid input '—'", 11],
	['MATCH ()-[:A..]->() RETURN 1', "InvalidRelationshipPattern: a range of lengths begins with '*'", 13],
	['RETURN 1 AS a UNION RETURN 2 AS a UNION ALL RETURN 3 AS a', 'InvalidClauseComposition: UNION and UNION ALL cannot be combined', 35],
	['SHOW THINGS', 'UnexpectedSyntax: unexpected end of the query: expected', 12],
];

test('syntax errors say what was met, what was expected, and where', () => {
	for (const [text, message, position] of ERRORS) {
		const error = failure(text);
		assert.equal(error.condition, 'SyntaxError', text);
		assert.ok(error.message.startsWith(message), `${text}: ${error.message}`);
		assert.equal(error.position, position, text);
	}
	assert.match(failure('MATCH (n)\n  RETURN n.').message, /\(line 2, column 12 \(offset: 21\)\)$/);
});

function failure(text: string): PolylogError {
	try {
		parse(text);
	} catch (error) {
		assert.ok(error instanceof PolylogError, String(error));
		return error;
	}
	return assert.fail(`${text} was accepted`);
}

test('deep nesting is refused, not crashed on', () => {
	const depth = 10_000;
	const nested = [
		`RETURN ${'('.repeat(depth)}1${')'.repeat(depth)}`,
		`RETURN ${'['.repeat(depth)}1${']'.repeat(depth)}`,
		`RETURN ${'{a:'.repeat(depth)}1${'}'.repeat(depth)}`,
		`RETURN ${'NOT '.repeat(depth)}true`,
		`RETURN ${'- '.repeat(depth)}x`,
		`MATCH (n:${'!'.repeat(depth)}A) RETURN n`,
		`MATCH (n) WHERE ${'EXISTS { MATCH (n) WHERE '.repeat(depth)}true${'}'.repeat(depth)} RETURN n`,
		`${'CALL { '.repeat(depth)}RETURN 1 AS x${'} RETURN x'.repeat(depth)}`,
		`RETURN ${'CASE WHEN true THEN '.repeat(depth)}1${' END'.repeat(depth)}`,
		`RETURN 1${' + 1'.repeat(depth)}`,
		`RETURN a${'.b'.repeat(depth)}`,
	];
	for (const text of nested) assert.equal(failure(text).sqlstate, '54001', text.slice(0, 40));
	parse(`RETURN ${'true AND '.repeat(depth)}true AS x`);
	parse(`RETURN ${'('.repeat(150)}1${')'.repeat(150)} AS x`);
});

test('any text is parsed or refused with a place in it', () => {
	const words = [
		'MATCH',
		'RETURN',
		'(',
		')',
		'[',
		']',
		'{',
		'}',
		'-',
		'>',
		'<',
		'*',
		':',
		'|',
		',',
		'.',
		'..',
		'n',
		"'s'",
		'1',
		'$p',
		'WHERE',
		'AND',
		'x IN',
		'EXISTS',
		'=',
		'/*',
		'`',
	];
	fc.assert(
		fc.property(fc.array(fc.constantFrom(...words), { maxLength: 25 }), (parts) => {
			const text = parts.join(' ');
			try {
				parse(text);
			} catch (error) {
				assert.ok(error instanceof PolylogError, String(error));
				assert.ok(error.position !== undefined && error.position >= 1 && error.position <= text.length + 1);
			}
		}),
		{ numRuns: 2000 },
	);
});
