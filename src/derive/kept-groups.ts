/**
 * Kept views with groups. A group's stored row is what the view shows of it, then: its name (the values it is equal by), the number of
 * its rows, its values, the states of its aggregates, and, where there is HAVING, whether it is shown.
 *
 * With several grouping sets (a cube) a row of the tables counts in one group of each set. Names then begin with a character that is the
 * number of the set, from 1 on, so that the groups of one set lie together in the view's table; values that a set leaves out are null.
 */

import { invariant } from '../platform/errors.ts';
import type { Column } from '../query/algebra/expression.ts';
import type { Plan } from '../query/algebra/plan.ts';
import type { Program } from '../query/executor/contracts.ts';
import { RowEvaluator } from '../query/executor/row-evaluator.ts';
import type { StoredGroups } from '../query/optimizer/kept-groups.ts';
import type { TableObject } from '../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../transaction/contracts.ts';
import { BOOL, BYTEA, INT8 } from '../value/builtin-types.ts';
import { isGroup, namePart, nullsOf } from './group-names.ts';
import { type KeptAggregate, keptAggregate } from './kept-aggregate.ts';
import { KEY_COLUMN, type RowStore } from './kept-rows.ts';
import { type Changes, CompiledBlock, type HiddenColumn, type Keeping, type ViewHost, type ViewRun } from './kept-view.ts';
import type { GroupShape } from './view-shape.ts';

/** More groups than these are not computed one by one. */
const SINGLE_GROUPS_MAX = 64;

/** A group that a commit changes. */
interface Touched {
	/** As it is stored; null: not yet. */
	readonly before: readonly unknown[] | null;
	readonly row: unknown[];
	readonly set: GroupingSet;
	isToCompute: boolean;
}

interface GroupingSet {
	/** Places in the shape's groups. */
	readonly groups: readonly number[];
	/** What names of its groups begin with. */
	readonly prefix: string;
	/** The values of GROUPING(…) in its groups. */
	readonly grouping: readonly number[];
	/** The view's aggregate, of this set alone. */
	readonly plan: GroupShape['plan'];
	/** Computes all of its groups. */
	whole: Program | null;
	/** Programs that compute one group, by which of its values are null. */
	readonly single: Map<string, { readonly rows: readonly Program[]; readonly results: Program | null }>;
}

/** What names begin with, of the groups of a set among `count`. */
export function setPrefix(set: number, count: number): string {
	return count === 1 ? '' : String.fromCharCode(set + 1);
}

export class KeptGroups implements Keeping {
	readonly hidden: readonly HiddenColumn[];
	readonly hidesRows: boolean;
	readonly tableIds: ReadonlySet<number>;
	readonly #shape: GroupShape;
	readonly #blocks: readonly CompiledBlock[];
	readonly #compile: (plan: Plan) => Program;
	readonly #aggregates: readonly KeptAggregate[];
	/** Places in the stored row. */
	readonly #namePlace: number;
	readonly #countPlace: number;
	readonly #groupPlace: number;
	readonly #shownPlace: number;
	readonly #width: number;
	readonly #outputs: RowEvaluator;
	/** Of some aggregates only the result is stored. */
	readonly #isComputed: boolean;
	readonly #sets: readonly GroupingSet[];

