/** Every error code of the house has a SQLSTATE. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorruptionError, sqlError } from '../../platform/errors.ts';
import { thrownErrors } from '../thrown-errors.testing.ts';
import { OutputBuffer } from './output-buffer.ts';
import { sqlstateOf, writeError } from './sqlstates.ts';

function text(error: unknown): string {
	const out = new OutputBuffer();
	writeError(out, error);
	return out.bytes.toString('utf8', 5, out.length);
}

test('every code that is thrown anywhere has a SQLSTATE', () => {
	const { byCode } = thrownErrors();
	assert.ok(byCode.length > 100, String(byCode.length));
	assert.deepEqual(
		byCode.filter(({ error }) => sqlstateOf(error) === null).map(({ name }) => name),
		[],
	);
});

test('what is no error of the house is an internal error, a stack used up is a limit', () => {
	assert.match(text(new TypeError('x is not a function')), /CXX000\0Minternal error: x is not a function\0/);
	assert.match(text(new RangeError('Maximum call stack size exceeded')), /C54001\0Mstack depth limit exceeded\0/);
	assert.match(text('not even an error'), /CXX000\0/);
	assert.match(text(new CorruptionError('corruption', 'bad block')), /CXX001\0/);
	assert.match(text(sqlError('23505', 'duplicate\0key')), /C23505\0Mduplicatekey\0/);
});
