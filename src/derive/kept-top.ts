/**
 * Kept views of the first rows in an order. A partition's rows are stored under its name and their numbers, so that a commit reads and changes
 * those of the partitions that it touches: what goes is taken out, what comes is put in its place, and the rest is cut off.
 *
 * When rows go from a full list, rows that were beyond its end may follow. Only what comes before the old end is certain: if that is too little, the partition
 * is read again, by an index on its columns and the order if there is one.
 *
 * Cost: k stored rows for each partition that is touched. Which of several rows that are equal in the order are kept is not determined, as in the query.
 */
import type { Expression } from '../query/algebra/expression.ts';
import type { Plan } from '../query/algebra/plan.ts';
import type { Program } from '../query/executor/contracts.ts';
import { RowEvaluator } from '../query/executor/row-evaluator.ts';
import type { CatalogVersion } from '../transaction/contracts.ts';
import { BYTEA, INT8 } from '../value/builtin-types.ts';
import { isGroup, namePart, nullsOf } from './group-names.ts';
import { KEY_COLUMN, type RowStore } from './kept-rows.ts';
import { bytesOf, type Changes, CompiledBlock, type HiddenColumn, type Keeping, type ViewHost, type ViewRun } from './kept-view.ts';
import type { TopShape } from './top-shape.ts';

/** A row of the block, and its name. */
interface Entry {
	readonly name: string;
	readonly values: readonly unknown[];
}

export class KeptTop implements Keeping {
	readonly hidden: readonly HiddenColumn[];
	readonly hidesRows = false;
	readonly tableIds: ReadonlySet<number>;
	readonly #shape: TopShape;
	readonly #block: CompiledBlock;
	readonly #compile: (plan: Plan) => Program;
	readonly #outputs: RowEvaluator;
	/** Places in the stored row. */
	readonly #keyPlace: number;
	readonly #valuesPlace: number;
	readonly #valueCount: number;
	/** Programs that read a partition, by which of its values are null. */
	readonly #partitions = new Map<string, Program>();

	constructor(shape: TopShape, compile: (plan: Plan) => Program, catalog: CatalogVersion, host: ViewHost, shownColumns: number) {
		this.#shape = shape;
		this.#compile = compile;
		this.#block = new CompiledBlock(shape.block, compile);
		this.tableIds = new Set(shape.block.scans.map(({ table }) => table.id));
		this.#keyPlace = shownColumns;
		this.#valuesPlace = shownColumns + 2;
		this.#valueCount = shape.block.outputs.length;
		this.hidden = [
			{ name: KEY_COLUMN, type: BYTEA },
			{ name: 'polylog_row', type: BYTEA },
			...shape.block.outputs.map(({ type }, i) => ({ name: `polylog_value_${i}`, type })),
		];
		const columns = [...shape.block.outputs, shape.rank];
		this.#outputs = new RowEvaluator(shape.outputs, columns, catalog, (row) => host.context(null as never, row, () => []));
	}

	storedGroups(): null {
		return null;
	}

