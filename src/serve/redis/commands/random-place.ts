/** Places at random in the order of bytes. */
import { writeUint64 } from '../../../model/redis/redis-layout.ts';

/** Bytes between two others, by the six bytes after what both begin with. */
export function randomBetween(first: Uint8Array, last: Uint8Array, random: () => number): Uint8Array {
	let shared = 0;
	while (shared < first.length && shared < last.length && first[shared] === last[shared]) shared++;
	const number = (bytes: Uint8Array): number => {
		let value = 0;
		for (let i = 0; i < 6; i++) value = value * 256 + (bytes[shared + i] ?? 0);
		return value;
	};
	const low = number(first);
	const between = low + Math.floor(random() * (number(last) - low + 1));
	const chosen = new Uint8Array(shared + 8);
	writeUint64(chosen, shared, between);
	chosen.copyWithin(shared, shared + 2, shared + 8);
	chosen.set(first.subarray(0, shared));
	return chosen.subarray(0, shared + 6);
}
