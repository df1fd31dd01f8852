/**
 * Plans: closed, immutable operators. A language makes logical ones; the optimizer rewrites logical to logical and chooses
 * physical ones (marked P) where they pay. The executor runs every kind, so an unoptimised plan gives the same answer, slowly.
 *
 * (1) `columns` of an operator are exactly what it produces, in order; ids are unique within the statement.
 * (2) An operator's expressions refer to columns of its inputs, or to outer columns (see `apply` and subqueries).
 */
import type { ReachStep } from '../../storage/adjacency/reach-walk.ts';
import type { ShortestStep } from '../../storage/adjacency/shortest-walk.ts';
import type { Metric } from '../../storage/rtree/distance.ts';
import type { IndexObject, TableObject } from '../../transaction/catalog-objects.ts';
import type { Equality, ScalarFunction, SetFunction } from '../functions/contracts.ts';
import type { AggregateCall, Column, ColumnId, Expression, SortKey, WindowCall } from './expression.ts';

interface Produces {
	readonly columns: readonly Column[];
}

export type JoinType = 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti';

/** A column read from a table: an attribute number, or what identifies the row. */
export interface ScanColumn {
	readonly column: Column;
	/** Attribute number; 0: the row's key (bytes), for UPDATE, DELETE and row locks; −1: the table's oid; −2: ctid-like text of the key. */
	readonly number: number;
	/** P: not the attribute's value, but what a function with `stored` makes of it and of the values of its other arguments. */
	readonly part?: { readonly function: ScalarFunction; readonly values: readonly unknown[] };
}

export type LockStrength = 'key share' | 'share' | 'no key update' | 'update';

/** Bounds of an access path: equal values for the first index columns, then at most one range on the next. */
export interface AccessBounds {
	readonly equal: readonly Expression[];
	readonly lower: { readonly expression: Expression; readonly inclusive: boolean } | null;
	readonly upper: { readonly expression: Expression; readonly inclusive: boolean } | null;
	/** `equal[i]` may be null and then matches nulls (IS NULL); parallel to `equal`; absent: no match on null. */
	readonly equalNulls?: readonly boolean[];
}

/** Bounds of one column of a spatial index, both ends inclusive; null: none. */
export interface WindowSide {
	readonly lower: Expression | null;
	readonly upper: Expression | null;
}

/** How a read of a graph's table is answered by its adjacency. Parts of columns (`ScanColumn.part`) come from columns of values beside it. */
export interface AdjacencyUse {
	/** Edges with their tail and type bound, with their head and type, with all three; with an end and several types or none; a vertex by its id. All vertices; all edges of a type. */
	readonly kind: 'outgoing' | 'incoming' | 'pair' | 'several' | 'vertex' | 'vertices' | 'edges';
	/** Of vertices: labels that they must have; else they are no rows. */
	readonly labels: readonly string[];
	/** Of 'edges'. */
	readonly type?: string;
	/** Of 'several': null for all types; and whether the end that is bound is the tail. */
	readonly types?: readonly string[] | null;
	readonly isOutgoing?: boolean;
	/** How many rows the read is thought to give in one execution, where it costs as much without the adjacency. */
	readonly expectedRows: number;
	/** The same for values of each part. */
	readonly expectedValues?: number;
	/** Of edges of one vertex: vertices whose neighbours alone need be looked at, since a later part of the plan drops all others. */
	readonly meets?: readonly AdjacentMeeting[];
}

/** The neighbours of a vertex over the edges of a type that leave it, or come to it. */
export interface AdjacentMeeting {
	readonly vertex: Expression;
	readonly type: string;
	readonly isOutgoing: boolean;
}

/** A parameter has this value. */
export interface ParameterCondition {
	readonly index: number;
	readonly value: unknown;
	readonly equality: Equality;
}

