/**
 * The text of one program: its slots, the fields of its state, and its pipelines. `build` makes the JavaScript functions.
 *
 * Slots are the only way in which anything of a statement reaches the code: `K[i]`, named `k_0`, `k_1`, … Names of locals, fields
 * and functions are a letter and a number from one counter. Programs of equal text share one compiled factory.
 */

import type { TableModel } from '../../../model/table/contracts.ts';
import { invariant, sqlError } from '../../../platform/errors.ts';
import type { AdjacencySource } from '../../../storage/adjacency/adjacency-reader.ts';
import type { TableObject } from '../../../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../../../transaction/contracts.ts';
import type { Type } from '../../../value/type.ts';
import type { ColumnId } from '../../algebra/expression.ts';
import type { Plan } from '../../algebra/plan.ts';
import { outerColumns } from '../../algebra/traverse.ts';
import type { Equality, FunctionContext } from '../../functions/contracts.ts';
import { equalityOf } from '../../functions/type-comparison.ts';
import type { ExecutionState } from '../execution-state.ts';
import { changesInside, neededColumns, outerNames } from '../plan-facts.ts';
import { MemoryAccount } from '../runtime/memory-account.ts';
import { SpillDirectory } from '../runtime/spill-file.ts';
import type { KeptRows } from './kept-rows.ts';

/** What the compiled factory gives. */
export interface CompiledProgram {
	/** Makes a state with all its buffers. */
	create(): ExecutionState;
	/** Prepares a state for another execution. */
	start(state: ExecutionState): void;
	step(state: ExecutionState, budget: number): number;
	/** Closes cursors and empties buffers. */
	close(state: ExecutionState): void;
}

type Factory = (slots: readonly unknown[]) => CompiledProgram;

/** How many compiled factories are kept for programs of equal text. */
const FACTORIES_MAX = 512;
const factories = new Map<string, Factory>();

interface Field {
	readonly initial: string;
	readonly atStart: string | null;
	readonly atClose: string | null;
}

/** The kept rows of a CTE or recursion, as its scans see them. */
export interface NamedRows {
	readonly kept: KeptRows;
	/** Field that is 1 when a dependent CTE has been computed since it was opened; null when `kept` runs once. */
	readonly doneField: string | null;
}

export interface CounterFields {
	readonly rows: string;
	readonly loops: string;
	/** The time of the pipeline that the operator is part of, in microseconds. */
	readonly time: string;
}

/** What is made in memory before an execution that expects so many rows of it: false while that is under way. */
interface DerivedSource {
	prepare(expectedRows: number): boolean;
	/** Asked again and again of an execution that has read about so many rows: false while what it was begun without is made now. */
	goOn?(readRows: number): boolean;
	/** Told first of all, where what one source makes depends on what is expected of others. */
	expect?(rows: number): void;
}

export class ProgramBuilder {
	readonly catalog: CatalogVersion;
	readonly tables: TableModel | null;
	readonly instrument: boolean;
	/** Hash tables put rows aside when they are full, which costs a little per row: the program for a second try. */
	readonly spills: boolean;
	/** Reads kept views where they may answer. */
	readonly readsStored: boolean;
	/** The function context of the execution that runs now: what aggregates bound at compile time ask. */
	readonly running: { functions: FunctionContext | null };
	/** Parts of the statement change tables (WITH … DELETE): a row may be met by several of them. */
	readonly changesInside: boolean;
	/** Adjacencies read, each with the rows expected. */
	readonly adjacencies = new Map<DerivedSource, number>();
	readonly counters = new Map<Plan, CounterFields>();
	/** Recursions being compiled, and CTEs whose definition is dependent. */
	readonly dependentNames = new Set<number>();
	/** Where the rows of CTEs and of recursions' last rounds are kept. */
	readonly named = new Map<number, NamedRows>();
	/** Accesses of one row at most that are written in line, without a loop. */
	readonly singles = new Set<Plan>();
	/** CTEs that become part of their only reader. */
	readonly inlined = new Map<number, Plan>();
	readonly #needed: ReadonlySet<ColumnId>;
	readonly #slots: unknown[] = [];
	readonly #slotNames = new Map<unknown, string>();
	readonly #fields = new Map<string, Field>();
	readonly #functions: string[] = [];
	readonly #writers = new Map<number, string>();
	readonly #root: Plan;
	/** Inside how many parts that are run anew for each row, whatever they depend on. */
	#anew = 0;
	#lastColumnId = -1000;
	#names = 0;

	constructor(
		root: Plan,
		catalog: CatalogVersion,
		tables: TableModel | null,
		options: { readonly instrument: boolean; readonly spills: boolean; readonly readsStored: boolean },
	) {
		const { instrument, spills } = options;
		this.readsStored = options.readsStored;
		this.spills = spills;
		this.#root = root;
		this.changesInside = changesInside(root);
		this.catalog = catalog;
		this.tables = tables;
		this.#needed = neededColumns(root);
		this.instrument = instrument;
		this.running = { functions: null };
	}

	name(prefix: string): string {
		return `${prefix}${this.#names++}`;
	}

	/** The name of the slot that holds a value. */
	slot(value: unknown): string {
		const known = this.#slotNames.get(value);
		if (known !== undefined && (typeof value === 'object' || typeof value === 'function')) return known;
		const name = `k_${this.#slots.length}`;
		this.#slots.push(value);
		this.#slotNames.set(value, name);
		return name;
	}

