/**
 * The objects of the catalog: plain readonly data, kept as JSON in the catalog's own keyspace and versioned by offset. One
 * object table, unique by (schema, name) across kinds that share a namespace (tables, views, indexes, sequences share one;
 * types and functions have their own). Expressions are kept as SQL text *and* resolved at load by `language/` (text is
 * PostgreSQL's own way to show them); stored algebra is opaque JSON here.
 */
import type { CompactionMode } from '../storage/keyspace-store-options.ts';
import type { EngineName } from '../storage/manifest.ts';
import type { FrameShape } from '../storage/rtree/coordinate-frame.ts';

export type ObjectId = number;

/** The ids below are fixed; user objects start at 16384, as PostgreSQL's oids do. */
export const FIRST_USER_ID = 16384;

export interface ObjectBase {
	readonly id: ObjectId;
	readonly name: string;
	/** Id of the schema object. */
	readonly schemaId: ObjectId;
	readonly comment?: string;
	readonly owner?: string;
	/** Ids of objects this one cannot live without (dropped with it under CASCADE, refused under RESTRICT). */
	readonly dependsOn?: readonly ObjectId[];
}

export interface SchemaObject extends ObjectBase {
	readonly kind: 'schema';
}

export interface ColumnObject {
	readonly name: string;
	/** 1-based and never reused (pg_attribute.attnum); dropped columns stay in the list. */
	readonly number: number;
	readonly typeOid: number;
	readonly typmod: number;
	readonly notNull: boolean;
	/** SQL text of the default, or null. */
	readonly defaultText: string | null;
	/** SQL text of GENERATED ALWAYS AS (…) STORED, or null. */
	readonly generatedText: string | null;
	readonly identity: '' | 'a' | 'd';
	/** Sequence owned by this column (serial, identity), or 0. */
	readonly sequenceId: ObjectId;
	readonly dropped: boolean;
	/** The table's `schemaVersion` in which the column came. */
	readonly addedIn: number;
	/** Value that rows written before the column came show, as the type's text, or null for NULL. */
	readonly missingText: string | null;
	readonly collation?: string;
	readonly comment?: string;
}

/** How a partitioned table tells its rows apart. */
export interface PartitionKey {
	readonly strategy: 'range' | 'list' | 'hash';
	/** Column numbers. */
	readonly columns: readonly number[];
}

/** A value of a bound as its type's text; `minimum` and `maximum` lie before and behind all values. */
export type BoundValue = { readonly text: string } | 'minimum' | 'maximum';

/** The rows that a partition takes: from a lower bound up to, not with, an upper one; of listed values (null: NULL); whose hash has a remainder; all others. */
export type PartitionBound =
	| { readonly kind: 'range'; readonly from: readonly BoundValue[]; readonly to: readonly BoundValue[] }
	| { readonly kind: 'list'; readonly values: readonly (string | null)[] }
	| { readonly kind: 'hash'; readonly modulus: number; readonly remainder: number }
	| { readonly kind: 'default' };

export interface TableObject extends ObjectBase {
	readonly kind: 'table';
	readonly columns: readonly ColumnObject[];
	/** Raised by each change of the columns; every row carries the one it was written with. */
	readonly schemaVersion: number;
	/** Of a columnar table: numbers of the columns whose values, as the row was inserted, stand before its hidden row number. */
	readonly sortBy?: readonly number[];
	/** Column numbers of the clustering key; empty: rows are keyed by a hidden row number (`rowIdSequence`). */
	readonly primaryKey: readonly number[];
	/** Keyspace of the rows. TRUNCATE and rewrites change it. */
	readonly keyspaceId: number;
	readonly indexIds: readonly ObjectId[];
	readonly constraintIds: readonly ObjectId[];
	/** Its triggers; absent: none. */
	readonly triggers?: readonly ObjectId[];
	/** Options of WITH (…), as given. */
	readonly options: Readonly<Record<string, string>>;
	readonly engine: EngineName;
	/** 't' for temporary (of one session), 'p' for permanent. */
	readonly persistence: 'p' | 't' | 'u';
	/** The tables that it inherits from. */
	readonly parentIds?: readonly ObjectId[];
	/** Others inherit from it: reads and changes reach their rows too, unless ONLY is said. */
	readonly isInherited?: boolean;
	/** The table is partitioned: its rows are in its partitions, it has none itself. */
	readonly partitionBy?: PartitionKey;
	/** The table is a partition. */
	readonly partitionOf?: { readonly parentId: ObjectId; readonly bound: PartitionBound };
}

