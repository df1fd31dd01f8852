/** What is advised from made-up figures: clear differences decide, unclear ones are called so, and what an engine cannot do is said. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyspaceEngine } from '../../database/embedded/keyspace.ts';
import { adviseEngine } from './advice.ts';
import { type ComparisonPlan, compareEngines } from './comparison.ts';
import { madeUpRunner, planOf } from './test-trials.ts';
import { parseWorkload } from './workload.ts';

const POINT_MIX = parseWorkload({ keys: '1000', mix: 'get=90,put=10' });

async function advised(speeds: Partial<Record<KeyspaceEngine, number>>, more: Partial<ComparisonPlan> = {}, spread = 0.01) {
	return adviseEngine(await compareEngines(planOf({ rate: 'none', ...more }), madeUpRunner(speeds, spread)));
}

test('the fastest is taken, with its price in figures', async () => {
	const { engine, words } = await advised({ lsm: 100_000, btree: 140_000, hash: 90_000 });
	assert.equal(engine, 'btree');
	assert.equal(words[0], 'Take btree: it does 1.40 × the operations a second of lsm (141,000 against 101,000).');
	assert.equal(words[1], 'The price: it writes 3.00 × the bytes of lsm (9.00 × against 3.00 ×).');
});

test('an engine without ranges is out when the mix has some, and in when it has none', async () => {
	const speeds = { lsm: 100_000, btree: 140_000, hash: 400_000 };
	const withRanges = await advised(speeds);
	assert.equal(withRanges.engine, 'btree');
	assert.ok(
		withRanges.words.some((line) => /^hash is out, since the mix has 5 % ranges; it would not be faster for the rest\.$/.test(line)),
		withRanges.words.join('\n'),
	);
	const without = await advised(speeds, { workload: POINT_MIX });
	assert.equal(without.engine, 'hash');
	assert.ok(without.words.some((line) => line.includes('holds all keys in memory')));
	const alone = await advised(speeds, { engines: ['hash'] });
	assert.equal(alone.engine, null);
});

test('equal throughput: bytes written decide', async () => {
	const { engine, words } = await advised({ lsm: 100_000, btree: 101_000 }, { engines: ['lsm', 'btree'] });
	assert.equal(engine, 'lsm');
	assert.equal(
		words[0],
		'Take lsm: btree and lsm do about as many operations a second, and it is clearly the best in bytes written: 3.00 × against 9.00 × (btree).',
	);
});

test('differences within the spread are called so, and the default is taken', async () => {
	const reads = parseWorkload({ keys: '1000', mix: 'get=100' });
	const { engine, words } = await advised({ lsm: 100_000, btree: 120_000, hash: 125_000 }, { workload: reads }, 0.5);
	assert.equal(engine, 'lsm');
	assert.equal(
		words[0],
		'It hardly matters: between hash, btree and lsm the differences are within the spread of the rounds. Take lsm, tentatively: it is the default.',
	);
	assert.ok(words.some((line) => /^Rounds of one engine differed by up to \d+(\.\d)? %/.test(line)));
});

test('an engine that fell behind the rate is not taken when another kept up', async () => {
	const { engine, words } = await advised({ lsm: 100_000, btree: 140_000 }, { rate: 50_000, engines: ['lsm', 'btree'] });
	assert.equal(engine, 'lsm');
	assert.ok(words.includes('btree fell behind 50,000 operations a second.'));
});

test('what the figures do not tell is said', async () => {
	const { words } = await advised({}, { rounds: 1 });
	for (const caveat of [/^One round says nothing about noise/, /^All records \(0\.98 kB\) fit the cache \(64\.0 MB\)/, /^Writes wait for the disk/])
		assert.ok(
			words.some((line) => caveat.test(line)),
			`${caveat} is not in\n${words.join('\n')}`,
		);
});
