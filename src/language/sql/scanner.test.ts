import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitStatements } from './scanner.ts';

const texts = (script: string): string[] => splitStatements(script).map((s) => s.text);

test('statements end at semicolons outside quotes, comments and parentheses', () => {
	assert.deepEqual(texts("select 1; -- x ; y\n select 'a;b', \"c;d\", $$;$$, $x$;$$;$x$ /* ; /* ; */ ; */ ;; select e'\\';' ; "), [
		'select 1',
		'select \'a;b\', "c;d", $$;$$, $x$;$$;$x$',
		"select e'\\';'",
	]);
	assert.deepEqual(texts('create rule r as on insert to t do (select 1; select 2); select 3'), [
		'create rule r as on insert to t do (select 1; select 2)',
		'select 3',
	]);
});

test('the body of a function BEGIN ATOMIC … END stays whole', () => {
	const body = 'create or replace function f() returns int begin atomic select 1; select case when true then 1 end; end';
	assert.deepEqual(texts(`${body}; select 2`), [body, 'select 2']);
	assert.deepEqual(texts('begin; select 1; end'), ['begin', 'select 1', 'end']);
});

test('each statement is where its start says, and nothing but separators is lost', () => {
	const piece = fc.constantFrom('select 1', "'a;''b'", '"x;"', '$$ ; $$', '/* ; */', '-- ;\n', ';', ' ', '\n', '(', ')', 'é😀', '$1', 'a.b');
	fc.assert(
		fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
			const script = pieces.join('');
			let from = 0;
			for (const statement of splitStatements(script)) {
				assert.equal(script.slice(statement.start, statement.start + statement.text.length), statement.text);
				assert.ok(statement.start >= from);
				assert.notEqual(statement.text.trim(), '');
				from = statement.start + statement.text.length;
			}
		}),
		{ numRuns: 500 },
	);
});
