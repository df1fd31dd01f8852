/**
 * What a write to a table has to look after under one version of the catalog: columns that must not be null, unique indexes,
 * foreign keys in both directions. Made once per table and catalog version.
 */
import { invariant } from '../../platform/errors.ts';
import type { ConstraintObject, IndexObject, ObjectId, TableObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import type { RowProgram, StoredExpressions } from './contracts.ts';
import { isFollowed } from './followed-tables.ts';
import { type IndexCodec, type TableCodec, tableCodec } from './table-codec.ts';

export interface UniqueIndex {
	readonly index: IndexObject;
	/** Null for the primary key, whose entries are the rows. */
	readonly codec: IndexCodec | null;
	/** The constraint that the index stands for, or null. */
	readonly constraint: ConstraintObject | null;
	readonly deferrable: boolean;
}

/** A foreign key, from the side of the referencing (child) or the referenced (parent) table. */
export interface ForeignKey {
	readonly constraint: ConstraintObject;
	readonly child: TableObject;
	readonly parent: TableObject;
	/** Places of the columns among live values: child's, and parent's in the same order. */
	readonly childPlaces: readonly number[];
	readonly parentPlaces: readonly number[];
}

export class WritePlan {
	readonly table: TableObject;
	readonly schemaName: string;
	readonly codec: TableCodec;
	readonly program: RowProgram | null;
	/** Places of NOT NULL columns. */
	readonly notNull: Int32Array;
	readonly primary: UniqueIndex | null;
	readonly unique: readonly UniqueIndex[];
	/** Unique indexes that are being filled. */
	readonly unfinished: readonly UniqueIndex[];
	/** Indexes over expressions or with a predicate. */
	readonly computed: readonly IndexCodec[];
	/** Inverted indexes. */
	readonly elements: readonly IndexCodec[];
	/** For each live place: 1 when a plain secondary index holds the column. */
	readonly indexedPlaces: Uint8Array;
	readonly hasPlainIndexes: boolean;
	/** Changes say what a row was, whether an index needs it or not: something reads them from the log. */
	readonly logsBefore: boolean;
	readonly references: readonly ForeignKey[];
	readonly referencedBy: readonly ForeignKey[];
	/** For each live place: 1 when the column is part of a key others can refer to: updates of it take the strongest lock. */
	readonly keyPlaces: Uint8Array;

	constructor(catalog: CatalogVersion, table: TableObject, expressions: StoredExpressions) {
		const codec = tableCodec(catalog, table);
		this.table = table;
		this.codec = codec;
		this.schemaName = catalog.get(table.schemaId)?.name ?? '';
		this.program = expressions.forTable(catalog, table);
		this.notNull = Int32Array.from(codec.live.flatMap((column, place) => (column.notNull ? [place] : [])));
		const constraints = table.constraintIds.map((id) => catalog.get(id)).filter((object) => object?.kind === 'constraint');
		const all = table.indexIds.map((id) => catalog.get(id)).filter((object) => object?.kind === 'index');
		const unique = all.filter((index) => index.unique).map((index) => uniqueIndex(codec, index, constraints));
		this.primary = unique.find(({ index }) => index.primary) ?? null;
		this.unique = unique.filter(({ index }) => !index.primary);
		this.unfinished = this.unique.filter(({ index, codec: indexCodec }) => !index.ready && indexCodec!.isUniqueLayout);
		this.computed = codec.secondary.filter((index) => index.isComputed && !index.isElements);
		this.elements = codec.secondary.filter((index) => index.isElements);
		const plain = codec.secondary.filter((index) => !index.isComputed);
		this.hasPlainIndexes = plain.length > 0;
		this.logsBefore = isFollowed(catalog, table, 'async');
		this.indexedPlaces = new Uint8Array(codec.live.length);
		for (const index of plain) for (const place of [...index.places, ...index.includePlaces]) this.indexedPlaces[place] = 1;
		this.keyPlaces = new Uint8Array(codec.live.length);
		for (const place of codec.keyPlaces) this.keyPlaces[place] = 1;
		for (const { codec: index } of this.unique) for (const place of index!.places) if (place >= 0) this.keyPlaces[place] = 1;
		this.references = constraints.filter(({ type }) => type === 'foreign').map((constraint) => foreignKey(catalog, constraint));
		this.referencedBy = referencing(catalog, table.id).map((constraint) => foreignKey(catalog, constraint));
	}
}

function uniqueIndex(codec: TableCodec, index: IndexObject, constraints: readonly ConstraintObject[]): UniqueIndex {
	const constraint = constraints.find(({ type, indexId }) => type !== 'foreign' && indexId === index.id) ?? null;
	return { index, codec: index.primary ? null : codec.index(index.id), constraint, deferrable: constraint?.deferrable ?? false };
}

function referencing(catalog: CatalogVersion, tableId: ObjectId): ConstraintObject[] {
	return catalog
		.dependents(tableId)
		.filter((object) => object.kind === 'constraint' && object.type === 'foreign' && object.foreignTableId === tableId) as ConstraintObject[];
}

export function foreignKey(catalog: CatalogVersion, constraint: ConstraintObject): ForeignKey {
	const child = catalog.get(constraint.tableId);
	const parent = catalog.get(constraint.foreignTableId);
	invariant(child?.kind === 'table' && parent?.kind === 'table', `the tables of constraint ${constraint.name} are in the catalog`);
	const childCodec = tableCodec(catalog, child);
	const parentCodec = tableCodec(catalog, parent);
	return {
		constraint,
		child,
		parent,
		childPlaces: constraint.columns.map((number) => childCodec.placeOf(number)),
		parentPlaces: constraint.foreignColumns.map((number) => parentCodec.placeOf(number)),
	};
}

export class WritePlans {
	readonly #expressions: StoredExpressions;
	readonly #kept = new WeakMap<CatalogVersion, Map<TableObject, WritePlan>>();

	constructor(expressions: StoredExpressions) {
		this.#expressions = expressions;
	}

	get(catalog: CatalogVersion, table: TableObject): WritePlan {
		let plans = this.#kept.get(catalog);
		if (plans === undefined) this.#kept.set(catalog, (plans = new Map<TableObject, WritePlan>()));
		let plan = plans.get(table);
		if (plan === undefined) {
			plan = new WritePlan(catalog, table, this.#expressions);
			plans.set(table, plan);
		}
		return plan;
	}
}