export interface IndexColumn {
	/** Column number, or 0 for an expression. */
	readonly column: number;
	readonly expressionText: string | null;
	/** Type of the expression; absent for a column. */
	readonly typeOid?: number;
	/** The column is an array, and has an entry for each of its distinct elements but null: the only column of an inverted index. */
	readonly each?: boolean;
	readonly descending: boolean;
	readonly nullsFirst: boolean;
}

export interface IndexObject extends ObjectBase {
	readonly kind: 'index';
	readonly tableId: ObjectId;
	/** The keyspace of the entries. A primary key clusters its table: then it is the table's own. */
	readonly keyspaceId: number;
	readonly unique: boolean;
	readonly nullsNotDistinct: boolean;
	readonly primary: boolean;
	readonly columns: readonly IndexColumn[];
	/** Column numbers of INCLUDE (…); of a columnar index those that it keeps, and `columns` are what it is sorted by. */
	readonly include: readonly number[];
	/** SQL text of WHERE, or null. */
	readonly predicateText: string | null;
	/** Its columns, ascending and never null, hold those of the primary key: entries carry no key of the row beside. */
	readonly holdsRowKey?: boolean;
	/** False while CREATE INDEX is backfilling: kept up to date, not read. */
	readonly ready: boolean;
	readonly method: 'btree' | 'rtree' | 'columnar';
	/** The engine of its entries, which has an order; absent: lsm. Not said of a primary key that clusters its table. */
	readonly engine?: EngineName;
	/** Its engine was asked for, and stays when the table gets another. */
	readonly isEngineChosen?: boolean;
	/** The index of the partitioned table that it is a part of. */
	readonly parentIndexId?: ObjectId;
	/** Of a spatial index: the frame of each key column, and the text of WITH (bounds = …) from which they were made, or null. */
	readonly spatial?: { readonly frames: readonly FrameShape[]; readonly bounds: string | null };
}

export type ReferentialAction = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default';

export interface ConstraintObject extends ObjectBase {
	readonly kind: 'constraint';
	readonly tableId: ObjectId;
	readonly type: 'primary' | 'unique' | 'check' | 'foreign';
	/** Column numbers (key columns; for a check, the columns it reads). */
	readonly columns: readonly number[];
	readonly indexId: ObjectId;
	readonly checkText: string | null;
	readonly foreignTableId: ObjectId;
	readonly foreignColumns: readonly number[];
	readonly onDelete: ReferentialAction;
	readonly onUpdate: ReferentialAction;
	readonly onDeleteColumns?: readonly number[];
	readonly matchFull: boolean;
	readonly deferrable: boolean;
	readonly initiallyDeferred: boolean;
	readonly validated: boolean;
}

export interface ViewObject extends ObjectBase {
	readonly kind: 'view';
	/** The defining SELECT, as text. */
	readonly text: string;
	readonly columns: readonly { readonly name: string; readonly typeOid: number; readonly typmod: number }[];
	/** search_path in force when it was made (schema ids): names in `text` are resolved with it. */
	readonly searchPath: readonly string[];
	/** Not null for a materialized view: the keyspace-backed table that holds its rows. */
	readonly materializedTableId: ObjectId;
	/**
	 * Of a materialized view that is kept: every commit that changes what it reads changes its rows (commit), they follow the log behind the commits (async), or they
	 * wait for REFRESH (manual). Absent: REFRESH runs the query, and the table has the view's columns alone.
	 */
	readonly refresh?: 'commit' | 'async' | 'manual';
	/** The last column of its table says which rows are shown; absent: all are. */
	readonly hidesRows?: boolean;
	readonly checkOption?: '' | 'local' | 'cascaded';
	readonly options?: Readonly<Record<string, string>>;
}

export interface SequenceObject extends ObjectBase {
	readonly kind: 'sequence';
	readonly typeOid: number;
	/** Decimal texts: int8 range. */
	readonly start: string;
	readonly increment: string;
	readonly minimum: string;
	readonly maximum: string;
	readonly cache: number;
	readonly cycle: boolean;
	readonly ownerTableId: ObjectId;
	readonly ownerColumn: number;
	readonly persistence: 'p' | 't' | 'u';
}

export interface TypeObject extends ObjectBase {
	readonly kind: 'type';
	readonly typeKind: 'enum' | 'domain' | 'composite' | 'range';
	readonly arrayOid: number;
	readonly labels: readonly string[];
	readonly baseOid: number;
	readonly baseTypmod: number;
	readonly notNull: boolean;
	readonly defaultText: string | null;
	readonly checks: readonly { readonly name: string; readonly text: string }[];
	readonly fields: readonly { readonly name: string; readonly typeOid: number; readonly typmod: number }[];
}

