/**
 * Reading a whole table in steps, newest state, for work that outlives a turn of the event loop: each step opens a cursor after
 * the last key, so that nothing is pinned between steps.
 */
import type { Transaction } from '../../transaction/contracts.ts';
import type { CodecTableAccess } from './table-access.ts';

/** Gets each row: its key and bytes are valid during the call. */
export type RowVisitor = (key: Uint8Array, keyStart: number, keyEnd: number, row: Uint8Array, rowStart: number, rowEnd: number) => void;

export class TableScan {
	rowCount = 0;
	readonly #access: CodecTableAccess;
	/** The least key not visited yet; null at the beginning. */
	#next: Uint8Array | null = null;

	constructor(access: CodecTableAccess) {
		this.#access = access;
	}

	/** Visits up to `budget` rows; true when none is left. When `visit` throws, the step can be made again from its beginning. */
	step(transaction: Transaction, budget: number, visit: RowVisitor): boolean {
		const cursor = transaction.cursorNewest(this.#access.rows, this.#next, null, false);
		let count = 0;
		let isDone = true;
		while (cursor.next()) {
			visit(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd, cursor.valueBuffer, cursor.valueStart, cursor.valueEnd);
			if (++count < budget) continue;
			this.#next = keyAfter(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd);
			isDone = false;
			break;
		}
		cursor.close();
		this.rowCount += count;
		return isDone;
	}

	/** Begins anew. */
	restart(): void {
		this.#next = null;
		this.rowCount = 0;
	}
}

/** The least key above this one. */
function keyAfter(buffer: Uint8Array, start: number, end: number): Uint8Array {
	const after = new Uint8Array(end - start + 1);
	after.set(buffer.subarray(start, end));
	return after;
}
