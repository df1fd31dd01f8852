/**
 * One kept view, compiled: what its stored rows look like, and how a commit's changes of the tables that it reads become changes of these rows.
 *
 * Calls: `fill` once, over all rows; then `follow` at every commit that changes one of its tables. Both run within the commit, where `withState` gives
 * the states before and after it. Made anew when a definition that it was made for has changed.
 *
 * Cost of `follow`: the changed rows, what they are joined with, and one stored row for each row or group of the view that changes. A group whose least or
 * greatest value goes, or with aggregates that keep nothing (`kept-aggregate.ts`), is read again: by an index on the groups' columns where there is one.
 */
import type { TableModel } from '../model/table/contracts.ts';
import type { Column } from '../query/algebra/expression.ts';
import type { Plan } from '../query/algebra/plan.ts';
import type { ExecutionContext, Program, RowSink } from '../query/executor/contracts.ts';
import type { StoredGroups } from '../query/optimizer/kept-groups.ts';
import type { TableObject, ViewObject } from '../transaction/catalog-objects.ts';
import type { CatalogVersion, Transaction } from '../transaction/contracts.ts';
import { BYTEA } from '../value/builtin-types.ts';
import { KeptGroups } from './kept-groups.ts';
import { KEY_COLUMN, type RowStore } from './kept-rows.ts';
import { KeptTop } from './kept-top.ts';
import { CHANGED_ROWS, concerned, onlyChanged, type RowBlock } from './row-block.ts';
import type { RowShape, ViewShape } from './view-shape.ts';
import { viewShape } from './view-shape.ts';

/** What kept views need of the database. */
export interface ViewHost {
	readonly tables: TableModel;
	/** The logical plan of a view's query; its columns are the view's. */
	analyze(view: ViewObject, catalog: CatalogVersion): Plan;
	compile(plan: Plan, catalog: CatalogVersion): Program;
	/** The plan as the optimizer has it when it looks for views that may answer it. */
	normalize(plan: Plan, catalog: CatalogVersion): Plan;
	/** About how many rows a table has. */
	rowCount(table: TableObject): number;
	context(transaction: Transaction, parameters: readonly unknown[], virtualRows: ExecutionContext['virtualRows']): ExecutionContext;
}

/** Rows of a table that a commit changes, as they were and as they will be: values of its live columns, then the key. */
export interface ChangedRows {
	readonly before: readonly (readonly unknown[])[];
	readonly after: readonly (readonly unknown[])[];
}

export type Changes = ReadonlyMap<number, ChangedRows>;

/** Rows that go and come, by the names that their keys make. */
export interface RowDelta {
	readonly gone: Map<string, readonly unknown[]>;
	readonly come: Map<string, readonly unknown[]>;
}

/** A column that is stored and not shown. */
export type HiddenColumn = Pick<Column, 'name' | 'type'>;

/** The states that a change leads from and to. */
export interface ChangeStates {
	/** Reads with this transaction, within `run`, show that state. */
	readonly transaction: Transaction;
	withState<T>(state: 'before' | 'after', run: () => T): T;
}

/** Runs programs over the state at hand. */
export class ViewRun {
	readonly host: ViewHost;
	readonly transaction: Transaction;
	/** What scans of changed rows give. */
	readonly changed: Map<number, readonly (readonly unknown[])[]> = new Map();
	readonly #states: ChangeStates | null;

	/** Without `states` they are those before and after the transaction's own commit. */
	constructor(host: ViewHost, transaction: Transaction, states: ChangeStates | null = null) {
		this.host = host;
		this.transaction = transaction;
		this.#states = states;
	}

	withState<T>(state: 'before' | 'after', run: () => T): T {
		return (this.#states ?? this.transaction).withState(state, run);
	}

	each(program: Program, parameters: readonly unknown[], visit: (row: unknown[]) => void): void {
		const virtualRows = (provider: string, args: readonly unknown[]): Iterable<readonly unknown[]> =>
			provider === CHANGED_ROWS ? (this.changed.get(Number(args[0])) ?? []) : [];
		const execution = program.start(this.host.context(this.transaction, parameters, virtualRows), new RowsSink(program.columns.length, visit));
		try {
			while (execution.step(1 << 20) !== 'done');
		} finally {
			execution.close();
		}
	}
}

class RowsSink implements RowSink {
	readonly writers: readonly ((value: unknown) => void)[];
	readonly #visit: (row: unknown[]) => void;
	readonly #count: number;
	#row: unknown[] = [];