	constructor(shape: GroupShape, compile: (plan: Plan) => Program, catalog: CatalogVersion, host: ViewHost, shownColumns: number) {
		this.#shape = shape;
		this.#compile = compile;
		this.#blocks = shape.blocks.map((block) => new CompiledBlock(block, compile));
		this.tableIds = new Set(shape.blocks.flatMap((block) => block.scans.map(({ table }) => table.id)));
		this.hidesRows = shape.having !== null;
		this.#namePlace = shownColumns;
		this.#countPlace = shownColumns + 1;
		this.#groupPlace = shownColumns + 2;
		let place = this.#groupPlace + shape.groups.length;
		const hidden: HiddenColumn[] = [
			{ name: KEY_COLUMN, type: BYTEA },
			{ name: 'polylog_count', type: INT8 },
			...shape.groups.map(({ column }, i) => ({ name: `polylog_group_${i}`, type: column.type })),
		];
		this.#aggregates = shape.aggregates.map(({ call }) => {
			const kept = keptAggregate(call, place, catalog);
			for (const type of kept.types) hidden.push({ name: `polylog_state_${place++}`, type });
			return kept;
		});
		this.#isComputed = this.#aggregates.some((aggregate) => aggregate.isComputed);
		this.#shownPlace = place;
		if (this.hidesRows) hidden.push({ name: 'polylog_shown', type: BOOL });
		this.hidden = hidden;
		this.#width = shownColumns + hidden.length;
		const wanted = shape.having === null ? shape.outputs : [...shape.outputs, shape.having];
		this.#sets = shape.sets.map((groups, i) => ({
			groups,
			prefix: setPrefix(i, shape.sets.length),
			grouping: shape.plan.grouping.map((call) => call.groups.reduce((mask, group) => mask * 2 + (groups.includes(group) ? 0 : 1), 0)),
			plan: { ...shape.plan, sets: [groups], grouping: [], columns: shape.plan.columns.slice(0, shape.groups.length + shape.aggregates.length) },
			whole: null,
			single: new Map(),
		}));
		const columns: Column[] = [
			...shape.groups.map((group) => group.column),
			...shape.aggregates.map(({ call }) => call.column),
			...shape.plan.grouping.map((call) => call.column),
		];
		this.#outputs = new RowEvaluator(wanted, columns, catalog, (row) => host.context(null as never, row, () => []));
	}

	/** What a query needs to know to be answered from the view's rows. */
	storedGroups(view: string, rows: TableObject, normalize: (plan: Plan) => Plan): StoredGroups | null {
		const plan = normalize(this.#shape.plan);
		if (plan.kind !== 'aggregate') return null;
		// Columns of the table are numbered from 1, and none is ever dropped.
		const numberOf = (place: number): number => place + 1;
		const count = this.#sets.length;
		const bound = (set: number): Uint8Array => new Uint8Array(Buffer.from(setPrefix(set, 2)));
		return {
			view,
			rows,
			plan,
			key: numberOf(this.#namePlace),
			count: numberOf(this.#countPlace),
			groups: this.#shape.groups.map((_, i) => numberOf(this.#groupPlace + i)),
			states: this.#aggregates.map((aggregate, i) => (this.#shape.aggregates[i]!.call.distinct ? null : aggregate.stored(numberOf))),
			setBounds: count === 1 ? null : this.#sets.map((_, set) => ({ lower: bound(set), upper: bound(set + 1) })),
		};
	}

	fill(run: ViewRun, store: RowStore): void {
		const touched = new Map<string, Touched>();
		for (const set of this.#sets) if (set.groups.length === 0) touched.set(set.prefix, this.#newGroup(set, set.prefix, []));
		for (const block of this.#blocks) block.all(run, (row) => this.#take(touched, store, row, 1));
		this.#computeResults(run, touched);
		for (const group of touched.values()) this.#settle(run, store, group);
	}

	follow(run: ViewRun, store: RowStore, changes: Changes): void {
		const touched = new Map<string, Touched>();
		const deltas = this.#blocks.map((block) => block.delta(run, changes));
		run.withState('after', () => {
			// What comes first: a greatest value that goes is not missed when a greater one has come.
			for (const { come } of deltas) for (const row of come.values()) this.#take(touched, store, row, 1);
			for (const { gone } of deltas) for (const row of gone.values()) this.#take(touched, store, row, -1);
			this.#computeMany(run, touched);
			for (const group of touched.values()) this.#settle(run, store, group);
		});
	}

	#take(touched: Map<string, Touched>, store: RowStore, row: readonly unknown[], sign: 1 | -1): void {
		for (const set of this.#sets) this.#change(this.#groupOf(touched, store, set, row), row, sign);
	}

	/** The group of a set that a row belongs to, as this commit has it so far. */
	#groupOf(touched: Map<string, Touched>, store: RowStore, set: GroupingSet, row: readonly unknown[]): Touched {
		const name = this.#nameOf(set, row);
		let group = touched.get(name);
		if (group === undefined) {
			const before = store.fetch(new Uint8Array(Buffer.from(name)));
			group = before === null ? this.#newGroup(set, name, row) : { before, row: before.slice(), set, isToCompute: false };
			touched.set(name, group);
		}
		return group;
	}

	#change(group: Touched, row: readonly unknown[], sign: 1 | -1): void {
		group.row[this.#countPlace] = Number(group.row[this.#countPlace]) + sign;
		this.#shape.aggregates.forEach(({ argument, filter }, i) => {
			if (filter >= 0 && row[filter] !== true) return;
			const aggregate = this.#aggregates[i]!;
			const value = argument < 0 ? true : row[argument];
			if (aggregate.isComputed) group.isToCompute = true;
			else if (sign > 0) aggregate.add(group.row, value);
			else if (!aggregate.remove(group.row, value)) group.isToCompute = true;
		});
	}

	#newGroup(set: GroupingSet, name: string, row: readonly unknown[]): Touched {
		const stored: unknown[] = new Array(this.#width).fill(null);
		stored[this.#namePlace] = new Uint8Array(Buffer.from(name));
		stored[this.#countPlace] = 0;
		for (const i of set.groups) stored[this.#groupPlace + i] = row[i];
		for (const aggregate of this.#aggregates) aggregate.clear(stored);
		return { before: null, row: stored, set, isToCompute: this.#isComputed };
	}

	/** The group's values as text: equal for equal ones. */
	#nameOf({ groups, prefix }: GroupingSet, row: readonly unknown[]): string {
		let name = prefix;
		for (const i of groups) name += namePart(this.#shape.groups[i]!.equality, row[i]);
		return name;
	}

	/** Stores a group that was touched, or removes it when no row of it is left. */
	#settle(run: ViewRun, store: RowStore, { before, row, set, isToCompute }: Touched): void {
		const count = Number(row[this.#countPlace]);
		invariant(count >= 0, 'a group of a kept view has no fewer rows than none');
		if (count === 0 && set.groups.length > 0) {
			if (before !== null) store.remove(before);
			return;
		}
		if (isToCompute) this.#computeGroup(run, set, row);
		const values = [
			...row.slice(this.#groupPlace, this.#groupPlace + this.#shape.groups.length),
			...this.#aggregates.map((aggregate) => aggregate.result(row)),
			...set.grouping,
		];
		const outputs = this.#outputs.evaluate(values);
		for (let i = 0; i < this.#namePlace; i++) row[i] = outputs[i];
		if (this.hidesRows) row[this.#shownPlace] = outputs[this.#namePlace] === true;
		store.put(before, row);
	}

	/** Many groups that are to be computed are computed in one pass over everything. */
	#computeMany(run: ViewRun, touched: ReadonlyMap<string, Touched>): void {
		const wanted = new Map([...touched].filter(([, group]) => group.isToCompute && Number(group.row[this.#countPlace]) > 0));
		if (wanted.size <= SINGLE_GROUPS_MAX) return;
		for (const { row } of wanted.values()) for (const aggregate of this.#aggregates) aggregate.clear(row);
		const take = (feed: readonly unknown[]): void => {
			for (const set of this.#sets) {
				const group = wanted.get(this.#nameOf(set, feed));
				if (group !== undefined) this.#feed(group.row, feed);
			}
		};
		for (const block of this.#blocks) block.all(run, take);
		this.#computeResults(run, wanted);
	}

	/** Takes results of which nothing is kept from the whole aggregate; the states are right already. */
	#computeResults(run: ViewRun, touched: ReadonlyMap<string, Touched>): void {
		for (const set of this.#isComputed ? this.#sets : []) {
			set.whole ??= this.#compile(set.plan);
			run.each(set.whole, [], (results) => {
				const group = touched.get(this.#nameOf(set, results));
				if (group !== undefined) this.#takeResults(group.row, results);
			});
		}
		for (const group of touched.values()) group.isToCompute = false;
	}

	#feed(row: unknown[], feed: readonly unknown[]): void {
		this.#shape.aggregates.forEach(({ argument, filter }, i) => {
			if (filter < 0 || feed[filter] === true) this.#aggregates[i]!.add(row, argument < 0 ? true : feed[argument]);
		});
	}

	#takeResults(row: unknown[], results: readonly unknown[]): void {
		this.#aggregates.forEach((aggregate, i) => {
			if (aggregate.isComputed) row[aggregate.place] = results[this.#shape.groups.length + i];
		});
	}

	/** Reads the group's rows for the states, and lets the executor compute the results of which nothing is kept. */
	#computeGroup(run: ViewRun, set: GroupingSet, row: unknown[]): void {
		const groups = set.groups.map((i) => row[this.#groupPlace + i]);
		const programs = this.#programsFor(set, groups);
		for (const aggregate of this.#aggregates) aggregate.clear(row);
		for (const rows of programs.rows) run.each(rows, groups, (feed) => this.#feed(row, feed));
		if (programs.results !== null) run.each(programs.results, groups, (results) => this.#takeResults(row, results));
	}

	#programsFor(set: GroupingSet, groups: readonly unknown[]): { readonly rows: readonly Program[]; readonly results: Program | null } {
		const nulls = nullsOf(groups);
		let programs = set.single.get(nulls);
		if (programs === undefined) {
			const { plan } = set;
			const equalities = set.groups.map((i) => this.#shape.groups[i]!.equality);
			const rows = this.#shape.blocks.map(({ plan: input, outputs }): Program => {
				return this.#compile({
					kind: 'filter',
					input,
					predicate: isGroup(
						set.groups.map((i) => outputs[i]!),
						equalities,
						groups,
					),
					columns: input.columns,
				});
			});
			const results: Plan = {
				kind: 'filter',
				input: plan,
				predicate: isGroup(
					set.groups.map((i) => plan.columns[i]!),
					equalities,
					groups,
				),
				columns: plan.columns,
			};
			programs = { rows, results: this.#isComputed ? this.#compile(results) : null };
			set.single.set(nulls, programs);
		}
		return programs;
	}
}
