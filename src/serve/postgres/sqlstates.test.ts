/** Every error code of the house has a SQLSTATE. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
	ClosedError,
	ConflictError,
	CorruptionError,
	InputError,
	IoError,
	LimitError,
	PolylogError,
	sqlError,
	UnavailableError,
	UnsupportedError,
} from '../../platform/errors.ts';
import { OutputBuffer } from './output-buffer.ts';
import { sqlstateOf, writeError } from './sqlstates.ts';

const families = new Map(
	[PolylogError, InputError, ConflictError, LimitError, UnsupportedError, ClosedError, UnavailableError, IoError, CorruptionError].map((family) => [
		family.name,
		family,
	]),
);
const built = fileURLToPath(new URL('../../', import.meta.url));

function text(error: unknown): string {
	const out = new OutputBuffer();
	writeError(out, error);
	return out.bytes.toString('utf8', 5, out.length);
}

test('every code that is thrown anywhere has a SQLSTATE', () => {
	const thrown =
		/new (PolylogError|InputError|ConflictError|LimitError|UnsupportedError|ClosedError|UnavailableError|IoError|CorruptionError)\(\s*'([a-z0-9-]+)'/g;
	const unmapped: string[] = [];
	for (const name of readdirSync(built, { recursive: true, encoding: 'utf8' })) {
		if (!name.endsWith('.js') || name.includes('.test.')) continue;
		for (const [, family, code] of readFileSync(join(built, name), 'utf8').matchAll(thrown)) {
			const made = families.get(family!)!;
			if (sqlstateOf(new made(code!, 'message')) === null) unmapped.push(`${code} (${name})`);
		}
	}
	assert.deepEqual(unmapped, []);
});

test('what is no error of the house is an internal error, a stack used up is a limit', () => {
	assert.match(text(new TypeError('x is not a function')), /CXX000\0Minternal error: x is not a function\0/);
	assert.match(text(new RangeError('Maximum call stack size exceeded')), /C54001\0Mstack depth limit exceeded\0/);
	assert.match(text('not even an error'), /CXX000\0/);
	assert.match(text(new CorruptionError('corruption', 'bad block')), /CXX001\0/);
	assert.match(text(sqlError('23505', 'duplicate\0key')), /C23505\0Mduplicatekey\0/);
});
