/**
 * Builds an adjacency from a snapshot of a graph's two keyspaces, in steps, so that others can run in between. Columns of values that
 * are wanted by then are filled on the way.
 *
 * Cost: an entry of the edges is read once (about half a microsecond) and sorted twice by counting; while it runs the edges are held
 * as 12 bytes each beside what is built.
 */
import { Adjacency, type EdgeColumns } from '../../storage/adjacency/adjacency.ts';
import { ValueColumn } from '../../storage/adjacency/value-column.ts';
import type { Cursor, Keyspace, Offset } from '../../storage/contracts.ts';
import { EdgeKey, readId } from './edge-keys.ts';
import type { KeptColumn } from './kept-column.ts';

/** Labels of a vertex from the bytes of its row. */
export type LabelsOfRow = (buffer: Uint8Array, start: number, end: number) => readonly string[];

/** A growing list of ids. */
class IdList {
	array: Uint32Array<ArrayBuffer> = new Uint32Array(1024);
	length = 0;

	push(id: number): void {
		if (this.length === this.array.length) {
			const longer = new Uint32Array(this.length * 2);
			longer.set(this.array);
			this.array = longer;
		}
		this.array[this.length++] = id;
	}

	finish(): Uint32Array {
		return this.array.subarray(0, this.length);
	}
}

/** A column to be filled, and of vertices, which get their numbers last, its values in the order of rows. */
interface FilledColumn {
	readonly kept: KeptColumn;
	readonly column: ValueColumn;
	readonly values: unknown[];
}

interface TypeIds {
	readonly tails: IdList;
	readonly heads: IdList;
	readonly ids: IdList;
}

export class AdjacencyBuild {
	readonly adjacency: Adjacency;
	/** Set when an id does not fit: there can be no adjacency of this graph. */
	isImpossible: boolean;
	readonly #labelsOf: LabelsOfRow;
	readonly #edges: Cursor;
	readonly #vertices: Cursor;
	readonly #edgeColumns: readonly FilledColumn[];
	readonly #vertexColumns: readonly FilledColumn[];
	readonly #key: EdgeKey;
	readonly #types: Map<string, TypeIds>;
	readonly #vertexIds: IdList;
	readonly #labels: (readonly string[])[];
	/** What is to be done next: read edges, read vertices, put the types' lists together, one in each step. */
	#phase: 'edges' | 'vertices' | 'types' | 'done';
	#columns: EdgeColumns[];
	#current: TypeIds | null;
	#currentType: string;

	constructor(edges: Pick<Keyspace, 'cursor'>, vertices: Pick<Keyspace, 'cursor'>, offset: Offset, labelsOf: LabelsOfRow, columns: readonly KeptColumn[]) {
		this.adjacency = new Adjacency(offset);
		const { numbers, edgeNumbers } = this.adjacency;
		const filled = (kept: KeptColumn) => ({ kept, column: new ValueColumn(kept.part === 'edges' ? edgeNumbers : numbers, 1024, offset), values: [] });
		this.#edgeColumns = columns.filter((c) => c.part === 'edges').map(filled);
		this.#vertexColumns = columns.filter((c) => c.part === 'vertices').map(filled);
		this.isImpossible = false;
		this.#labelsOf = labelsOf;
		this.#edges = edges.cursor(null, null, false, offset);
		this.#vertices = vertices.cursor(null, null, false, offset);
		this.#key = new EdgeKey();
		this.#types = new Map();
		this.#vertexIds = new IdList();
		this.#labels = [];
		this.#phase = 'edges';
		this.#columns = [];
		this.#current = null;
		this.#currentType = '';
	}

	/** Reads about `budget` entries; true when it is done, or impossible. */
	step(budget: number): boolean {
		if (this.#phase === 'edges') this.#readEdges(budget);
		else if (this.#phase === 'vertices') this.#readVertices(budget);
		else if (this.#phase === 'types') this.#fillType();
		return this.#phase === 'done' || this.isImpossible;
	}

	/** The columns on the way are there from now on. */
	finishColumns(): void {
		for (const { kept, column } of [...this.#edgeColumns, ...this.#vertexColumns]) kept.current = column;
	}

	close(): void {
		this.#edges.close();
		this.#vertices.close();
	}

	#readEdges(budget: number): void {
		const cursor = this.#edges;
		const key = this.#key;
		for (let left = budget; left > 0; left--) {
			if (!cursor.next()) {
				this.#phase = 'vertices';
				return;
			}
			if (!key.read(cursor.keyBuffer, cursor.keyStart)) {
				this.isImpossible = true;
				return;
			}
			const lists = key.type === this.#currentType && this.#current !== null ? this.#current : this.#listsOf(key.type);
			lists.tails.push(key.tail);
			lists.heads.push(key.head);
			lists.ids.push(key.id);
			if (this.#edgeColumns.length > 0) this.#fillEdge(key.id, cursor);
		}
	}

	#fillEdge(id: number, { valueBuffer, valueStart, valueEnd }: Cursor): void {
		const row = this.adjacency.edgeNumbers.add(id);
		for (const { kept, column } of this.#edgeColumns) column.set(row, kept.read(valueBuffer, valueStart, valueEnd));
	}

	#listsOf(type: string): TypeIds {
		let lists = this.#types.get(type);
		if (lists === undefined) this.#types.set(type, (lists = { tails: new IdList(), heads: new IdList(), ids: new IdList() }));
		this.#current = lists;
		this.#currentType = type;
		return lists;
	}

	#readVertices(budget: number): void {
		const cursor = this.#vertices;
		for (let left = budget; left > 0; left--) {
			if (!cursor.next()) {
				this.#number();
				return;
			}
			const id = readId(cursor.keyBuffer, cursor.keyStart);
			if (id < 0) {
				this.isImpossible = true;
				return;
			}
			this.#vertexIds.push(id);
			this.#labels.push(this.#labelsOf(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd));
			for (const { kept, values } of this.#vertexColumns) values.push(kept.read(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd));
		}
	}

	#number(): void {
		this.#columns = [...this.#types].map(([type, { tails, heads, ids }]) => ({ type, tails: tails.finish(), heads: heads.finish(), ids: ids.finish() }));
		const vertices = this.#vertexIds.finish();
		this.adjacency.fillNumbers(vertices, this.#columns);
		for (let i = 0; i < vertices.length; i++) this.adjacency.addVertex(vertices[i]!, this.#labels[i]!);
		for (const { column, values } of this.#vertexColumns) {
			for (let i = 0; i < vertices.length; i++) column.set(this.adjacency.numbers.numberOf(vertices[i]!), values[i]);
			values.length = 0;
		}
		this.#labels.length = 0;
		this.#phase = 'types';
	}

	#fillType(): void {
		const columns = this.#columns.pop();
		if (columns === undefined) {
			this.#phase = 'done';
			return;
		}
		// A copy of its own length: what it grew in goes.
		this.adjacency.fillType({ ...columns, ids: columns.ids.slice() });
	}
}
