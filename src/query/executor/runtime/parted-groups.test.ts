/** Parts hold the rows that were put in them, in memory and in the file, and groups of parts are those of a map. `POLYLOG_SEED` replays a failure. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryFiles } from '../../../platform/memory-files.ts';
import { seededRandom } from '../../../storage/engine.suite.ts';
import { MemoryAccount } from './memory-account.ts';
import { hashOfPlace, PartedGroups } from './parted-groups.ts';
import { RADIX_PARTS, RadixRows, radixPart } from './radix-rows.ts';
import { SpillDirectory } from './spill-file.ts';

function space(limitBytes: number): { account: MemoryAccount; spill: SpillDirectory } {
	const account = new MemoryAccount();
	account.reset(limitBytes);
	const spill = new SpillDirectory();
	spill.set(new MemoryFiles(), '/spill');
	return { account, spill };
}

test('parts give back their rows in order, from memory and from the file', () => {
	const first = Number(process.env.POLYLOG_SEED ?? 1);
	for (let seed = first; seed < first + Number(process.env.POLYLOG_RUNS ?? 4); seed++) {
		const random = seededRandom(seed);
		const { account, spill } = space(seed % 2 === 0 ? 4_000_000 : 100_000_000);
		const rows = new RadixRows(['integer', 'double'], account, spill, 'a test');
		const expected = Array.from({ length: RADIX_PARTS }, () => [] as number[]);
		for (let batch = 0, row = 0; batch < 12; batch++) {
			const count = random(60_000);
			rows.reserve(count);
			for (let i = 0; i < count; i++, row++) {
				const hash = Math.imul(random(2) === 0 ? 5 : row, 0x9e3779b1);
				const at = rows.place(hash);
				rows.columns[0]![at] = row;
				rows.columns[1]![at] = row / 2;
				expected[radixPart(hash)]!.push(row);
			}
		}
		rows.seal();
		const into = [new Int32Array(rows.rowsMax), new Float64Array(rows.rowsMax)];
		expected.forEach((list, part) => {
			const count = rows.read(part, into);
			assert.deepEqual([...into[0]!.subarray(0, count)], list, `part ${part}, POLYLOG_SEED=${seed}`);
			assert.deepEqual(
				[...into[1]!.subarray(0, count)],
				list.map((v) => v / 2),
			);
		});
		assert.equal(spill.opened.size, seed % 2 === 0 ? 1 : 0);
		rows.clear();
		assert.equal(account.usedBytes, 0);
		assert.equal(spill.opened.size, 0);
	}
});

interface Expected {
	rows: number;
	sum: bigint;
	least: number;
}

test('groups of parts have the rows, sums and bounds of their rows, whatever was done when memory was used up', () => {
	const first = Number(process.env.POLYLOG_SEED ?? 1);
	for (let seed = first; seed < first + Number(process.env.POLYLOG_RUNS ?? 6); seed++) {
		const random = seededRandom(seed);
		const { account, spill } = space(seed % 3 === 0 ? 100_000_000 : 9_000_000);
		// Few groups shrink, many go to the file.
		const groups = seed % 3 === 1 ? 5_000 : 400_000;
		const isLarge = seed % 2 === 0;
		const kept = { kind: 'add', column: 'double', bound: isLarge ? Number.POSITIVE_INFINITY : 1000 } as const;
		const parted = new PartedGroups([kept, { kind: 'none', column: 'integer', bound: 0 }, { kind: 'least', column: 'integer', bound: 1000 }], account, spill);
		const expected = new Map<number, Expected>();
		const add = (place: number, rows: number, sum: bigint, least: number): void => {
			const group = expected.get(place) ?? { rows: 0, sum: 0n, least: Number.POSITIVE_INFINITY };
			expected.set(place, { rows: group.rows + rows, sum: group.sum + sum, least: Math.min(group.least, least) });
		};
		const place = (): number => random(groups) * (isLarge ? 4_000_000_007 : 3);
		const base = [...new Set(Array.from({ length: 500 }, place))];
		parted.begin(
			Float64Array.from(base),
			base.length,
			base.map(() => 2),
			[base.map(() => 11), [], base.map(() => 5)],
			[new Map([[3, 10n ** 17n]]), new Map(), new Map()],
		);
		base.forEach((key, i) => {
			add(key, 2, 11n + (i === 3 ? 10n ** 17n : 0n), 5);
		});
		for (let batch = 0; batch < 12; batch++) {
			const count = random(60_000);
			parted.reserve(count);
			const [places, sums, leasts] = parted.rows.columns as [Float64Array, Float64Array, Int32Array];
			for (let i = 0; i < count; i++) {
				const key = place();
				const value = isLarge ? (random(3) - 1) * (2 ** 53 - 1 - random(100)) : random(1000);
				const at = parted.rows.place(hashOfPlace(key));
				places[at] = key;
				sums[at] = value;
				leasts[at] = random(1000) - 500;
				add(key, 1, BigInt(value), leasts[at]!);
			}
		}
		parted.seal(0);
		let count = 0;
		for (let part = 0; part < RADIX_PARTS; part++) {
			parted.aggregate(part);
			count += parted.count;
			for (let group = 0; group < parted.count; group++) {
				const own = {
					rows: parted.counts[group]!,
					sum: BigInt(parted.states[0]![group]!) + (parted.folded[0]!.get(group) ?? 0n),
					least: parted.states[2]![group]!,
				};
				assert.deepEqual(own, expected.get(parted.keys[group]!), `place ${parted.keys[group]}, POLYLOG_SEED=${seed}`);
			}
		}
		assert.equal(count, expected.size, `POLYLOG_SEED=${seed}`);
		parted.clear();
		assert.equal(account.usedBytes, 0);
	}
});
