/** The table of error codes and the code that throws them agree. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ERROR_CODES } from './error-codes.ts';

const source = fileURLToPath(new URL('../../src/', import.meta.url));
const THROWN = /new (\w+Error)\(\s*'([a-z][a-z0-9-]*)'/g;
const FAMILIES = new Set(ERROR_CODES.map((c) => c.family as string));

/** 'code family' → a file that throws it. */
function thrown(): Map<string, string> {
	const found = new Map<string, string>();
	for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
		if (!/\.ts$/.test(name) || /\.(test|suite|testing|task)\.ts$|simulated|memory-log|test-d|error-codes/.test(name)) continue;
		for (const [, family, code] of readFileSync(join(source, name), 'utf8').matchAll(THROWN)) {
			if (FAMILIES.has(family!) || /^(Conflict|Limit|Input)Error$/.test(family!)) found.set(`${code} ${family}`, name);
		}
	}
	return found;
}

test('every code that is thrown is in the table, under the class that throws it', { skip: !existsSync(source) && 'the sources are not here' }, () => {
	const known = new Set(ERROR_CODES.map((c) => `${c.code} ${c.family}`));
	const missing = [...thrown()].filter(([key]) => !known.has(key) && !key.startsWith('sql '));
	assert.deepEqual(missing, []);
});

test('every code of the table is thrown somewhere, and only once in it', { skip: !existsSync(source) && 'the sources are not here' }, () => {
	const codes = new Set([...thrown().keys()].map((key) => key.split(' ')[0]));
	assert.deepEqual(
		ERROR_CODES.map((c) => c.code).filter((code) => code !== 'sql' && !codes.has(code)),
		[],
	);
	assert.equal(new Set(ERROR_CODES.map((c) => c.code)).size, ERROR_CODES.length);
});
