/**
 * Window functions over sorted rows: a partition at a time, and of its rows a batch at a time, with one array of results per call.
 *
 * Calls: `open` when all rows are in the sorter, then `nextBatch` until there is none; in between rows 0 to `count` of the batch
 * are read: `rows[i]` is the row's index in the columns, `results[call][i]` its result.
 */
import type { MemoryAccount } from './memory-account.ts';
import type { RowBuffer } from './row-buffer.ts';
import type { Sorter } from './sorter.ts';
import { WindowCallRunner, type WindowSpec } from './window-call.ts';
import { NO_PARTITION, NOT_YET, PARTITION, type PartitionShape, WindowPartition } from './window-partition.ts';

export interface WindowShape extends PartitionShape {
	readonly calls: readonly WindowSpec[];
}

const BATCH_ROWS = 1024;

export class WindowRunner {
	readonly results: unknown[][];
	readonly rows = new Uint32Array(BATCH_ROWS);
	count = 0;
	/** Values of the batch, where rows are copied out of the sorter. */
	readonly columns: unknown[][];
	readonly #partition: WindowPartition;
	readonly #calls: WindowCallRunner[];
	/** Position behind the batch. */
	#next = 0;
	#isCollecting = false;

	/** `kept` and `starts`: buffers for a partition that may spill, or null. */
	constructor(shape: WindowShape, kept: RowBuffer | null, starts: RowBuffer | null) {
		this.#partition = new WindowPartition(shape, kept, starts);
		this.#calls = shape.calls.map((call) => new WindowCallRunner(call, this.#partition, shape.order[0] ?? null));
		this.results = shape.calls.map(() => []);
		this.columns = kept === null ? [] : kept.columns.slice(1).map(() => []);
	}

	/** `offsets`: values of the frames' offsets, call by call. */
	open(sorter: Sorter, account: MemoryAccount, offsets: readonly (readonly [unknown, unknown])[], check: () => void): void {
		this.#partition.open(sorter, account);
		this.#calls.forEach((call, i) => {
			call.open(offsets[i]!, check);
		});
		this.#partition.count = 0;
		this.#next = 0;
		this.#isCollecting = false;
		this.count = 0;
	}

	/** `PARTITION`: there are rows; `NO_PARTITION`: there are no more; `NOT_YET`: to be asked again, so that no call takes long. */
	nextBatch(): number {
		const partition = this.#partition;
		this.count = 0;
		if (this.#isCollecting || this.#next >= partition.count) {
			const found = partition.collect();
			this.#isCollecting = found === NOT_YET;
			if (found !== PARTITION) return found;
			this.#next = 0;
		}
		this.count = Math.min(BATCH_ROWS, partition.count - this.#next);
		for (let c = 0; c < this.columns.length; c++) for (let i = 0; i < this.count; i++) this.columns[c]![i] = partition.value(c, this.#next + i);
		for (let i = 0; i < this.count; i++) this.rows[i] = this.columns.length > 0 ? i : partition.rowAt(this.#next + i);
		this.#calls.forEach((call, k) => {
			for (let i = 0; i < this.count; i++) this.results[k]![i] = call.at(this.#next + i);
		});
		this.#next += this.count;
		return PARTITION;
	}

	clear(): void {
		this.#partition.clear();
		for (const call of this.#calls) call.clear();
		for (const list of this.results) list.length = 0;
		for (const list of this.columns) list.length = 0;
		this.count = 0;
	}
}

export { NO_PARTITION, NOT_YET };