	constructor(count: number, visit: (row: unknown[]) => void) {
		this.#count = count;
		this.#visit = visit;
		this.writers = Array.from({ length: count }, (_, i) => (value: unknown): void => {
			this.#row[i] = value;
		});
	}

	begin(): void {
		this.#row = new Array(this.#count).fill(null);
	}

	end(): boolean {
		this.#visit(this.#row);
		return true;
	}
}

/** A block with its programs, compiled when they are first wanted. */
export class CompiledBlock {
	readonly block: RowBlock;
	readonly #compile: (plan: Plan) => Program;
	readonly #programs = new Map<string, Program>();

	constructor(block: RowBlock, compile: (plan: Plan) => Program) {
		this.block = block;
		this.#compile = compile;
	}

	/** Calls `visit` with every row: outputs, then keys. */
	all(run: ViewRun, visit: (row: unknown[]) => void): void {
		run.each(
			this.#program('all', () => this.block.plan),
			[],
			visit,
		);
	}

	/** What a commit's changes take from the block and bring to it. */
	delta(run: ViewRun, changes: Changes): RowDelta {
		const delta: RowDelta = { gone: new Map(), come: new Map() };
		if (this.block.scans.some(({ isOptional, table }) => isOptional && changes.has(table.id))) {
			this.#deltaOfFirst(run, changes, delta);
			return delta;
		}
		this.block.scans.forEach(({ table }, scan) => {
			const rows = changes.get(table.id);
			if (rows !== undefined) this.#deltaOf(run, scan, rows, delta);
		});
		return delta;
	}

	#deltaOf(run: ViewRun, scan: number, rows: ChangedRows, delta: RowDelta): void {
		const program = this.#program(`changed ${scan}`, () => onlyChanged(this.block, scan));
		const collect = (state: 'before' | 'after', changed: readonly (readonly unknown[])[], into: Map<string, readonly unknown[]>): void => {
			if (changed.length === 0) return;
			run.changed.set(scan, changed);
			run.withState(state, () => run.each(program, [], (row) => into.set(this.nameOf(row), row)));
		};
		collect('before', rows.before, delta.gone);
		collect('after', rows.after, delta.come);
	}

	/** Where a side of an outer join changes: follows the change to rows of the first table, and takes these for changed. */
	#deltaOfFirst(run: ViewRun, changes: Changes, delta: RowDelta): void {
		const keys = new Map<string, Uint8Array>();
		const first = this.block.scans[0]!.table;
		this.block.scans.forEach(({ table }, scan) => {
			const rows = changes.get(table.id);
			if (rows === undefined) return;
			const program = this.#program(`concerned ${scan}`, () => concerned(this.block, scan));
			for (const state of ['before', 'after'] as const) {
				run.changed.set(scan, rows[state]);
				run.withState(state, () =>
					run.each(program, [], ([key]) => {
						if (key !== null) keys.set(textOf(key as Uint8Array), key as Uint8Array);
					}),
				);
			}
		});
		const states = { before: this.#rowsOf(run, first, keys.values(), 'before'), after: this.#rowsOf(run, first, keys.values(), 'after') };
		this.#deltaOf(run, 0, states, delta);
	}

	#rowsOf(run: ViewRun, table: TableObject, keys: Iterable<Uint8Array>, state: 'before' | 'after'): unknown[][] {
		const { host, transaction } = run;
		return run.withState(state, () => {
			return rowsWithKeys(host, transaction, table, keys);
		});
	}

	/** The name of a row, as text whose characters are bytes: the keys that it carries, each behind its length. */
	nameOf(row: readonly unknown[]): string {
		let name = '';
		for (let i = this.block.outputs.length; i < row.length; i++) {
			const key = row[i] as Uint8Array | null;
			name += key === null ? '\xff\xff' : String.fromCharCode(key.length >>> 8, key.length & 0xff) + textOf(key);
		}
		return name;
	}

	#program(name: string, plan: () => Plan): Program {
		let program = this.#programs.get(name);
		if (program === undefined) this.#programs.set(name, (program = this.#compile(plan())));
		return program;
	}
}

