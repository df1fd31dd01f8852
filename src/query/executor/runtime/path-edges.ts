/** Edges of a walk that was found by ids, as values: their properties are read from the edges table. */
import { EDGE_PROPERTIES } from '../../../model/graph/contracts.ts';
import type { TableAccess } from '../../../model/table/contracts.ts';
import { invariant } from '../../../platform/errors.ts';
import type { TracedWalk } from '../../../storage/adjacency/shortest-walk.ts';
import type { Transaction } from '../../../transaction/contracts.ts';
import { Edge } from '../../../value/dynamic.ts';
import type { PropertyMap } from '../../../value/property-map.ts';
import { makeSlot, ScanKey } from './scan-key.ts';

export class PathEdges {
	readonly #access: TableAccess;
	readonly #type: string;
	readonly #isOutgoing: boolean;
	readonly #key = new ScanKey();
	readonly #slot = makeSlot();

	constructor(access: TableAccess, type: string, isOutgoing: boolean) {
		this.#access = access;
		this.#type = type;
		this.#isOutgoing = isOutgoing;
	}

	values(transaction: Transaction, { vertices, edges }: TracedWalk): Edge[] {
		return edges.map((id, i) => {
			const [from, to] = [vertices[i]!, vertices[i + 1]!];
			return this.#isOutgoing ? this.#edge(transaction, from, to, id) : this.#edge(transaction, to, from, id);
		});
	}

	#edge(transaction: Transaction, tail: number, head: number, id: number): Edge {
		const { primary, rows } = this.#access;
		invariant(primary !== null, 'edges have a primary key');
		const key = this.#key;
		key.length = 0;
		[tail, this.#type, head, id].forEach((value, i) => {
			primary.parts[i]!(value, key);
		});
		const found = transaction.get(rows, key.bytes, key.length, this.#slot);
		invariant(found, 'the adjacency holds the edges of the table');
		const { buffer, start, end } = this.#slot;
		return new Edge(id, this.#type, tail, head, this.#access.getter(EDGE_PROPERTIES)(buffer, start, end) as PropertyMap);
	}
}