	/** Declares a field of the state; the first declaration counts. `atStart`: its value when an execution starts. `atClose`: a statement. */
	field(name: string, initial: string, options: { atStart?: string; atClose?: string } = {}): string {
		if (!this.#fields.has(name)) this.#fields.set(name, { initial, atStart: options.atStart ?? null, atClose: options.atClose ?? null });
		return name;
	}

	/** A field with an object of a runtime class, made once per state and emptied at the end by its `clear`. */
	objectField(prefix: string, construct: string): string {
		const name = this.name(prefix);
		return this.field(name, construct, { atClose: `S.${name}.clear();` });
	}

	outerField(id: ColumnId): string {
		return this.field(`x_${id < 0 ? `n${-id}` : id}`, 'null');
	}

	isNeeded(id: ColumnId): boolean {
		return this.#needed.has(id);
	}

	/** The default equality of a type, for DISTINCT over all columns. */
	equalityOf(type: Type): Equality {
		const equality = equalityOf(type, this.catalog);
		if (equality === undefined) throw sqlError('42883', `could not identify an equality operator for type ${type.name}`);
		return equality;
	}

	namedRows(name: number): NamedRows {
		const rows = this.named.get(name);
		invariant(rows !== undefined, `CTE ${name} is defined around its scan`);
		return rows;
	}

	/** True when a plan's rows depend on outer columns, on the rows of a recursion's last round, or on a CTE that does. */
	isDependent(plan: Plan): boolean {
		if (this.#anew > 0) return true;
		if (outerColumns(plan).size > 0) return true;
		for (const name of outerNames(plan)) if (this.dependentNames.has(name)) return true;
		return false;
	}

	/** What is compiled now is run anew for each row: see `runAnew`. */
	get isAnew(): boolean {
		return this.#anew > 0;
	}

	/** Compiles a part of the plan of which nothing may be kept from one run to the next; `outside` leads back out of it. */
	runAnew(body: (outside: (rest: () => void) => void) => void): void {
		this.#anew++;
		body((rest) => {
			this.#anew--;
			rest();
			this.#anew++;
		});
		this.#anew--;
	}

	addFunction(text: string): void {
		this.#functions.push(text);
	}

	/** An adjacency that the program reads, and how many rows it expects of it in one execution. */
	expectAdjacency(source: AdjacencySource, rows: number): void {
		this.expectDerived(source, rows);
	}

	/** The same of anything in memory that is made when its use has paid for it. */
	expectDerived(source: DerivedSource, rows: number): void {
		this.adjacencies.set(source, (this.adjacencies.get(source) ?? 0) + rows);
	}

	/** The field with the statement's writer for a table. */
	writerField(table: TableObject): string {
		let field = this.#writers.get(table.id);
		if (field === undefined) {
			const name = this.name('w');
			field = this.field(name, 'null', { atClose: `S.${name} = null;` });
			this.#writers.set(table.id, field);
		}
		return field;
	}

	/** Fields of all writers: each is finished at the end of the statement. */
	get writerFields(): readonly string[] {
		return [...this.#writers.values()];
	}

	/** An id that no language has given out. */
	newColumnId(): ColumnId {
		return --this.#lastColumnId;
	}

	/** True for the change that the statement is, false for one inside WITH: only the first counts as the statement's. */
	isStatement(plan: Plan): boolean {
		let main = this.#root;
		while (main.kind === 'with') main = main.body;
		return main === plan;
	}

	/** Fields that count an operator's rows and openings. */
	countersOf(plan: Plan, time: string): CounterFields {
		let fields = this.counters.get(plan);
		if (fields === undefined) {
			fields = { rows: this.field(this.name('rows'), '0', { atStart: '0' }), loops: this.field(this.name('loops'), '0', { atStart: '0' }), time };
			this.counters.set(plan, fields);
		}
		return fields;
	}

	text(root: string): string {
		const [account, spill] = [this.slot(MemoryAccount), this.slot(SpillDirectory)];
		const fields = [...this.#fields];
		const lines = ["'use strict';"];
		if (this.#slots.length > 0) lines.push(`const ${this.#slots.map((_, i) => `k_${i} = K[${i}]`).join(', ')};`);
		lines.push('class State {', '  constructor() {');
		for (const name of ['transaction', 'sink', 'parameters', 'functions', 'context', 'check']) lines.push(`this.${name} = null;`);
		lines.push(
			'    this.left = 0;',
			'    this.changed = 0;',
			'    this.emitted = 0;',
			'    this.read = 0;',
			`    this.memory = new ${account}();`,
			`    this.spill = new ${spill}();`,
		);
		for (const [name, field] of fields) lines.push(`    this.${name} = ${field.initial};`);
		lines.push('  }', '}', ...this.#functions);
		lines.push('function start(S) {', ...fields.filter(([, f]) => f.atStart !== null).map(([name, f]) => `  S.${name} = ${f.atStart};`), '}');
		lines.push('function close(S) {', ...fields.filter(([, f]) => f.atClose !== null).map(([, f]) => `  ${f.atClose}`), '}');
		lines.push(`return { create() { return new State(); }, start, step: ${root}, close };`);
		return lines.join('\n');
	}

	build(text: string): CompiledProgram {
		let factory = factories.get(text);
		if (factory === undefined) {
			factory = new Function('K', text) as Factory;
			if (factories.size >= FACTORIES_MAX) factories.delete(factories.keys().next().value as string);
			factories.set(text, factory);
		}
		return factory(this.#slots);
	}
}

/** Indents lines by their braces, for the reader of EXPLAIN (CODE). */
export function indentCode(text: string): string {
	let depth = 0;
	const out: string[] = [];
	for (const raw of text.split('\n')) {
		const line = raw.trimStart();
		if (line.startsWith('}')) depth--;
		out.push('  '.repeat(Math.max(0, depth)) + line);
		let balance = 0;
		for (let i = line.startsWith('}') ? 1 : 0; i < line.length; i++) {
			if (line[i] === '{') balance++;
			else if (line[i] === '}') balance--;
		}
		depth += balance;
	}
	return out.join('\n');
}
