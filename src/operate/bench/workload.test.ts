/** Workloads are read as said, choices follow their laws, and the same seed gives the same operations. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PolylogError } from '../../platform/errors.ts';
import { KeyChooser, ZIPFIAN_EXPONENT, ZipfianRanks } from './key-chooser.ts';
import { OperationStream } from './operation-stream.ts';
import { RecordMaker } from './record-maker.ts';
import { SeededWords } from './seeded-words.ts';
import { DISTRIBUTIONS, describeWorkload, NAMED_MIXES, OPERATION_KINDS, parseWorkload, type WorkloadTexts, withoutRanges } from './workload.ts';

test('a mix is read as shares that add up to one', () => {
	const { mix } = parseWorkload({ mix: 'get=180, put=10,range=10' });
	assert.deepEqual(mix, { get: 0.9, missing: 0, put: 0.05, insert: 0, delete: 0, range: 0.05, rmw: 0 });
});

test('named mixes bring their distribution, which an option replaces', () => {
	assert.equal(parseWorkload({ mix: 'ycsb-d' }).distribution, 'latest');
	assert.equal(parseWorkload({ mix: 'YCSB-D', distribution: 'uniform' }).distribution, 'uniform');
	assert.deepEqual(parseWorkload({ mix: 'ycsb-e' }).rangeEntries, { least: 1, most: 100 });
	for (const name of Object.keys(NAMED_MIXES)) assert.ok(Math.abs(Object.values(parseWorkload({ mix: name }).mix).reduce((a, b) => a + b, 0) - 1) < 1e-9);
});

test('a workload is described in words', () => {
	assert.equal(
		describeWorkload(parseWorkload({ keys: '1e6', valueBytes: '20-200', mix: 'get=90,put=7.5,range=2.5' })),
		'1,000,000 records, keys of 16 bytes (hashed), values of 20 to 200 bytes; get 90 %, put 7.5 %, range of 50 entries 2.5 %; zipfian choice of keys',
	);
});

test('each wrong option is refused by its name', () => {
	const wrong: readonly (readonly [WorkloadTexts, RegExp])[] = [
		[{ keys: '0' }, /^--keys must be a whole number from 1 to 67,108,864, not 0$/],
		[{ keys: 'many' }, /^--keys must/],
		[{ keyBytes: '4' }, /^--key-bytes must be a whole number from 6 to 1,024/],
		[{ valueBytes: '200-100' }, /^--value-bytes: 200 is more than 100$/],
		[{ valueBytes: '1-2-3' }, /^--value-bytes must be a number, or two/],
		[{ mix: 'get' }, /^--mix must be as in get=90,put=5,range=5, or one of ycsb-a, .*ycsb-f, not get$/],
		[{ mix: 'get=1,get=2' }, /^--mix names get twice$/],
		[{ mix: 'get=0' }, /^--mix has no share above 0$/],
		[{ mix: 'scan=5' }, /^an operation of --mix must be one of get, missing, put, insert, delete, range, rmw, not scan$/],
		[{ distribution: 'normal' }, /^--distribution must be one of uniform, zipfian, latest, sequential/],
		[{ keyOrder: 'down' }, /^--key-order must be one of hashed, ascending/],
		[{ rangeEntries: '0' }, /^--range-entries must/],
	];
	for (const [texts, message] of wrong)
		assert.throws(
			() => parseWorkload(texts),
			(error) => error instanceof PolylogError && error.code === 'usage' && message.test(error.message),
			JSON.stringify(texts),
		);
});

test('an engine without ranges gets the other operations in their proportions', () => {
	const left = withoutRanges(parseWorkload({ mix: 'get=60,put=20,range=20' }));
	assert.ok(Math.abs(left!.mix.get - 0.75) < 1e-9 && Math.abs(left!.mix.put - 0.25) < 1e-9 && left!.mix.range === 0);
	assert.equal(withoutRanges(parseWorkload({ mix: 'range=100' })), null);
});

function drawn(texts: WorkloadTexts, seed: number, count: number): readonly (readonly [number, number, number])[] {
	const stream = new OperationStream(parseWorkload(texts), seed);
	return Array.from({ length: count }, () => {
		stream.next();
		return [stream.kind, stream.number, stream.entries] as const;
	});
}

test('the same seed gives the same operations, another seed others', () => {
	for (const distribution of DISTRIBUTIONS) {
		const texts = { keys: '1000', mix: 'get=40,put=20,insert=20,range=20', rangeEntries: '1-9', distribution };
		assert.deepEqual(drawn(texts, 7, 500), drawn(texts, 7, 500));
		assert.notDeepEqual(drawn(texts, 7, 500), drawn(texts, 8, 500));
	}
});

test('operations come in the shares of the mix', () => {
	const counts = new Map<number, number>();
	const total = 100_000;
	for (const [kind] of drawn({ keys: '1000', mix: 'get=50,missing=10,put=20,delete=5,range=10,rmw=5' }, 1, total))
		counts.set(kind, (counts.get(kind) ?? 0) + 1);
	const shares = { get: 0.5, missing: 0.1, put: 0.2, insert: 0, delete: 0.05, range: 0.1, rmw: 0.05 };
	OPERATION_KINDS.forEach((kind, at) => {
		assert.ok(Math.abs((counts.get(at) ?? 0) / total - shares[kind]) < 0.01, kind);
	});
});

test('zipfian ranks follow their law', () => {
	const count = 1000;
	const draws = 200_000;
	const ranks = new ZipfianRanks(new SeededWords(3), count);
	const seen = new Float64Array(count);
	for (let at = 0; at < draws; at++) seen[ranks.next()]!++;
	let zeta = 0;
	for (let rank = 1; rank <= count; rank++) zeta += 1 / rank ** ZIPFIAN_EXPONENT;
	const cumulative = (ranksWanted: number, share: (rank: number) => number) =>
		Array.from({ length: ranksWanted }, (_, rank) => share(rank)).reduce((a, b) => a + b, 0);
	// The first two are exact; the approximation in between is a few percent off, as is known of it.
	for (const wanted of [1, 2, 10, 100, 1000]) {
		const expected = cumulative(wanted, (rank) => 1 / (rank + 1) ** ZIPFIAN_EXPONENT / zeta);
		assert.ok(Math.abs(cumulative(wanted, (rank) => seen[rank]! / draws) - expected) < 0.03, `the first ${wanted} ranks`);
	}
	for (const few of [1, 2, 3]) for (let at = 0; at < 100; at++) assert.ok(new ZipfianRanks(new SeededWords(at), few).next() < few);
});

test('zipfian choices reach every record, spread over all numbers', () => {
	const chooser = new KeyChooser('zipfian', new SeededWords(5), 50);
	const seen = new Map<number, number>();
	for (let at = 0; at < 20_000; at++) {
		const number = chooser.next(50);
		seen.set(number, (seen.get(number) ?? 0) + 1);
	}
	assert.equal(seen.size, 50);
	const popular = [...seen].sort((a, b) => b[1] - a[1]).slice(0, 3);
	assert.ok(Math.abs(popular[0]![0] - popular[1]![0]) > 5, `neighbours in popularity are no neighbours in number: ${popular.join(' ')}`);
});

test('latest prefers the newest, uniform has no preference, sequential goes round', () => {
	const latest = new KeyChooser('latest', new SeededWords(1), 1000);
	let newest = 0;
	for (let at = 0; at < 10_000; at++) if (latest.next(2000) >= 1990) newest++;
	assert.ok(newest > 3000, `${newest} of 10,000 among the ten newest`);
	const uniform = new KeyChooser('uniform', new SeededWords(1), 10);
	const seen = new Array<number>(20).fill(0);
	for (let at = 0; at < 20_000; at++) seen[uniform.next(20)]!++;
	assert.ok(Math.min(...seen) > 850 && Math.max(...seen) < 1150, seen.join(' '));
	const sequential = new KeyChooser('sequential', new SeededWords(1), 3);
	assert.deepEqual(
		Array.from({ length: 7 }, () => sequential.next(3)),
		[0, 1, 2, 0, 1, 2, 0],
	);
});

test('keys of records differ, those of absent records too, and ascending ones ascend', () => {
	for (const keyOrder of ['hashed', 'ascending'] as const) {
		for (const keyBytes of ['6', '7', '16', '33']) {
			const maker = new RecordMaker(parseWorkload({ keyBytes, keyOrder }), 11);
			const keys = new Set<string>();
			let before = '';
			for (let number = 0; number < 3000; number++) {
				const key = Buffer.from(maker.key(number)).toString('latin1');
				assert.equal(key.length, Number(keyBytes));
				keys.add(key);
				keys.add(Buffer.from(maker.absentKey(number)).toString('latin1'));
				if (keyOrder === 'ascending') assert.ok(key > before);
				before = key;
			}
			assert.equal(keys.size, 6000);
		}
	}
});

test('a record keeps the length of its values, which lie in the span', () => {
	const maker = new RecordMaker(parseWorkload({ valueBytes: '10-20' }), 2);
	const lengths = new Set<number>();
	for (let number = 0; number < 500; number++) {
		lengths.add(maker.valueLength(number));
		assert.equal(maker.value(number).length, maker.valueLength(number));
	}
	assert.deepEqual([...lengths].sort(), [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
});
