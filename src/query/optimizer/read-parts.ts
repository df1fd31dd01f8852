/**
 * Reads parts of long values where the row is read: a call that asks a column for a part of its value (`ScalarFunction.stored`, as a
 * property by its name) becomes a column of the scan, which finds the part in the row's bytes. So the value is not copied out of
 * the row for it, and what hashes and sorts keep is the part.
 *
 * Condition: the call's first argument is a column that a scan or access reads from rows (not from index entries, an adjacency or
 * columns), all others are constants, the function is strict, and every operator between the two passes its input's columns
 * on whole, so that pruning, which comes behind, can give it the new column; projections of plain columns between are left out. A column whose value is also read as a whole is
 * read both ways: finding a part costs no more in the row than in the value.
 */
import type { Column, ColumnId, Expression } from '../algebra/expression.ts';
import type { Plan, ScanColumn } from '../algebra/plan.ts';
import { greatestColumnId, mapChildren, mapPlanParts, type Rewriter } from '../algebra/traverse.ts';
import type { ScalarFunction } from '../functions/contracts.ts';

type Call = Extract<Expression, { kind: 'call' }>;

export function readParts(plan: Plan): Plan {
	const reader = new PartReader(greatestColumnId(plan));
	const rewritten = reader.closed(plan, NONE);
	return reader.parts.size > 0 ? withParts(rewritten, reader.parts) : plan;
}

/** A column of rows, and the parts of it that are read. */
interface Source {
	readonly column: ScanColumn;
	readonly parts: ScanColumn[];
}

type Sources = ReadonlyMap<ColumnId, Source>;

const NONE: Sources = new Map();

class PartReader {
	/** Parts by the column that they are of. */
	readonly parts = new Map<ColumnId, ScanColumn[]>();
	#lastId: ColumnId;

	constructor(lastId: ColumnId) {
		this.#lastId = lastId;
	}

	/** The plan with calls replaced; its own columns stay what they are. */
	closed(plan: Plan, outer: Sources): Plan {
		const { plan: rewritten, sources } = this.plan(plan, outer);
		if (![...sources.values()].some((s) => s.parts.length > 0)) return rewritten;
		const items = plan.columns.map((column) => ({ column, expression: { kind: 'column', id: column.id, type: column.type } as Expression }));
		return { kind: 'project', input: rewritten, items, columns: plan.columns };
	}

	/** The plan with calls replaced, and the columns whose parts it could pass on. `outer`: those of the operators around it. */
	plan(plan: Plan, outer: Sources): { readonly plan: Plan; readonly sources: Sources } {
		const inputs: Sources[] = [];
		const passes = passesColumns(plan);
		let visible = outer;
		const rewritten = mapPlanParts(plan, {
			plan: (input) => {
				if (!passes && !readsInput(plan)) return this.closed(input, outer);
				const done = this.plan(passes ? input : narrowed(input), plan.kind === 'apply' && inputs.length > 0 ? join(outer, inputs[0]!) : outer);
				inputs.push(done.sources);
				visible = join(visible, done.sources);
				return done.plan;
			},
			// Inputs come before expressions in every kind that has both.
			expression: (e) => this.#expression(e, visible),
		});
		if (plan.kind === 'scan' || plan.kind === 'access') return { plan: rewritten, sources: this.#sources(plan) };
		if (!passes) return { plan: rewritten, sources: NONE };
		const isOneSided = 'type' in plan && (plan.type === 'semi' || plan.type === 'anti');
		return { plan: rewritten, sources: inputs.slice(0, isOneSided ? 1 : undefined).reduce(join, NONE) };
	}

	#sources(plan: Extract<Plan, { kind: 'scan' | 'access' }>): Sources {
		if (plan.kind === 'access' && (plan.covering || plan.adjacency !== undefined || plan.integers !== undefined)) return NONE;
		// A predicate that was pushed into several inputs brings the same scan along several times.
		const partsOf = (column: ScanColumn): ScanColumn[] => this.parts.get(column.column.id) ?? [];
		return new Map(plan.scan.filter((s) => s.number > 0 && s.part === undefined).map((column) => [column.column.id, { column, parts: partsOf(column) }]));
	}

	#expression(e: Expression, visible: Sources): Expression {
		if (visible.size > 0 && e.kind === 'call') {
			const part = this.#part(e, visible);
			if (part !== null) return part;
		}
		const by: Rewriter = { expression: (child) => this.#expression(child, visible), plan: (plan) => this.closed(plan, visible) };
		return mapChildren(e, by);
	}

	#part(e: Call, visible: Sources): Expression | null {
		const [first, ...rest] = e.arguments;
		if (first?.kind !== 'column' || e.function.stored === undefined || !e.function.strict) return null;
		const source = visible.get(first.id);
		if (source === undefined) return null;
		const values: unknown[] = [];
		for (const argument of rest) {
			if (argument.kind !== 'constant' || argument.value === null) return null;
			values.push(argument.value);
		}
		const column = this.#columnOf(source, e.function, values, e);
		return { kind: 'column', id: column.id, type: column.type };
	}

	/** The column of a part: one for all calls that ask the same. */
	#columnOf(source: Source, definition: ScalarFunction, values: readonly unknown[], e: Call): Column {
		const same = source.parts.find((s) => s.part!.function === definition && s.part!.values.every((value, index) => value === values[index]));
		if (same !== undefined) return same.column;
		const { column, number } = source.column;
		const made: Column = { id: ++this.#lastId, name: [column.name, ...values.map(String)].join('.'), type: e.type, typmod: -1, origin: null };
		source.parts.push({ column: made, number, part: { function: definition, values } });
		this.parts.set(column.id, source.parts);
		return made;
	}
}

function join(left: Sources, right: Sources): Sources {
	if (right.size === 0) return left;
	return left.size === 0 ? right : new Map([...left, ...right]);
}

/** Without a projection that only leaves out columns, or changes their order: who reads them by name need not know. */
function narrowed(plan: Plan): Plan {
	const isIdentity = plan.kind === 'project' && plan.items.every(({ column, expression }) => expression.kind === 'column' && expression.id === column.id);
	return isIdentity ? narrowed(plan.input) : plan;
}

/** Operators whose columns pruning makes anew from those of their inputs. */
function passesColumns(plan: Plan): boolean {
	switch (plan.kind) {
		case 'filter':
		case 'sort':
		case 'limit':
		case 'expand':
		case 'window':
		case 'join':
		case 'hash-join':
		case 'apply':
			return true;
		case 'distinct':
			return plan.on.length > 0;
		default:
			return false;
	}
}

/** Operators that read columns of their input, and let out others. */
function readsInput(plan: Plan): boolean {
	return plan.kind === 'project' || plan.kind === 'aggregate';
}

/** Puts the parts into the scans. */
function withParts(plan: Plan, parts: ReadonlyMap<ColumnId, readonly ScanColumn[]>): Plan {
	const by: Rewriter = { expression: (e) => mapChildren(e, by), plan: (p) => withParts(p, parts) };
	const rebuilt = mapPlanParts(plan, by);
	if (rebuilt.kind !== 'scan' && rebuilt.kind !== 'access') return rebuilt;
	const added = rebuilt.scan.flatMap((s) => (s.part === undefined ? (parts.get(s.column.id) ?? []) : []));
	if (added.length === 0) return rebuilt;
	return { ...rebuilt, scan: [...rebuilt.scan, ...added], columns: [...rebuilt.columns, ...added.map((s) => s.column)] };
}
