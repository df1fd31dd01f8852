/** Every error of the house has a status of Neo4j's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CYPHER_ERRORS, type CypherErrorKind, cypherError } from '../../platform/cypher-errors.ts';
import { sqlError } from '../../platform/errors.ts';
import { thrownErrors } from '../thrown-errors.testing.ts';
import { failureOf, statusOf } from './status-codes.ts';

test('every code, SQLSTATE and condition that is thrown anywhere has a status', () => {
	const { byCode, bySqlstate } = thrownErrors();
	assert.ok(byCode.length > 100 && bySqlstate.length > 1000, `${byCode.length} ${bySqlstate.length}`);
	const unmapped = [...byCode, ...bySqlstate].filter(({ error }) => statusOf(error) === null).map(({ name }) => name);
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
