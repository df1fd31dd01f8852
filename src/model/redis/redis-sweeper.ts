/**
 * Removes what nobody sees any more: keys that have expired, and the elements of collections whose keys have gone. Readers
 * hide both at once; this gives their space back, in steps of bounded length. What it removes is committed like any change.
 */
import { EXPIRY_HEAD_BYTES, EXPIRY_TAG, GARBAGE_TAG, readId, readUint64 } from './redis-layout.ts';
import { elementStart, type RedisSpace } from './redis-space.ts';

const KEYS_PER_STEP = 256;
const ELEMENTS_PER_STEP = 512;
/** More elements are removed by one entry in the log: it ends the memtable, which fewer are not worth. */
const SWEPT_ONE_BY_ONE_MAX = 8192;

/** One step, outside of any transaction; returns how many keys it removed and whether there is more to do at once. */
export function sweep(space: RedisSpace): { readonly expired: number; readonly more: boolean } {
	const { data } = space;
	data.readOffset = data.manager.decidedOffset;
	const expired = space.mayExpire ? sweepExpired(space) : 0;
	// What has just been removed may have left something to sweep.
	data.readOffset = data.manager.decidedOffset;
	const more = space.hasGarbage && sweepGarbage(space);
	return { expired, more: more || expired === KEYS_PER_STEP };
}

function sweepExpired(space: RedisSpace): number {
	const cursor = space.cursor(new Uint8Array([EXPIRY_TAG]), new Uint8Array([EXPIRY_TAG + 1]), false);
	let count = 0;
	let isLast = true;
	while (cursor.next()) {
		if (readUint64(cursor.keyBuffer, cursor.keyStart + 1) > space.data.nowMs || count === KEYS_PER_STEP) {
			isLast = false;
			break;
		}
		const { keyBuffer, keyStart, keyEnd } = cursor;
		const header = space.find(keyBuffer, keyStart + EXPIRY_HEAD_BYTES, keyEnd);
		space.removeKey(keyBuffer, keyStart + EXPIRY_HEAD_BYTES, keyEnd, header);
		count++;
	}
	cursor.close();
	space.commit('os');
	if (isLast) space.mayExpire = false;
	return count;
}

function sweepGarbage(space: RedisSpace): boolean {
	const cursor = space.cursor(new Uint8Array([GARBAGE_TAG]), new Uint8Array([GARBAGE_TAG + 1]), false);
	const found = cursor.next();
	const id = found ? readId(cursor.keyBuffer, cursor.keyStart + 1) : 0;
	cursor.close();
	if (!found) {
		space.hasGarbage = false;
		return false;
	}
	if (hasMany(space, id) && space.sweepAll(id)) return true;
	const elements = space.elements(id);
	let count = 0;
	while (count < ELEMENTS_PER_STEP && elements.next()) {
		space.removeElement(id, elements.keyBuffer, elementStart(elements), elements.keyEnd);
		count++;
	}
	elements.close();
	if (count < ELEMENTS_PER_STEP) space.swept(id);
	space.commit('os');
	return true;
}

function hasMany(space: RedisSpace, id: number): boolean {
	const elements = space.elements(id);
	let count = 0;
	while (count <= SWEPT_ONE_BY_ONE_MAX && elements.next()) count++;
	elements.close();
	return count > SWEPT_ONE_BY_ONE_MAX;
}