export interface FunctionObject extends ObjectBase {
	readonly kind: 'function';
	readonly language: string;
	readonly body: string;
	readonly argumentNames: readonly string[];
	readonly argumentModes: readonly string[];
	readonly argumentOids: readonly number[];
	readonly argumentDefaults: readonly (string | null)[];
	readonly returnOid: number;
	readonly returnsSet: boolean;
	readonly volatility: 'i' | 's' | 'v';
	readonly strict: boolean;
	readonly isProcedure: boolean;
	/** In SQL, and run statement by statement: its body is no single query that could stand in the place of a call. */
	readonly isInterpreted?: boolean;
	readonly options: Readonly<Record<string, string>>;
}

export type TriggerEvent = 'insert' | 'update' | 'delete' | 'truncate';

export interface TriggerObject extends ObjectBase {
	readonly kind: 'trigger';
	/** Of a table, or for INSTEAD OF of a view. */
	readonly tableId: ObjectId;
	readonly functionId: ObjectId;
	readonly timing: 'before' | 'after' | 'instead';
	/** For each row; else once for each statement. */
	readonly isRow: boolean;
	readonly events: readonly TriggerEvent[];
	/** UPDATE OF: numbers of columns; empty: any. */
	readonly columns: readonly number[];
	/** SQL text of WHEN, or null. */
	readonly whenText: string | null;
	readonly arguments: readonly string[];
	/** Names of the transition tables, or null. */
	readonly oldTable: string | null;
	readonly newTable: string | null;
	/** Of a constraint trigger. */
	readonly constraint: null | { readonly deferrable: boolean; readonly initiallyDeferred: boolean; readonly foreignTableId: ObjectId };
	/** As in pg_trigger.tgenabled: O, D, R, A. */
	readonly enabled: 'O' | 'D' | 'R' | 'A';
}

export interface RoleObject extends ObjectBase {
	readonly kind: 'role';
	readonly canLogin: boolean;
	readonly superuser: boolean;
	/** SCRAM-SHA-256 verifier in PostgreSQL's form, or null. */
	readonly verifier: string | null;
}

export interface KeyspaceObject extends ObjectBase {
	readonly kind: 'keyspace';
	readonly keyspaceId: number;
	readonly engine: EngineName;
	readonly durability: 'memory' | 'os' | 'disk' | null;
	/** Of a Redis database at 'os': it was promised to be synced each second. */
	readonly syncEachSecond?: boolean;
	/** How an LSM tree is compacted; absent: levelled. */
	readonly compaction?: CompactionMode;
}

/** A store of triples: its quads and its dictionary of terms are ordinary tables, which depend on nothing of it. See `model/triple/contracts.ts`. */
export interface TripleStoreObject extends ObjectBase {
	readonly kind: 'triple store';
	readonly quadsId: ObjectId;
	readonly termsId: ObjectId;
	/** Numbers of terms and blank nodes. */
	readonly sequenceId: ObjectId;
}

/** A rule that a graph keeps: a property index, a constraint. What carries it out is an index or a check of the graph's tables. */
export interface GraphRule {
	readonly name: string;
	readonly kind: 'index' | 'lookup' | 'unique' | 'key' | 'notNull';
	readonly entity: 'node' | 'relationship';
	/** The label, or the type of the relationships; '' for a lookup index. */
	readonly label: string;
	readonly properties: readonly string[];
	/** Ids of the index or constraint objects that stand for it; it is gone when they are. */
	readonly objectIds: readonly ObjectId[];
}

/** A property graph: two tables of its own (`model/graph/contracts.ts`), or a view of other tables as a graph. */
export interface GraphObject extends ObjectBase {
	readonly kind: 'graph';
	/** 0 for a graph over other tables. */
	readonly verticesId: ObjectId;
	readonly edgesId: ObjectId;
	readonly sequenceId: ObjectId;
	readonly rules: readonly GraphRule[];
	/** Of a graph over other tables: how they make it up, as `polylog.create_graph` took it; null else. */
	readonly definition: unknown;
}

export type CatalogObject =
	| SchemaObject
	| TableObject
	| IndexObject
	| ConstraintObject
	| ViewObject
	| SequenceObject
	| TypeObject
	| FunctionObject
	| TriggerObject
	| RoleObject
	| KeyspaceObject
	| TripleStoreObject
	| GraphObject;
