/**
 * Rows of a finished buffer by number. Those of a spilled one are read by blocks; a few blocks stay in memory, so that several
 * places can go forward side by side.
 */
import type { RowBuffer } from './row-buffer.ts';
import type { SpillFile } from './spill-file.ts';

const BLOCKS_MAX = 8;

interface Block {
	readonly columns: unknown[][];
	first: number;
	end: number;
}

export class IndexedRows {
	readonly #buffer: RowBuffer;
	readonly #blocks: Block[] = [];
	#last: Block = { columns: [], first: 0, end: 0 };
	/** The block that is read over next. */
	#oldest = 0;

	constructor(buffer: RowBuffer) {
		this.#buffer = buffer;
	}

	/** The buffer has other rows now. */
	reset(): void {
		for (const block of this.#blocks) block.end = block.first;
		this.#last.end = this.#last.first;
	}

	value(column: number, row: number): unknown {
		const { file } = this.#buffer;
		if (file === null) return this.#buffer.columns[column]![row];
		let block = this.#last;
		if (row < block.first || row >= block.end) {
			block = this.#blocks.find((b) => row >= b.first && row < b.end) ?? this.#load(file, row);
			this.#last = block;
		}
		return block.columns[column]![row - block.first];
	}

	#load(file: SpillFile, row: number): Block {
		if (this.#blocks.length < BLOCKS_MAX) this.#blocks.push({ columns: this.#buffer.columns.map(() => []), first: 0, end: 0 });
		const block = this.#blocks[this.#oldest]!;
		this.#oldest = (this.#oldest + 1) % BLOCKS_MAX;
		const number = file.blockOf(row);
		block.first = file.firstRowOf(number);
		block.end = block.first + file.readBlock(number, block.columns, 0);
		return block;
	}

	clear(): void {
		this.#blocks.length = 0;
		this.#last = { columns: [], first: 0, end: 0 };
		this.#oldest = 0;
	}
}