	fill(run: ViewRun, store: RowStore): void {
		const partitions = new Map<string, Entry[]>();
		this.#block.all(run, (row) => {
			const name = this.#partitionOf(row);
			let list = partitions.get(name);
			if (list === undefined) partitions.set(name, (list = []));
			list.push({ name: this.#block.nameOf(row), values: row });
			if (list.length > 2 * this.#shape.rowsMax + 64) this.#cut(list);
		});
		for (const [name, list] of partitions) this.#write(store, name, [], this.#cut(list));
	}

	follow(run: ViewRun, store: RowStore, changes: Changes): void {
		const { gone, come } = this.#block.delta(run, changes);
		const touched = new Map<string, { readonly gone: Set<string>; readonly come: Entry[]; readonly values: readonly unknown[] }>();
		const touch = (row: readonly unknown[]) => {
			const name = this.#partitionOf(row);
			let one = touched.get(name);
			if (one === undefined) touched.set(name, (one = { gone: new Set(), come: [], values: row.slice(0, this.#shape.equalities.length) }));
			return one;
		};
		for (const [name, row] of gone) touch(row).gone.add(name);
		for (const [name, row] of come) touch(row).come.push({ name, values: row });
		run.withState('after', () => {
			for (const [name, one] of touched) {
				const before = this.#read(store, name);
				this.#write(store, name, before, this.#after(run, before, one));
			}
		});
	}

	#after(
		run: ViewRun,
		before: readonly Entry[],
		one: { readonly gone: ReadonlySet<string>; readonly come: readonly Entry[]; readonly values: readonly unknown[] },
	): Entry[] {
		const { rowsMax } = this.#shape;
		const rest = before.filter(({ name }) => !one.gone.has(name));
		const after = this.#cut([...rest, ...one.come]);
		const last = before[rowsMax - 1];
		if (last === undefined || rest.length === before.length) return after;
		// Beyond the old end are rows that are not known here.
		const isCertain = after.length === rowsMax && this.#compare(after[rowsMax - 1]!, last) <= 0;
		return isCertain ? after : this.#readPartition(run, one.values);
	}

	#readPartition(run: ViewRun, values: readonly unknown[]): Entry[] {
		const nulls = nullsOf(values);
		let program = this.#partitions.get(nulls);
		if (program === undefined) {
			const { block, equalities, order, rowsMax } = this.#shape;
			const { plan, outputs } = block;
			const { columns } = plan;
			const input: Plan = { kind: 'filter', input: plan, predicate: isGroup(outputs.slice(0, equalities.length), equalities, values), columns };
			const count: Expression = { kind: 'constant', value: rowsMax, type: INT8 };
			program = this.#compile({ kind: 'limit', input: { kind: 'sort', input, keys: order, columns }, count, offset: null, columns });
			this.#partitions.set(nulls, program);
		}
		const entries: Entry[] = [];
		run.each(program, values, (row) => entries.push({ name: this.#block.nameOf(row), values: row }));
		return entries;
	}

	/** Sorts a list, and leaves the first rows in it. */
	#cut(list: Entry[]): Entry[] {
		list.sort((one, other) => this.#compare(one, other));
		if (list.length > this.#shape.rowsMax) list.length = this.#shape.rowsMax;
		return list;
	}

	#compare(one: Entry, other: Entry): number {
		const first = this.#shape.equalities.length;
		for (const [i, { ordering, descending, nullsFirst }] of this.#shape.order.entries()) {
			const [left, right] = [one.values[first + i], other.values[first + i]];
			if (left === null && right === null) continue;
			if (left === null || right === null) return (left === null) === nullsFirst ? -1 : 1;
			const order = ordering.compare(left, right);
			if (order !== 0) return descending ? -order : order;
		}
		return 0;
	}

	#partitionOf(row: readonly unknown[]): string {
		return this.#shape.equalities.map((equality, i) => namePart(equality, row[i])).join('');
	}

	#key(partition: string, rank: number): Uint8Array {
		const text = Buffer.from(partition);
		const bytes = new Uint8Array(text.length + 2);
		bytes.set(text);
		new DataView(bytes.buffer).setUint16(text.length, rank);
		return bytes;
	}

	#read(store: RowStore, partition: string): Entry[] {
		const entries: Entry[] = [];
		for (let rank = 1; rank <= this.#shape.rowsMax; rank++) {
			const row = store.fetch(this.#key(partition, rank));
			if (row === null) break;
			const name = Buffer.from(row[this.#keyPlace + 1] as Uint8Array).toString('latin1');
			entries.push({ name, values: row.slice(this.#valuesPlace, this.#valuesPlace + this.#valueCount) });
		}
		return entries;
	}

	/** Stores a partition's list in the place of another; a row that stays where it was, and is not new, is left alone. */
	#write(store: RowStore, partition: string, before: readonly Entry[], after: readonly Entry[]): void {
		for (let i = 0; i < Math.max(before.length, after.length); i++) {
			const [old, now] = [before[i], after[i]];
			if (old === now) continue;
			const stored = old === undefined ? null : this.#stored(partition, i + 1, old);
			if (now === undefined) store.remove(stored!);
			else store.put(stored, this.#stored(partition, i + 1, now));
		}
	}

	#stored(partition: string, rank: number, { name, values }: Entry): unknown[] {
		const own = values.slice(0, this.#valueCount);
		return [...this.#outputs.evaluate([...own, rank]), this.#key(partition, rank), bytesOf(name), ...own];
	}
}