export type Plan =
	/** Rows of a table, in key order. */
	| (Produces & {
			readonly kind: 'scan';
			readonly table: TableObject;
			readonly scan: readonly ScanColumn[] /** Without the tables below it. */;
			readonly only?: boolean;
			/** The adjacency of the graph that the table belongs to gives the same rows, in the same order, whenever it can serve the execution. */
			readonly adjacency?: AdjacencyUse;
	  })
	/** P: rows of a table through its key (`index` null or primary) or a secondary index, within bounds, in index order (or reverse). Several bounds: the union, without duplicates when the bounds are distinct (IN lists). */
	| (Produces & {
			readonly kind: 'access';
			readonly table: TableObject;
			readonly scan: readonly ScanColumn[];
			readonly index: IndexObject | null;
			readonly bounds: readonly AccessBounds[];
			readonly reverse: boolean /** Every column asked for is in the index: the row is not read. */;
			readonly covering: boolean;
			/** Through a spatial index, without `bounds`: its rows within a window and perhaps some beside it, in no order. A side for each column of the index. */
			readonly window?: readonly WindowSide[];
			/** Through a spatial index, without `bounds`: all its rows, nearest first by `polylog.distance` or `polylog.box_distance` from a point; those without a distance last. */
			readonly nearest?: { readonly metric: Metric; readonly origin: Expression };
			/** How many rows were thought to lie in the window. */
			readonly expectedRows?: number;
			/** The adjacency of the graph that the table belongs to gives the same rows, in the same order, whenever it can serve the execution. */
			readonly adjacency?: AdjacencyUse;
			/** An index of integers in memory gives the same rows, in the same order, whenever it can serve the execution; so many rows are expected of it in one. */
			readonly integers?: { readonly expectedRows: number };
	  })
	/** P: rows of a table kept in columns (`index` null), or of its copy in a columnar index, in no order, that every predicate lets through: each reads one column. */
	| (Produces & {
			readonly kind: 'column-scan';
			readonly table: TableObject;
			readonly scan: readonly ScanColumn[];
			readonly index: IndexObject | null;
			readonly predicates: readonly Expression[];
	  })
	| (Produces & { readonly kind: 'values'; readonly rows: readonly (readonly Expression[])[] })
	/** A catalog or metrics table computed by the database: the named provider gives the rows (arrays in column order) at execution. */
	| (Produces & {
			readonly kind: 'virtual-scan';
			readonly provider: string;
			readonly arguments: readonly Expression[] /** Positions, in the provider's row, of `columns`. */;
			readonly positions: readonly number[];
			/** About how many rows there are, where that is known. */
			readonly expectedRows?: number;
	  })
	| (Produces & {
			readonly kind: 'function-scan';
			readonly functions: readonly {
				readonly function: SetFunction | ScalarFunction;
				readonly arguments: readonly Expression[];
				readonly columns: readonly Column[];
				readonly typmod: number;
				readonly variadic?: boolean;
			}[];
			readonly ordinality: Column | null;
	  })
	| (Produces & { readonly kind: 'filter'; readonly input: Plan; readonly predicate: Expression })
	/** Produces exactly `items`, no input column passes by itself. */
	| (Produces & { readonly kind: 'project'; readonly input: Plan; readonly items: readonly { readonly column: Column; readonly expression: Expression }[] })
	/** SELECT-list set functions (ProjectSet): for each input row, as many rows as the longest set, others padded with null. Produces the input's columns and the items'. */
	| (Produces & {
			readonly kind: 'expand';
			readonly input: Plan;
			readonly items: readonly {
				readonly column: Column;
				readonly function: SetFunction;
				readonly arguments: readonly Expression[];
				readonly variadic?: boolean;
			}[];
	  })
	/** Neither side refers to the other. `columns`: left then right; semi and anti: left only. */
	| (Produces & { readonly kind: 'join'; readonly type: JoinType; readonly left: Plan; readonly right: Plan; readonly on: Expression | null })
	/** P: equality pairs chosen for hashing; the right side is built, the left probes. `residual` is the rest of ON. `nullAware`: anti-join of NOT IN. */
	| (Produces & {
			readonly kind: 'hash-join';
			readonly type: JoinType;
			readonly left: Plan;
			readonly right: Plan;
			readonly keys: readonly {
				readonly left: Expression;
				readonly right: Expression;
				readonly equality: Equality /** IS NOT DISTINCT FROM */;
				readonly nullsEqual?: boolean;
			}[];
			readonly residual: Expression | null;
			readonly nullAware?: boolean;
	  })
	/** For each left row, the right plan is run with the left's columns visible in it (LATERAL; P: index nested loop). */
	| (Produces & {
			readonly kind: 'apply';
			readonly type: 'inner' | 'left' | 'semi' | 'anti';
			readonly left: Plan;
			readonly right: Plan;
			readonly on: Expression | null;
	  })
	/** `sets` are grouping sets as indexes into `groups`; one set of all groups for plain GROUP BY; `[[]]` with no groups: one row always. Columns: the groups' then the aggregates', then `grouping` columns. */
	| (Produces & {
			readonly kind: 'aggregate';
			readonly input: Plan;
			readonly groups: readonly { readonly column: Column; readonly expression: Expression; readonly equality: Equality }[];
			readonly sets: readonly (readonly number[])[];
			readonly aggregates: readonly AggregateCall[] /** GROUPING(…): bit mask over indexes into `groups`. */;
			readonly grouping: readonly { readonly column: Column; readonly groups: readonly number[] }[] /** P: input comes sorted by the groups. */;
			readonly sorted?: boolean;
	  })
	/**
	 * P: an aggregate over inner joins of a fact, read by columns, with dimensions by their primary keys: `key` of the fact equals `match` of
	 * the dimension, both integers. Groups are columns. `fallback` does the same where this cannot (it never runs beside it).
	 */
	| (Produces & {
			readonly kind: 'star-aggregate';
			readonly fact: Extract<Plan, { kind: 'column-scan' }>;
			readonly dimensions: readonly { readonly plan: Plan; readonly key: ColumnId; readonly match: ColumnId }[];
			readonly groups: readonly { readonly column: Column; readonly expression: Expression; readonly equality: Equality }[];
			readonly aggregates: readonly AggregateCall[];
			readonly fallback: Plan;
	  })
	/**
	 * P: an aggregate (`otherwise`) that `stored` answers, by position of the columns, from the rows of a kept view. It does so when the transaction
	 * reads `tables` as they were committed and the parameters have the values of `conditions`; that is decided when an execution starts, for all
	 * of a plan's together.
	 */
	| (Produces & {
			readonly kind: 'stored-groups';
			readonly view: string;
			readonly tables: readonly TableObject[];
			readonly conditions: readonly ParameterCondition[];
			readonly stored: Plan;
			readonly otherwise: Plan;
	  })
	/** Produces the input's columns and the calls'. One partition and order per operator. */
	| (Produces & {
			readonly kind: 'window';
			readonly input: Plan;
			readonly partition: readonly { readonly expression: Expression; readonly equality: Equality }[];
			readonly orderBy: readonly SortKey[];
			readonly calls: readonly WindowCall[];
	  })
	/** `limit`: only so many rows are wanted (P: top-k). */
	| (Produces & { readonly kind: 'sort'; readonly input: Plan; readonly keys: readonly SortKey[]; readonly limit?: Expression | null })
	| (Produces & {
			readonly kind: 'limit';
			readonly input: Plan;
			readonly count: Expression | null;
			readonly offset: Expression | null /** FETCH … WITH TIES: the sort keys of the input. */;
			readonly ties?: readonly SortKey[];
	  })
	/** Without `on`: over all columns. With: DISTINCT ON, the first row of each group in input order. */
	| (Produces & { readonly kind: 'distinct'; readonly input: Plan; readonly on: readonly { readonly expression: Expression; readonly equality: Equality }[] })
	/** Inputs have the same column types in order. `columns` are new. */
	| (Produces & {
			readonly kind: 'set-operation';
			readonly operation: 'union' | 'intersect' | 'except';
			readonly all: boolean;
			readonly left: Plan;
			readonly right: Plan;
			readonly equalities: readonly Equality[];
	  })
	/** Runs `definition` at most once per execution, when first read, and keeps its rows for `cte-scan`s of `name` in `body`. DML definitions run exactly once. */
	| (Produces & { readonly kind: 'with'; readonly name: number; readonly definition: Plan; readonly body: Plan })
	/** Produces the definition's columns under new ids. */
	| (Produces & { readonly kind: 'cte-scan'; readonly name: number; readonly source: readonly ColumnId[] })
	/** WITH RECURSIVE, variable-length paths: `base`, then `step` over the rows new in the last round (read by `working-scan` of `name`), until none. `distinct`: UNION. */
	| (Produces & {
			readonly kind: 'recursion';
			readonly name: number;
			readonly base: Plan;
			readonly step: Plan;
			readonly distinct: boolean;
			readonly equalities: readonly Equality[];
			/**
			 * Breadth first: a row is left out when one with the same value in this column came in an earlier round (`among` 'rounds': all
			 * that come first are kept), or came before at all ('rows': one is kept).
			 */
			readonly visit?: { readonly column: ColumnId; readonly equality: Equality; readonly among: 'rounds' | 'rows' };
	  })
	| (Produces & { readonly kind: 'working-scan'; readonly name: number })
	/** An algorithm over a whole graph: rows of a vertex's id (int8) and a value (int8, or a float of type dynamic). */
	| (Produces & {
			readonly kind: 'graph-algorithm';
			readonly algorithm: 'bfs' | 'shortestPath' | 'pageRank' | 'connectedComponents' | 'triangleCount';
			readonly edges: TableObject;
			readonly vertices: TableObject;
			/** dynamic: what the procedure was called with. */
			readonly arguments: readonly Expression[];
	  })
	/**
	 * P: the vertices that walks over a graph's edges lead to from one vertex, each once, breadth first over the adjacency. All columns
	 * are the vertex's id. Where the adjacency cannot serve, the rows of `otherwise`: the same vertices, each as often as may be.
	 * Chosen only where nobody counts rows and nothing else is asked of the walks (`optimizer/use-reach.ts`).
	 */
	| (Produces & {
			readonly kind: 'reach';
			readonly table: TableObject;
			readonly from: Expression;
			readonly steps: readonly ReachStep[];
			/** How many edges the walks are thought to look at. */
			readonly expectedRows: number;
			readonly otherwise: Plan;
	  })
	/**
	 * P: one shortest walk between two vertices over the adjacency, searched from both ends: a row with the end, the list of its edges
	 * (ids, or values) and its length, or no row. Where the adjacency cannot serve, the rows of `otherwise`.
	 */
	| (Produces & {
			readonly kind: 'shortest';
			readonly table: TableObject;
			readonly from: Expression;
			readonly to: Expression;
			readonly step: ShortestStep;
			readonly asValues: boolean;
			/** Which columns are the end and the edges; another is the length. */
			readonly node: ColumnId;
			readonly edges: ColumnId;
			readonly expectedRows: number;
			readonly otherwise: Plan;
	  })
	/** FOR UPDATE and kin: locks the rows whose keys are in the named columns (number 0 of the scan); under read committed a changed row restarts the statement. */
	| (Produces & {
			readonly kind: 'lock-rows';
			readonly input: Plan;
			readonly targets: readonly {
				readonly table: TableObject;
				readonly key: ColumnId;
				readonly strength: LockStrength;
				readonly wait: 'wait' | 'nowait' | 'skip';
			}[];
	  })
	/**
	 * Takes all rows of its input before it gives the first; what was changed until then, by functions that change things, is seen by
	 * what is read behind it. With `each` also what was changed while the rows before were worked on. Nothing moves past it, in either
	 * direction, and an `apply` with one on its left runs its right side anew for each row. With `discards` it gives no rows: the input
	 * is run for what it does.
	 */
	| (Produces & { readonly kind: 'barrier'; readonly input: Plan; readonly each: boolean; readonly discards: boolean })
	| InsertPlan
	| UpdatePlan
	| DeletePlan;

