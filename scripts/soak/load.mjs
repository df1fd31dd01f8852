/**
 * The load of a soak, the same for whoever has the seed: rounds of writes to a keyspace of each engine, and of transfers between
 * accounts in a table. A round is awaited whole before the next; so after a kill everything of the rounds that were acknowledged
 * is there, and of the round after them any part.
 */

export const ENGINES = ['lsm', 'btree', 'hash'];
export const KEYS = 30_000;
export const ACCOUNTS = 500;
export const BALANCE = 1000;
/** Writes of a round to each keyspace. */
const WRITES = 24;
const LARGE_EVERY = 50;

/** A small generator with a seed (mulberry32). */
export function generator(seed) {
	let state = seed | 0;
	return (below) => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below);
	};
}

export const keyOf = (index) => `key ${String((index * 7919) % KEYS).padStart(8, '0')}`;

/** What key `index` holds since write number `version`: its length and bytes follow from the two. */
export function writtenValue(index, version) {
	const random = generator(index * 31 + version);
	const length = random(LARGE_EVERY) === 0 ? 2000 + random(8000) : 40 + random(300);
	const value = Buffer.alloc(length, 97 + (version % 26));
	value.writeUInt32LE(index, 0);
	value.writeUInt32LE(version, 4);
	return value;
}

/** Round number `round`: for each engine a list of {index, version}, version 0 for a removal; and transfers. */
export function roundOf(seed, round) {
	const random = generator(seed + round * 1013);
	const writes = ENGINES.map(() => Array.from({ length: WRITES }, (_, i) => ({ index: random(KEYS), version: random(8) === 0 ? 0 : round * WRITES + i + 1 })));
	const transfers = Array.from({ length: 3 }, () => ({ from: random(ACCOUNTS), to: random(ACCOUNTS), amount: random(50) }));
	return { writes, transfers };
}
