/** Patterns over bytes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GlobPattern } from './glob-pattern.ts';

function matches(pattern: string, text: string): boolean {
	const bytes = Buffer.from(text);
	return new GlobPattern(Buffer.from(pattern)).matches(bytes, 0, bytes.length);
}

test('stars, question marks, sets, escapes', () => {
	const cases: readonly (readonly [string, string, boolean])[] = [
		['*', '', true],
		['', '', true],
		['', 'a', false],
		['h?llo', 'hello', true],
		['h?llo', 'hllo', false],
		['h*llo', 'heeeello', true],
		['h[ae]llo', 'hallo', true],
		['h[ae]llo', 'hillo', false],
		['h[^e]llo', 'hallo', true],
		['h[^e]llo', 'hello', false],
		['h[a-c]llo', 'hbllo', true],
		['h[c-a]llo', 'hbllo', true],
		['h\\?llo', 'h?llo', true],
		['h\\?llo', 'hello', false],
		['h[\\]]', 'h]', true],
		['a*b*c', 'axxbxxc', true],
		['a*b*c', 'axxbxx', false],
		['**a**', 'bab', true],
		['[abc', 'b', true],
		['a\\', 'a\\', true],
		['user:*:x', 'user:1:y', false],
	];
	for (const [pattern, text, expected] of cases) assert.equal(matches(pattern, text), expected, `${pattern} and ${text}`);
});

test('the fixed beginning is known, and many stars take no exponential time', () => {
	assert.equal(Buffer.from(new GlobPattern(Buffer.from('user:1*')).prefix).toString(), 'user:1');
	assert.equal(Buffer.from(new GlobPattern(Buffer.from('a\\*')).prefix).toString(), 'a');
	assert.equal(matches(`${'a*'.repeat(40)}b`, 'a'.repeat(2000)), false);
});
