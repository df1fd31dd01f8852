/** Edges of a walk that was found by ids, as values: their properties are read from the edges table. */
import { EDGE_PROPERTIES } from '../../../model/graph/contracts.ts';
import type { TableAccess } from '../../../model/table/contracts.ts';
import { invariant } from '../../../platform/errors.ts';
import type { ShortestStep, TracedWalk } from '../../../storage/adjacency/shortest-walk.ts';
import type { Transaction } from '../../../transaction/contracts.ts';
import { Edge } from '../../../value/dynamic.ts';
import type { PropertyMap } from '../../../value/property-map.ts';
import { makeSlot, ScanKey } from './scan-key.ts';

export class PathEdges {
	readonly #access: TableAccess;
	readonly #step: ShortestStep;
	readonly #key = new ScanKey();
	readonly #slot = makeSlot();

	constructor(access: TableAccess, step: ShortestStep) {
		this.#access = access;
		this.#step = step;
	}

	values(transaction: Transaction, { vertices, edges }: TracedWalk): Edge[] {
		return edges.map((id, i) => {
			const [from, to] = [vertices[i]!, vertices[i + 1]!];
			const { isOutgoing, isEither } = this.#step;
			const along = isOutgoing ? this.#edge(transaction, from, to, id) : this.#edge(transaction, to, from, id);
			const found = along ?? (isEither ? this.#edge(transaction, to, from, id) : null);
			invariant(found !== null, 'the adjacency holds the edges of the table');
			return found;
		});
	}

	#edge(transaction: Transaction, tail: number, head: number, id: number): Edge | null {
		const { primary, rows } = this.#access;
		invariant(primary !== null, 'edges have a primary key');
		const key = this.#key;
		key.length = 0;
		[tail, this.#step.type, head, id].forEach((value, i) => {
			primary.parts[i]!(value, key);
		});
		if (!transaction.get(rows, key.bytes, key.length, this.#slot)) return null;
		const { buffer, start, end } = this.#slot;
		return new Edge(id, this.#step.type, tail, head, this.#access.getter(EDGE_PROPERTIES)(buffer, start, end) as PropertyMap);
	}
}
