/** Fills columns of values from a snapshot of a graph's vertices or edges, in steps, so that others can run in between. */
import { ValueColumn } from '../../storage/adjacency/value-column.ts';
import type { VertexNumbers } from '../../storage/adjacency/vertex-numbers.ts';
import type { Cursor, Keyspace, Offset } from '../../storage/contracts.ts';
import { EdgeKey, readId } from './edge-keys.ts';
import type { KeptColumn } from './kept-column.ts';

export class ColumnBuild {
	readonly offset: Offset;
	readonly part: 'edges' | 'vertices';
	readonly columns: readonly KeptColumn[];
	/** What is filled, parallel to `columns`. */
	readonly filled: readonly ValueColumn[];
	readonly #numbers: VertexNumbers;
	readonly #cursor: Cursor;
	readonly #key: EdgeKey;

	constructor(keyspace: Pick<Keyspace, 'cursor'>, numbers: VertexNumbers, columns: readonly KeptColumn[], offset: Offset) {
		this.offset = offset;
		this.part = columns[0]!.part;
		this.columns = columns;
		this.filled = columns.map(() => new ValueColumn(numbers, numbers.capacity, offset));
		this.#numbers = numbers;
		this.#cursor = keyspace.cursor(null, null, false, offset);
		this.#key = new EdgeKey();
	}

	/** Reads about `budget` rows; true when it is done. */
	step(budget: number): boolean {
		const cursor = this.#cursor;
		const { columns, filled } = this;
		for (let left = budget; left > 0; left--) {
			if (!cursor.next()) return true;
			const row = this.#numbers.add(this.#idAt(cursor));
			for (let i = 0; i < columns.length; i++) filled[i]!.set(row, columns[i]!.read(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd));
		}
		return false;
	}

	#idAt(cursor: Cursor): number {
		if (this.part === 'vertices') return readId(cursor.keyBuffer, cursor.keyStart);
		this.#key.read(cursor.keyBuffer, cursor.keyStart);
		return this.#key.id;
	}

	/** The columns are there from now on. */
	finish(): void {
		this.columns.forEach((column, i) => {
			column.current = this.filled[i]!;
		});
	}

	close(): void {
		this.#cursor.close();
	}
}
