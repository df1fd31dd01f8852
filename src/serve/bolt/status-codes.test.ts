/** Every error of the house has a status of Neo4j's. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CYPHER_ERRORS, type CypherErrorKind, cypherError } from '../../platform/cypher-errors.ts';
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
import { failureOf, statusOf } from './status-codes.ts';

const families = new Map(
	[PolylogError, InputError, ConflictError, LimitError, UnsupportedError, ClosedError, UnavailableError, IoError, CorruptionError].map((family) => [
		family.name,
		family,
	]),
);
const built = fileURLToPath(new URL('../../', import.meta.url));

/** Calls `found` with every match in the built files. */
function search(pattern: RegExp, found: (match: RegExpMatchArray, name: string) => void): void {
	for (const name of readdirSync(built, { recursive: true, encoding: 'utf8' })) {
		if (!name.endsWith('.js') || /\.(test|suite|testing)\./.test(name) || name.startsWith('bundle')) continue;
		for (const match of readFileSync(join(built, name), 'utf8').matchAll(pattern)) found(match, name);
	}
}

test('every code, SQLSTATE and condition that is thrown anywhere has a status', () => {
	const unmapped: string[] = [];
	const thrown =
		/new (PolylogError|InputError|ConflictError|LimitError|UnsupportedError|ClosedError|UnavailableError|IoError|CorruptionError)\(\s*["']([a-z0-9-]+)["']/g;
	search(thrown, ([, family, code], name) => {
		if (statusOf(new (families.get(family!)!)(code!, 'message')) === null) unmapped.push(`${code} (${name})`);
	});
	search(/sqlError\(\s*["']([0-9A-Z]{5})["']/g, ([, sqlstate], name) => {
		if (statusOf(sqlError(sqlstate!, 'message')) === null) unmapped.push(`${sqlstate} (${name})`);
	});
	for (const kind of Object.keys(CYPHER_ERRORS)) {
		const status = statusOf(cypherError(kind as CypherErrorKind, 'message'));
		if (status === null) unmapped.push(kind);
		else assert.match(status.code, /^Neo\.(ClientError|TransientError|DatabaseError)\.[A-Z]\w+\.[A-Z]\w+$/);
	}
	assert.deepEqual(unmapped, []);
});

test('conflicts may be tried again, mistakes may not', () => {
	assert.match(failureOf(sqlError('40001', 'could not serialize')).status.code, /^Neo\.TransientError/);
	assert.match(failureOf(sqlError('55P03', 'lock timeout')).status.code, /^Neo\.TransientError/);
	assert.match(failureOf(sqlError('23505', 'duplicate')).status.code, /^Neo\.ClientError\.Schema/);
	assert.equal(failureOf(cypherError('SyntaxError', 'no', { position: 4 })).position, 4);
});

test('what is no error of the house is an internal error, a stack used up is a limit', () => {
	assert.equal(failureOf(new TypeError('x is not a function')).status.code, 'Neo.DatabaseError.General.UnknownError');
	assert.equal(failureOf(new RangeError('Maximum call stack size exceeded')).status.code, 'Neo.TransientError.General.StackOverFlowError');
	assert.equal(failureOf('not even an error').message, 'internal error');
});