/** A view's WITH CHECK OPTION. Constraints of the table itself are enforced by its `TableWriter` (model/table) and not listed in plans. */
export interface RowCheck {
	/** Over `newRow`; false or null fails with 44000. */
	readonly expression: Expression;
	readonly viewName: string;
}

/** What is common to changes of a table. The executor hands rows to the table's `TableWriter`, which enforces NOT NULL, CHECK, UNIQUE and FOREIGN KEY, computes generated columns and maintains indexes. */
interface ChangesTable extends Produces {
	readonly table: TableObject;
	/** One column per live table column, in attribute order: the row as stored (insert, update), the old row (delete). */
	readonly newRow: readonly Column[];
	readonly viewChecks: readonly RowCheck[];
	/** RETURNING items over `newRow`, and the input's columns (update and delete); null: none, the plan produces no rows. */
	readonly returning: readonly { readonly column: Column; readonly expression: Expression }[] | null;
	/** Its rows count for the statement even if it stands inside `with`: one of several changes of a MERGE. */
	readonly counted?: boolean;
}

export interface InsertPlan extends ChangesTable {
	readonly kind: 'insert';
	readonly input: Plan;
	/** The value of each live table column, in attribute order, over the input's columns (defaults filled in). */
	readonly values: readonly Expression[];
	readonly conflict: null | {
		/** Arbiter indexes (the primary key's IndexObject too); empty: any unique conflict (only DO NOTHING). */
		readonly indexes: readonly IndexObject[];
		/** null: DO NOTHING. Otherwise over `existing` (the row there) and `excluded`. */
		readonly update: null | {
			readonly existing: readonly Column[];
			readonly assignments: readonly { readonly number: number; readonly expression: Expression }[];
			readonly where: Expression | null;
			/** Ids under which `assignments` and `where` see the proposed row (EXCLUDED). RETURNING sees the row as stored, under `newRow`. */
			readonly excluded: readonly Column[];
		};
	};
}

export interface UpdatePlan extends ChangesTable {
	readonly kind: 'update';
	/** Produces, among others, the target's key (`keyColumn`) and all its old columns (`oldRow`). */
	readonly input: Plan;
	readonly keyColumn: ColumnId;
	readonly oldRow: readonly ColumnId[];
	/** Over the input's columns. */
	readonly assignments: readonly { readonly number: number; readonly expression: Expression }[];
}

export interface DeletePlan extends ChangesTable {
	readonly kind: 'delete';
	readonly input: Plan;
	readonly keyColumn: ColumnId;
	readonly oldRow: readonly ColumnId[];
}
