/**
 * A column of values of a graph's rows over its life: wanted by executions, built when they have wanted enough of it, kept up with
 * every commit, and left when commits cost more than anybody's reading is worth.
 */
import type { ColumnSource, RowValue } from '../../storage/adjacency/adjacency-reader.ts';
import type { ValueColumn } from '../../storage/adjacency/value-column.ts';
import type { VertexNumbers } from '../../storage/adjacency/vertex-numbers.ts';
import type { Offset } from '../../storage/contracts.ts';

/** Changes since it was last read, past which it is left. */
const UNREAD_CHANGES_MIN = 10_000;

export class KeptColumn implements ColumnSource {
	readonly part: 'edges' | 'vertices';
	readonly read: RowValue;
	current: ValueColumn | null;
	/** Values that executions would have read. */
	wanted: number;
	/** When it was last asked for: a count of such calls. */
	usedAt: number;
	readonly #prepare: (column: KeptColumn) => boolean;
	readonly #clock: () => number;
	#unreadChanges: number;

	constructor(part: 'edges' | 'vertices', read: RowValue, prepare: (column: KeptColumn) => boolean, clock: () => number) {
		this.part = part;
		this.read = read;
		this.current = null;
		this.wanted = 0;
		this.usedAt = 0;
		this.#prepare = prepare;
		this.#clock = clock;
		this.#unreadChanges = 0;
	}

	expect(rows: number): void {
		this.wanted += rows;
		this.usedAt = this.#clock();
		this.#unreadChanges = 0;
	}

	prepare(): boolean {
		return this.current !== null || this.#prepare(this);
	}

	/** A commit gives the row this value; null: or takes it away. */
	change(rows: VertexNumbers, id: number, value: unknown, offset: Offset): void {
		const { current } = this;
		if (current === null) return;
		current.change(rows.add(id), value, offset);
		if (current.isFull) this.current = current.compacted(offset);
		if (current.isWorn || ++this.#unreadChanges > Math.max(UNREAD_CHANGES_MIN, current.kinds.length)) this.drop();
	}

	drop(): void {
		this.current = null;
		this.wanted = 0;
	}
}