/** The rows that there are of these keys in the state at hand: values of live columns, then the key. */
export function rowsWithKeys(host: ViewHost, transaction: Transaction, table: TableObject, keys: Iterable<Uint8Array>): unknown[][] {
	const access = host.tables.access(transaction.catalog, table);
	const slot = { buffer: new Uint8Array(0), start: 0, end: 0 };
	const rows: unknown[][] = [];
	for (const key of keys) {
		if (transaction.get(access.rows, key, key.length, slot)) rows.push([...access.decode(slot.buffer, slot.start, slot.end), key]);
	}
	return rows;
}

/** Bytes as a text of as many characters. */
function textOf(bytes: Uint8Array): string {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

export function bytesOf(text: string): Uint8Array {
	return new Uint8Array(Buffer.from(text, 'latin1'));
}

/** How a view's stored rows are made. */
export interface Keeping {
	readonly hidden: readonly HiddenColumn[];
	/** Some stored rows are not shown: the last hidden column says which. */
	readonly hidesRows: boolean;
	/** Ids of the tables that it reads. */
	readonly tableIds: ReadonlySet<number>;
	/** For queries that may be answered from the view's rows; null: none may. */
	storedGroups(view: string, rows: TableObject, normalize: (plan: Plan) => Plan): StoredGroups | null;
	fill(run: ViewRun, store: RowStore): void;
	follow(run: ViewRun, store: RowStore, changes: Changes): void;
}

/** Throws 0A000 for a view that cannot be kept. */
export function keepingOf(host: ViewHost, view: ViewObject, catalog: CatalogVersion): Keeping {
	const shape: ViewShape = viewShape(host.analyze(view, catalog), catalog);
	const compile = (plan: Plan): Program => host.compile(plan, catalog);
	if (shape.kind === 'top') return new KeptTop(shape, compile, catalog, host, view.columns.length);
	return shape.kind === 'rows' ? new KeptRowList(shape, compile) : new KeptGroups(shape, compile, catalog, host, view.columns.length);
}

class KeptRowList implements Keeping {
	readonly hidden: readonly HiddenColumn[] = [{ name: KEY_COLUMN, type: BYTEA }];
	readonly hidesRows = false;
	readonly tableIds: ReadonlySet<number>;
	readonly #blocks: readonly CompiledBlock[];

	constructor(shape: RowShape, compile: (plan: Plan) => Program) {
		this.#blocks = shape.blocks.map((block) => new CompiledBlock(block, compile));
		this.tableIds = new Set(shape.blocks.flatMap((block) => block.scans.map(({ table }) => table.id)));
	}

	storedGroups(): null {
		return null;
	}

	fill(run: ViewRun, store: RowStore): void {
		this.#blocks.forEach((compiled, part) => {
			compiled.all(run, (row) => store.put(null, this.#stored(compiled, part, compiled.nameOf(row), row)));
		});
	}

	follow(run: ViewRun, store: RowStore, changes: Changes): void {
		this.#blocks.forEach((compiled, part) => {
			const { gone, come } = compiled.delta(run, changes);
			run.withState('after', () => {
				for (const [name, row] of gone) if (!come.has(name)) store.remove(this.#stored(compiled, part, name, row));
				for (const [name, row] of come) {
					const before = gone.get(name);
					store.put(before === undefined ? null : this.#stored(compiled, part, name, before), this.#stored(compiled, part, name, row));
				}
			});
		});
	}

	#stored(compiled: CompiledBlock, part: number, name: string, row: readonly unknown[]): unknown[] {
		return [...row.slice(0, compiled.block.outputs.length), bytesOf(String.fromCharCode(part) + name)];
	}
}
