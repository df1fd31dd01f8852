/** Changes of rows taken back: the change that leads from the state after a logged change to the state before it, entries of indexes included. */
import { readVarint, varintBytes } from '../../bytes/varint.ts';
import { CorruptionError } from '../../platform/errors.ts';
import {
	DELETE,
	HAS_BEFORE,
	HAS_COMPUTED,
	INSERT,
	NEW_HAS_NULL,
	NEW_PRESENT,
	OLD_HAS_NULL,
	OLD_PRESENT,
	skipBlob,
	type TableChange,
	type TableChangeReader,
	UPDATE,
} from './table-change.ts';

/** Writes the inverse of the change that `reader` has read from `bytes[…, end)`. False when it does not say what the row was. */
export function invertChange(reader: TableChangeReader, bytes: Uint8Array, end: number, into: TableChange): boolean {
	const { kind, beforeStart, beforeEnd, restStart } = reader;
	if (kind !== INSERT && beforeStart < 0) return false;
	into.begin(kind === INSERT ? DELETE : kind === DELETE ? INSERT : UPDATE, reader.tableId);
	into.blob(bytes, reader.keyStart, reader.keyStart + reader.keyLength);
	if (reader.computedCount > 0) invertComputed(reader, bytes, into);
	if (kind !== DELETE) {
		into.flag(HAS_BEFORE);
		into.blob(bytes, restStart, end);
	}
	if (kind !== INSERT) into.raw(bytes, beforeStart, beforeEnd);
	return true;
}

/** Entries that came go, and the other way round. */
function invertComputed({ computedStart, computedCount }: TableChangeReader, bytes: Uint8Array, into: TableChange): void {
	into.flag(HAS_COMPUTED);
	into.varint(computedCount);
	let at = computedStart;
	for (let index = 0; index < computedCount; index++) {
		const id = readVarint(bytes, at);
		at += varintBytes(id);
		const flags = bytes[at++]!;
		const old = at;
		if ((flags & OLD_PRESENT) !== 0) at = skipBlob(bytes, at);
		const fresh = at;
		if ((flags & NEW_PRESENT) !== 0) at = skipBlob(bytes, at);
		if ((flags & ~(OLD_PRESENT | NEW_PRESENT | OLD_HAS_NULL | NEW_HAS_NULL)) !== 0) throw unknownFlags(flags);
		into.varint(id);
		into.byte(((flags & (OLD_PRESENT | OLD_HAS_NULL)) * NEW_PRESENT) | ((flags & (NEW_PRESENT | NEW_HAS_NULL)) / NEW_PRESENT));
		into.raw(bytes, fresh, at);
		into.raw(bytes, old, fresh);
	}
}

function unknownFlags(flags: number): CorruptionError {
	return new CorruptionError('corruption', `a change of a table has a computed key with the unknown flags ${flags}`, { sqlstate: 'XX001' });
}
