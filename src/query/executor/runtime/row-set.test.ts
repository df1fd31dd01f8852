import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryFiles } from '../../../platform/memory-files.ts';
import { MemoryAccount } from './memory-account.ts';
import { RowSet } from './row-set.ts';
import { SpillDirectory } from './spill-file.ts';

/** Keys of all kinds, long and short; most come twice. */
function keyOf(n: number): unknown {
	const value = n % 30_000;
	if (value % 7 === 0) return value;
	if (value % 7 === 1) return BigInt(value) << 70n;
	if (value === 9) return null;
	if (value === 10) return true;
	return `${value} ${'é'.repeat(value % 97 === 0 ? 9000 : value % 50)}`;
}

function setIn(
	limitBytes: number,
	make: (account: MemoryAccount, spill: SpillDirectory) => RowSet,
): { set: RowSet; account: MemoryAccount; files: MemoryFiles } {
	const files = new MemoryFiles();
	files.makeDirectory('/spill');
	const [account, spill] = [new MemoryAccount(), new SpillDirectory()];
	account.reset(limitBytes);
	spill.set(files, '/spill');
	return { set: make(account, spill), account, files };
}

const KINDS = {
	'a set': (account: MemoryAccount, spill: SpillDirectory): RowSet => {
		const set = new RowSet();
		set.open(account, spill);
		return set;
	},
	'a set of a group': RowSet.ofGroup,
};

for (const [name, make] of Object.entries(KINDS))
	test(`${name} that goes on in a file knows each key, and gives everything back`, () => {
		const { set, account, files } = setIn(1 << 16, make);
		const model = new Set<unknown>();
		for (let n = 0; n < 45_000; n++) {
			const key = keyOf(n);
			assert.equal(set.add(key), !model.has(key), String(key).slice(0, 40));
			model.add(key);
		}
		assert.ok(files.list('/spill').length > 0);
		for (const key of model) assert.equal(set.has(key), true);
		for (const absent of ['', '0', 1, 2n, false, 30_000.5]) assert.equal(set.has(absent), model.has(absent));
		assert.ok(account.usedBytes < 4 << 20);
		set.clear();
		assert.deepEqual(files.list('/spill'), []);
		assert.equal(account.usedBytes, 0);
		assert.equal(set.add('again'), true);
	});
