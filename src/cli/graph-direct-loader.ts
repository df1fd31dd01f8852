/**
 * Loads files of nodes and relationships into a graph of a database that this process has open: by the load of the embedded API, in one
 * transaction, into an empty graph past the log.
 *
 * Keys of the source become numbers from 0 on, which the load keeps at 8 bytes each.
 */
import type { GraphLoading } from '../database/embedded/graph-load.ts';
import type { DynamicValue } from '../value/dynamic.ts';
import { type GraphLoader, NodeKeys, type NodeShape, type RelationshipShape, type RowTaker } from './graph-loader.ts';

type Properties = Record<string, DynamicValue>;

export class DirectGraphLoader implements GraphLoader {
	nodeCount = 0;
	relationshipCount = 0;
	readonly #loading: GraphLoading;
	readonly #keys = new NodeKeys<number>();

	constructor(loading: GraphLoading) {
		this.#loading = loading;
	}

	nodes({ labels, properties, space }: NodeShape): RowTaker {
		return this.#taker(properties, (values, keys) => {
			const key = this.nodeCount++;
			this.#keys.set(space, keys[0], key);
			this.#loading.node({ key, labels, properties: values });
		});
	}

	relationships({ type, properties, fromSpace, toSpace }: RelationshipShape): RowTaker {
		return this.#taker(properties, (values, keys) => {
			const from = this.#keys.get(fromSpace, keys[0]);
			const to = this.#keys.get(toSpace, keys[1]);
			this.#loading.relationship({ from, to, type, properties: values });
			this.relationshipCount++;
		});
	}

	#taker(names: readonly string[], take: (values: Properties, keys: readonly unknown[]) => void): RowTaker {
		const loading = this.#loading;
		// Only `fromEntries` makes a property of this name.
		const isOdd = names.includes('__proto__');
		return {
			add(row, keys) {
				if (isOdd) take(Object.fromEntries(names.map((name, i) => [name, row[i]!])), keys);
				else {
					const values: Properties = {};
					for (let i = 0; i < names.length; i++) values[names[i]!] = row[i]!;
					take(values, keys);
				}
				return loading.isFull ? loading.settle() : null;
			},
			end: () => null,
		};
	}
}
