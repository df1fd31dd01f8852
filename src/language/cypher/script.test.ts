import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cypherStatements } from './script.ts';

const texts = (script: string): string[] => [...cypherStatements(script)].map((statement) => statement.text);

test('semicolons end statements outside of strings, names and comments', () => {
	assert.deepEqual(texts('CREATE (:A {t: \'a;b\\\';\'});\n// no; \nRETURN "x;\\"" AS `a;b` /* ; */; MATCH (n) RETURN n / 2'), [
		"CREATE (:A {t: 'a;b\\';'})",
		'RETURN "x;\\"" AS `a;b` /* ; */',
		'MATCH (n) RETURN n / 2',
	]);
	assert.deepEqual(texts(' ;; // nothing\n;'), []);
	assert.deepEqual(texts(':begin\nCREATE (:A);\n:commit\n'), [':begin', 'CREATE (:A)', ':commit']);
	assert.deepEqual([...cypherStatements("RETURN 'a;")], [{ text: "RETURN 'a;", end: 10, isEnded: false }]);
});
