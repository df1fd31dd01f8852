import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directoryArgument } from './directory-argument.ts';

test('one directory is taken, the default without it, more is refused', () => {
	assert.equal(directoryArgument('sql', []), './data');
	assert.equal(directoryArgument('sql', ['/db']), '/db');
	assert.throws(() => directoryArgument('sql', ['/db', 'select 1']), { code: 'usage', message: 'one directory is expected, not "/db" "select 1"' });
});
