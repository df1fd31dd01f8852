/**
 * Names in scope while a query is analysed. A `QueryLevel` is one SELECT (or INSERT, UPDATE, DELETE) with what its FROM shows,
 * its CTEs, and the aggregates, window functions and set functions met in its expressions; levels are linked from inner to
 * outer. Column references resolve here, with PostgreSQL's rules for ambiguity, LATERAL and hidden tables (parse_relation.c).
 */

import { sqlError } from '../../platform/errors.ts';
import type { AggregateCall, Column, ColumnId, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import type { SetFunction } from '../../query/functions/contracts.ts';
import type { TableObject } from '../../transaction/catalog-objects.ts';
import type { Type } from '../../value/type.ts';
import type { PendingWindow } from './analyze-window.ts';
import type { CteEntry } from './analyze-with.ts';
import type { StatementContext } from './statement-context.ts';

/** One column that a table in FROM shows under a name. */
export interface ScopeColumn {
	readonly name: string;
	readonly expression: Expression;
}

/** A table, subquery, function or join as its name shows it. */
export interface RangeEntry {
	readonly alias: string;
	/** Schema of a table referred to without an alias: allows schema.table.column. */
	readonly schema: string | null;
	readonly columns: readonly ScopeColumn[];
	/** Type of a whole-row reference; null: made from the columns. */
	readonly rowType: Type | null;
	/** A function in FROM whose rows are single values: `f` as an expression is the value itself. */
	readonly scalarRow: boolean;
	readonly table: TableObject | null;
	/** Column of the row's key, present when rows are to be changed or locked. */
	readonly keyColumn: ColumnId | null;
	/** System columns by name. */
	readonly system: ReadonlyMap<string, Expression>;
	/** For rows that may be all-null by an outer join, whole-row references are null then: a column that is not null otherwise. */
	readonly position: number;
	/** A record variable of a procedure: what it has no field for is an error of its own. */
	readonly record?: Expression;
}

/** How an entry may be referred to at present. */
export interface NamespaceItem {
	readonly entry: RangeEntry;
	/** `alias.column` works. */
	readonly relationVisible: boolean;
	/** A bare column name works. */
	readonly columnsVisible: boolean;
	/** Only from LATERAL parts. */
	lateralOnly: boolean;
	/** False: reference from here is an error (RIGHT and FULL joins). */
	lateralOk: boolean;
	/** Names of the columns that bare references see; null: all. Merged join columns are shown by the join itself. */
	readonly hidden: ReadonlySet<string> | null;
}

/** What kind of expression is being analysed: decides which constructs are allowed, and names it in errors. */
export type Clause =
	| 'select'
	| 'from function'
	| 'join'
	| 'where'
	| 'having'
	| 'filter'
	| 'window partition'
	| 'window order'
	| 'window frame'
	| 'insert'
	| 'update'
	| 'group by'
	| 'order by'
	| 'distinct on'
	| 'limit'
	| 'offset'
	| 'returning'
	| 'values'
	| 'check'
	| 'default'
	| 'index expression'
	| 'index predicate'
	| 'generated'
	| 'aggregate argument'
	| 'execute'
	| 'call'
	| 'policy'
	| 'copy where'
	| 'none';

/** A set function in the select list, waiting for its `expand`. */
export interface PendingExpand {
	readonly column: Column;
	readonly function: SetFunction;
	readonly arguments: readonly Expression[];
	readonly variadic: boolean;
	/** 0 for the outermost evaluated first; arguments with set functions come before. */
	readonly depth: number;
}

export class QueryLevel {
	readonly context: StatementContext;
	readonly parent: QueryLevel | null;
	namespace: NamespaceItem[] = [];
	readonly ctes = new Map<string, CteEntry>();
	clause: Clause = 'none';
	/** Ids of the columns that FROM produces at this level, with their names for errors. */
	readonly fromColumns = new Map<ColumnId, { readonly entry: RangeEntry; readonly name: string }>();
	readonly aggregates: AggregateCall[] = [];
	/** Where each aggregate's result column came from, to find equal calls. */
	readonly grouping: { readonly column: Column; readonly arguments: readonly Expression[]; readonly position: number }[] = [];
	readonly windows: PendingWindow[] = [];
	readonly expands: PendingExpand[] = [];
	/** Named windows of the WINDOW clause. */
	readonly windowDefinitions = new Map<string, import('./ast.ts').WindowDef>();
	/** The arguments of a window function are being analysed: they may not hold another. */
	insideWindow = false;
	/** 'CASE' or 'COALESCE' while their operands are analysed: set functions may not stand there. */
	insideConditional = '';
	/** Tables are scanned with their row keys (UPDATE, DELETE, FOR UPDATE). */
	withKeys = false;
	/** FROM is being analysed: subqueries in it may not hold aggregates of this level. */
	analyzingFrom = false;
	/** LATERAL items are visible. */
	lateralActive = false;
	/** Tables of FROM that FOR UPDATE may lock, in order. */
	readonly lockable: RangeEntry[] = [];
	/** Names that arguments of a function body or similar go by, before columns of outer levels. */
	readonly variables = new Map<string, Expression>();
	/** Of a level that holds the variables of a procedure: what a name means that is a column's too; null: the column. */
	conflict: 'error' | 'use_variable' | 'use_column' | null = null;
	plan: Plan | null = null;

	constructor(context: StatementContext, parent: QueryLevel | null) {
		this.context = context;
		this.parent = parent;
	}

	/** Runs `body` with another clause in force. */
	within<T>(clause: Clause, body: () => T): T {
		const before = this.clause;
		this.clause = clause;
		try {
			return body();
		} finally {
			this.clause = before;
		}
	}
}

/** Makes the entry of a plan's columns, renamed by an alias list. */
export function entryOf(alias: string, columns: readonly Column[], rest: Partial<RangeEntry> = {}): RangeEntry {
	return {
		alias,
		schema: null,
		columns: columns.map((c) => ({ name: c.name, expression: { kind: 'column', id: c.id, type: c.type } })),
		rowType: null,
		scalarRow: false,
		table: null,
		keyColumn: null,
		system: new Map(),
		position: 0,
		...rest,
	};
}

export function visibleItem(entry: RangeEntry): NamespaceItem {
	return { entry, relationVisible: true, columnsVisible: true, lateralOnly: false, lateralOk: true, hidden: null };
}

/** Registers the columns that an entry's expressions read as coming from the level's FROM. */
export function registerColumns(level: QueryLevel, entry: RangeEntry): void {
	for (const column of entry.columns) if (column.expression.kind === 'column') level.fromColumns.set(column.expression.id, { entry, name: column.name });
	for (const [name, expression] of entry.system) if (expression.kind === 'column') level.fromColumns.set(expression.id, { entry, name });
}

export interface FoundColumn {
	readonly expression: Expression;
	readonly level: QueryLevel;
}

/** A bare column name, from the innermost level outwards; null when there is none. Throws 42702 when it is ambiguous. */
export function findColumn(level: QueryLevel, name: string, position: number): FoundColumn | null {
	for (let at: QueryLevel | null = level; at !== null; at = at.parent) {
		const expression = columnOfLevel(at, name, position);
		if (expression !== null) return variableInstead(at, name, position) ?? { expression, level: at };
		const variable = at.variables.get(name);
		if (variable !== undefined) return { expression: variable, level: at };
	}
	return null;
}

/** A column was found that a variable of the procedure around has the name of, too. */
function variableInstead(inner: QueryLevel, name: string, position: number): FoundColumn | null {
	for (let at = inner.parent; at !== null; at = at.parent) {
		if (at.conflict === null || at.conflict === 'use_column') continue;
		const variable = at.variables.get(name);
		if (variable === undefined) continue;
		if (at.conflict === 'use_variable') return { expression: variable, level: at };
		throw inner.context.error('42702', `column reference "${name}" is ambiguous`, position, {
			detail: 'It could refer to either a PL/pgSQL variable or a table column.',
		});
	}
	return null;
}

/** A record variable is read that has no value, so that nobody knows its fields. */
export function unassignedRecord(name: string): Error {
	return sqlError('55000', `record "${name}" is not assigned yet`, { detail: 'The tuple structure of a not-yet-assigned record is indeterminate.' });
}

function columnOfLevel(level: QueryLevel, name: string, position: number): Expression | null {
	let found: Expression | null = null;
	for (const item of level.namespace) {
		if (!item.columnsVisible || (item.lateralOnly && !level.lateralActive)) continue;
		if (item.hidden?.has(name)) continue;
		const expression = columnOfEntry(level, item.entry, name, position);
		if (expression === null) continue;
		if (found !== null) throw level.context.error('42702', `column reference "${name}" is ambiguous`, position);
		checkLateral(level, item, position);
		found = expression;
	}
	return found;
}

/** A column of one entry by name; throws 42702 when the entry has it twice. */
export function columnOfEntry(level: QueryLevel, entry: RangeEntry, name: string, position: number): Expression | null {
	let found: Expression | null = null;
	for (const column of entry.columns) {
		if (column.name !== name) continue;
		if (found !== null) throw level.context.error('42702', `column reference "${name}" is ambiguous`, position);
		found = column.expression;
	}
	return found ?? entry.system.get(name) ?? null;
}

function checkLateral(level: QueryLevel, item: NamespaceItem, position: number): void {
	if (!item.lateralOnly || item.lateralOk) return;
	throw level.context.error('42P10', `invalid reference to FROM-clause entry for table "${item.entry.alias}"`, position, {
		detail: 'The combining JOIN type must be INNER or LEFT for a LATERAL reference.',
	});
}

/** The table that a qualifier names, from the innermost level outwards. */
export function findEntry(
	level: QueryLevel,
	schema: string | null,
	name: string,
	position: number,
): { readonly entry: RangeEntry; readonly level: QueryLevel } | null {
	for (let at: QueryLevel | null = level; at !== null; at = at.parent) {
		let found: NamespaceItem | null = null;
		for (const item of at.namespace) {
			if (!item.relationVisible || item.entry.alias !== name || (item.lateralOnly && !at.lateralActive)) continue;
			if (schema !== null && item.entry.schema !== schema) continue;
			if (found !== null) throw level.context.error('42P09', `table reference "${name}" is ambiguous`, position);
			checkLateral(at, item, position);
			found = item;
		}
		if (found !== null) return { entry: found.entry, level: at };
	}
	return null;
}

/** Error for a table name that no FROM shows here; tells when it is there but out of reach. */
export function missingEntry(level: QueryLevel, name: string, position: number): Error {
	const { context } = level;
	for (let at: QueryLevel | null = level; at !== null; at = at.parent) {
		const item = at.namespace.find((i) => i.entry.alias === name);
		if (item?.lateralOnly) {
			return context.error('42P01', `invalid reference to FROM-clause entry for table "${name}"`, position, {
				hint: `There is an entry for table "${name}", but it cannot be referenced from this part of the query.`,
			});
		}
		const aliased = at.namespace.find((i) => i.entry.table?.name === name && i.entry.alias !== name);
		if (aliased !== undefined && at === level) {
			return context.error('42P01', `invalid reference to FROM-clause entry for table "${name}"`, position, {
				hint: `Perhaps you meant to reference the table alias "${aliased.entry.alias}".`,
			});
		}
	}
	return context.error('42P01', `missing FROM-clause entry for table "${name}"`, position);
}
