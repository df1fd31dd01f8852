/**
 * Positions of what is derived from the log behind the commits: the offset that it equals. A position is changed in the commit that brings the
 * derived rows there, so the two cannot disagree, whatever crashes. The form is in `position-applier.ts`.
 */
import { readVarint, varintBytes, writeVarint } from '../bytes/varint.ts';
import type { Offset, Slot } from '../storage/contracts.ts';
import type { ObjectId } from './catalog-objects.ts';
import type { Transaction } from './contracts.ts';
import type { TransactionManager } from './manager.ts';
import { POSITION_KEYSPACE, POSITION_MODEL } from './models.ts';
import { GONE, positionKey } from './position-applier.ts';

const AT = 1;
const FILLED = 2;
const CHANGE_BYTES_MAX = 24;

/** Says in this transaction where the rows that it leaves stand. */
export function setPosition(transaction: Transaction, id: ObjectId, offset: Offset): void {
	change(transaction, id, AT, offset);
}

/** Says in this transaction that it has filled the rows from the state that it leaves itself. */
export function setFilled(transaction: Transaction, id: ObjectId, offsetBefore: Offset): void {
	change(transaction, id, FILLED, offsetBefore);
}

export function removePosition(transaction: Transaction, id: ObjectId): void {
	change(transaction, id, GONE, 0);
}

/** The newest position decided, or the one that was at `offset`; −1 without one. */
export function positionOf(manager: TransactionManager, id: ObjectId, offset = manager.decidedOffset): Offset {
	const slot: Slot = { buffer: new Uint8Array(0), start: 0, end: 0 };
	const isThere = manager.keyspace(POSITION_KEYSPACE).get(positionKey(id), 4, offset, slot);
	return isThere ? readVarint(slot.buffer, slot.start + 1) : -1;
}

/** Reads the newest position in a transaction: its result is shown when that is visible. */
export function seePosition(manager: TransactionManager, transaction: Transaction, id: ObjectId): void {
	transaction.getNewest(manager.keyspace(POSITION_KEYSPACE), positionKey(id), 4, { buffer: new Uint8Array(0), start: 0, end: 0 });
}

/** Whether a logged change of this model says that its commit has filled the rows of `id`. */
export function saysFilled(bytes: Uint8Array, start: number, id: ObjectId): boolean {
	const of = readVarint(bytes, start);
	return of === id && bytes[start + varintBytes(of)] === FILLED;
}

function change(transaction: Transaction, id: ObjectId, state: number, offset: Offset): void {
	const bytes = new Uint8Array(CHANGE_BYTES_MAX);
	let length = writeVarint(bytes, 0, id);
	bytes[length++] = state;
	length = writeVarint(bytes, length, offset);
	transaction.change(POSITION_MODEL, bytes, length);
}
