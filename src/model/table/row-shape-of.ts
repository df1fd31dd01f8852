/** How the rows of a columnar table, or the entries of a columnar index, lie in bytes: what the engine takes them apart by. */
import type { RowShape, ShapeColumn, ShapeKind } from '../../storage/column/row-shape.ts';
import type { IndexObject, TableObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import { GrowingKeyBuffer } from '../../value/key-buffer.ts';
import type { Representation } from '../../value/representation.ts';
import type { RowLayout } from '../../value/row-format.ts';
import type { FixedValue, RowValue, VariableValue } from '../../value/row-values.ts';
import { tableCodec } from './table-codec.ts';

/** Forms whose slot is a little-endian signed integer. */
const INTEGERS: ReadonlySet<Representation> = new Set<Representation>(['bool', 'int2', 'int4', 'oid', 'int8', 'date', 'time', 'timestamp']);

const known = new WeakMap<TableObject | IndexObject, RowShape>();

/** The shape of a keyspace's values by a catalog; null when it is of no columnar table or index. */
export function rowShapeOf(catalog: CatalogVersion, keyspaceId: number): RowShape | null {
	for (const object of catalog.objects()) {
		if (object.kind === 'table' && object.keyspaceId === keyspaceId) return object.engine === 'columnar' ? shapeOfTable(catalog, object) : null;
		if (object.kind === 'index' && !object.primary && object.keyspaceId === keyspaceId)
			return object.method === 'columnar' ? shapeOfIndex(catalog, object) : null;
	}
	return null;
}

function shapeOfTable(catalog: CatalogVersion, table: TableObject): RowShape {
	let shape = known.get(table);
	if (shape === undefined) {
		const { layout } = tableCodec(catalog, table);
		shape = {
			version: layout.schemaVersion,
			isEntry: false,
			columns: shapeColumns(
				layout,
				table.columns.map((column) => column.number),
			),
		};
		known.set(table, shape);
	}
	return shape;
}

function shapeOfIndex(catalog: CatalogVersion, index: IndexObject): RowShape | null {
	let shape = known.get(index);
	if (shape === undefined) {
		const table = catalog.get(index.tableId);
		if (table?.kind !== 'table') return null;
		const layout = tableCodec(catalog, table).index(index.id).includeLayout;
		if (layout === null) return null;
		shape = { version: layout.schemaVersion, isEntry: true, columns: shapeColumns(layout, index.include) };
		known.set(index, shape);
	}
	return shape;
}

function shapeColumns(layout: RowLayout, attributes: readonly number[]): ShapeColumn[] {
	return layout.places.map(({ column, value, representation }, i) => {
		const kind: ShapeKind = value.width === 0 ? 'bytes' : INTEGERS.has(representation) ? 'integer' : 'slot';
		const missing = column.dropped || column.missing === null ? null : bytesOf(value, column.missing);
		return { attribute: attributes[i]!, kind, width: value.width, addedIn: column.addedIn, missing };
	});
}

function bytesOf(value: RowValue, item: unknown): Uint8Array {
	if (value.width > 0) {
		const bytes = new Uint8Array(value.width);
		(value as FixedValue).write(bytes, 0, item as never);
		return bytes;
	}
	const target = new GrowingKeyBuffer(64);
	(value as VariableValue).write(item as never, target);
	return target.copy();
}
