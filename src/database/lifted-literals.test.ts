import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { liftLiterals } from './lifted-literals.ts';

function lifted(text: string): string | null {
	const found = liftLiterals(text);
	return found === null ? null : `${found.text} | ${found.literals.map((literal, i) => `${literal}:${found.oids[i]}`).join(' ')}`;
}

test('literals behind comparisons and in the row of an INSERT become parameters', () => {
	assert.equal(lifted("select * from t where id = 42 and name='it''s' limit 3"), "select * from t where id = $1 and name=$2 limit 3 | 42:23 it's:0");
	assert.equal(lifted('SELECT a.b FROM a WHERE a.b >= 1.5 AND (c < 3000000000);'), 'SELECT a.b FROM a WHERE a.b >= $1 AND (c < $2); | 1.5:1700 3000000000:20');
	assert.equal(lifted("insert into t (a, b) values (1, 'x', now(), -5) returning a"), 'insert into t (a, b) values ($1, $2, now(), -5) returning a | 1:23 x:0');
	assert.equal(lifted("select * from t where 5 < a and ('x' = b) and 7 > 0"), 'select * from t where $1 < a and ($2 = b) and $3 > $4 | 5:23 x:0 7:23 0:23');
	assert.equal(lifted('update t set a = 1, b = b + 1 where "c ""d" <> 2'), 'update t set a = $1, b = b + 1 where "c ""d" <> $2 | 1:23 2:23');
});

test('what a parameter might not mean stays in the text', () => {
	for (const text of [
		'select 1',
		'select * from t where a = 1::text',
		"select * from t where a = '1' || 'b'",
		"select * from t where a = date '2020-01-01'",
		'select * from t where a = \'x\' collate "C"',
		'select * from t where a = 1 + b',
		'select * from t where a in (1, 2)',
		'select * from t where a between 1 and 2',
		'select * from t limit 1',
		'create table t (a int default 1, check (a = 1))',
		'explain select * from t where a = 1',
	]) {
		assert.equal(lifted(text), null, text);
	}
});

test('texts out of the ordinary are left alone', () => {
	for (const text of [
		'select * from t where a = $1 and b = 2',
		'select * from t where a = 1 -- and b = 2',
		'select * from t where a = /* 1 */ 2',
		"select * from t where a = E'\\n' and b = 1",
		"select * from t where a = x'1f' and b = 1",
		"select * from t where a = U&'x' and b = 1",
		"select * from t where a = 'x'\n'y' and b = 1",
		"select * from t where b = 1 and a = 'open",
		'select a = 1 from t group by a = 1',
		'select distinct a = 1 from t',
		"select * from pg_class where relname = 'x'",
		"select * from t where at = 'now' and b = 1",
		"select * from t where at < 'tomorrow 05:00' and b = 1",
		'insert into t values (1), (2)',
		'select * from t where a = 5x',
		`select * from t where a = '${'x'.repeat(5000)}'`,
	]) {
		assert.equal(lifted(text), null, text);
	}
});

test('any text is either left alone or comes back when its literals are put in their places', () => {
	const piece = fc.constantFrom(
		'=',
		'<>',
		' ',
		"'a'",
		"''",
		'7',
		'.5',
		'1e5',
		'(',
		')',
		',',
		'values',
		'a',
		'"q"',
		'::',
		"'",
		'"',
		'-',
		'and',
		';',
		'x.y',
		'\n',
		'é',
	);
	fc.assert(
		fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
			const text = `select ${pieces.join('')}`;
			const found = liftLiterals(text);
			if (found === null) return;
			const whole = found.text.replaceAll(/\$(\d+)/g, (_, number: string) => {
				const literal = found.literals[Number(number) - 1]!;
				return found.oids[Number(number) - 1] === 0 ? `'${literal.replaceAll("'", "''")}'` : literal;
			});
			assert.equal(whole, text);
		}),
		{ numRuns: 2000 },
	);
});
