/**
 * Row numbers of tables without a primary key: counted in memory, beginning after the greatest in the keyspace. Nothing is
 * logged: a restart looks again. A number that was never committed, or whose row is gone, may be given again.
 */
import type { Keyspace } from '../../storage/contracts.ts';
import type { Transaction } from '../../transaction/contracts.ts';
import { type GrowingKeyBuffer, reserveBytes } from '../../value/key-buffer.ts';
import { ROW_NUMBER_BYTES } from './table-codec.ts';

export class RowNumbers {
	/** The number given out last, by keyspace. */
	readonly #last = new Map<number, number>();

	/** Appends the key of a new row. */
	next(transaction: Transaction, rows: Keyspace, target: GrowingKeyBuffer): void {
		const number = (this.#last.get(rows.id) ?? this.#greatest(transaction, rows)) + 1;
		this.#last.set(rows.id, number);
		reserveBytes(target, ROW_NUMBER_BYTES);
		writeRowNumber(target.bytes, target.length, number);
		target.length += ROW_NUMBER_BYTES;
	}

	/** Looks for the greatest number now, if that was not done before. */
	prime(transaction: Transaction, rows: Keyspace): void {
		if (!this.#last.has(rows.id)) this.#last.set(rows.id, this.#greatest(transaction, rows));
	}

	#greatest(transaction: Transaction, rows: Keyspace): number {
		const { ordered } = rows.abilities;
		const cursor = transaction.cursorNewest(rows, null, null, ordered);
		let number = 0;
		// Where keys are not in the order of row numbers all of them must be looked at, once after each start.
		while (cursor.next()) {
			number = Math.max(number, readRowNumber(cursor.keyBuffer, cursor.keyEnd - ROW_NUMBER_BYTES));
			if (ordered && cursor.keyEnd - cursor.keyStart === ROW_NUMBER_BYTES) break;
		}
		cursor.close();
		return number;
	}
}

export function writeRowNumber(into: Uint8Array, at: number, number: number): void {
	const high = Math.floor(number / 0x100000000);
	into[at] = high >>> 8;
	into[at + 1] = high;
	into[at + 2] = number >>> 24;
	into[at + 3] = number >>> 16;
	into[at + 4] = number >>> 8;
	into[at + 5] = number;
}

export function readRowNumber(from: Uint8Array, at: number): number {
	const high = from[at]! * 0x100 + from[at + 1]!;
	return high * 0x100000000 + ((from[at + 2]! << 24) >>> 0) + ((from[at + 3]! << 16) | (from[at + 4]! << 8) | from[at + 5]!);
}
