/** Nodes of a graph over other tables by their ids: what paths and functions ask of single ones. */
import type { Slot } from '../../storage/contracts.ts';
import type { TableObject } from '../../transaction/catalog-objects.ts';
import type { Transaction } from '../../transaction/contracts.ts';
import { type DynamicValue, type Edge, Vertex } from '../../value/dynamic.ts';
import { PgArray } from '../../value/pg-array.ts';
import { PropertyMap } from '../../value/property-map.ts';
import { toDynamic } from '../../value/sql-dynamic.ts';
import type { TableModel } from '../table/contracts.ts';
import { type OverlayGraph, PLACES_MAX } from './overlay-graph.ts';
import { refreshValue } from './refresh-value.ts';

export class OverlayReader {
	readonly #transaction: Transaction;
	readonly #tables: TableModel;
	readonly #overlay: OverlayGraph;
	readonly #slot: Slot = { buffer: new Uint8Array(0), start: 0, end: 0 };

	constructor(transaction: Transaction, tables: TableModel, overlay: OverlayGraph) {
		this.#transaction = transaction;
		this.#tables = tables;
		this.#overlay = overlay;
	}

	labels(vertex: Vertex): PgArray {
		return PgArray.of(this.vertex(vertex).labels);
	}

	properties(entity: Vertex | Edge): PropertyMap {
		return entity instanceof Vertex ? this.vertex(entity).properties : entity.properties;
	}

	refresh(value: DynamicValue): DynamicValue {
		return refreshValue(value, this);
	}

	/** An edge is what it was when its row was read. */
	edge(edge: Edge): Edge {
		return edge;
	}

	vertex(vertex: Vertex): Vertex {
		const id = BigInt(vertex.id);
		const nodes = this.#overlay.nodes[Number(id % BigInt(PLACES_MAX))];
		const transaction = this.#transaction;
		const table = nodes === undefined ? undefined : transaction.catalog.get(nodes.tableId);
		if (nodes === undefined || table?.kind !== 'table') return new Vertex(vertex.id, [], PropertyMap.empty);
		const row = this.#row(table, nodes.key, Number(id / BigInt(PLACES_MAX)));
		if (row === null) return new Vertex(vertex.id, [], PropertyMap.empty);
		const live = table.columns.filter((column) => !column.dropped);
		const properties = nodes.properties.map(([property, attribute]): [string, DynamicValue] => {
			const place = live.findIndex((column) => column.number === attribute);
			return [property, toDynamic(transaction.catalog.typeByOid(live[place]!.typeOid)!, transaction.catalog)(row[place])];
		});
		return new Vertex(vertex.id, nodes.labels, PropertyMap.of(properties));
	}

	#row(table: TableObject, key: number, value: number): unknown[] | null {
		const access = this.#tables.access(this.#transaction.catalog, table);
		const image: unknown[] = [];
		image[table.columns.filter((column) => !column.dropped).findIndex((column) => column.number === key)] = value;
		const bytes = access.key(image);
		if (!this.#transaction.get(access.rows, bytes, bytes.length, this.#slot)) return null;
		return access.decode(this.#slot.buffer, this.#slot.start, this.#slot.end);
	}
}
