/**
 * Aggregates with groups: rows are put into groups by a hash of their group values. Every grouping set has a map of its own over
 * common columns of group values and states.
 *
 * In a program that spills, rows whose group is not there when the table is full are put aside, with the values of all that the
 * aggregates take; when the groups in memory have been read, they are grouped by the same code, partition by partition.
 */
import { BOOL, INT4 } from '../../../value/builtin-types.ts';
import type { Type } from '../../../value/type.ts';
import { columnOf } from '../../algebra/build.ts';
import type { AggregateCall, Column, Expression, SortKey } from '../../algebra/expression.ts';
import type { Equality } from '../../functions/contracts.ts';
import { type GroupKeys, GroupTable } from '../runtime/group-table.ts';
import { RowSet } from '../runtime/row-set.ts';
import { type Aggregate, type AggregateCode, aggregateCode, bindResult, emitUpdate } from './aggregation.ts';
import type { Operand } from './expression-compiler.ts';
import { openKept } from './kept-rows.ts';
import { isIntKey, keyText } from './keys.ts';
import { canOverflow, openPartitioned, overflowField, produceOverflowing, RowLocals, refill } from './overflowing-rows.ts';
import { PipelineBuilder } from './pipeline-builder.ts';
import { type Consume, produce } from './produce.ts';

/** What becomes of a row for whose group there is no room: code that puts it aside, given its set and key. */
type Refuse = (set: number, key: string) => string;

export function produceGroups(pipeline: PipelineBuilder, plan: Aggregate, consume: Consume): void {
	const { program } = pipeline;
	const input = new PipelineBuilder(program, pipeline);
	input.isLate ||= program.isDependent(plan);
	const spilled = input.isLate ? spilledPlan(pipeline, plan) : null;
	if (spilled !== null && canOverflow(spilled.types)) {
		produceSpilling(pipeline, input, plan, spilled, consume);
		return;
	}
	const grouping = new Grouping(pipeline, input, plan);
	input.emitAtOpen(`S.${grouping.field}.open(S.memory);`);
	grouping.emitEmptySets();
	produce(input, plan.input, () => grouping.emitRow(plan, null, null));
	program.addFunction(input.finish());
	openKept(pipeline, program.isDependent(plan), input);
	grouping.read(consume);
}

/** What the keys of a grouping set are, for its map. */
function keysOf(expressions: readonly Expression[], equalities: readonly Equality[]): GroupKeys {
	if (isIntKey(expressions, equalities)) return 'integers';
	const [expression] = expressions;
	if (expressions.length !== 1 || expression === undefined) return 'others';
	return expression.type.name === 'int8' || equalities[0]!.numbersAreKeys === true ? 'mixed' : 'others';
}

/** The table of groups as the input's pipeline fills it and the reader's pipeline reads it. */
class Grouping {
	readonly field: string;
	readonly #reader: PipelineBuilder;
	readonly #input: PipelineBuilder;
	readonly #plan: Aggregate;
	readonly #codes: readonly AggregateCode[];
	readonly #nullable: boolean[];
	/** Columns of states: one per aggregate, then one per DISTINCT set. */
	readonly #seenAt: readonly number[];

	/** `codePlan`: the aggregates as the input's pipeline sees them. */
	constructor(reader: PipelineBuilder, input: PipelineBuilder, plan: Aggregate, codePlan: Aggregate = plan) {
		const { program } = reader;
		this.#reader = reader;
		this.#input = input;
		this.#plan = plan;
		this.#codes = codePlan.aggregates.map((call) => aggregateCode(input, call));
		this.#nullable = plan.groups.map((_, i) => plan.sets.some((set) => !set.includes(i)));
		let states = this.#codes.length;
		this.#seenAt = this.#codes.map((code) => (code.distinct ? states++ : -1));
		const keys = plan.sets.map((set) =>
			keysOf(
				set.map((i) => plan.groups[i]!.expression),
				set.map((i) => plan.groups[i]!.equality),
			),
		);
		const seen = this.#seenAt.filter((at) => at >= 0);
		this.field = program.objectField(
			'g',
			`new ${program.slot(GroupTable)}([${keys.map((kind) => `'${kind}'`).join(', ')}], ${plan.groups.length}, ${states}, [${seen.join(', ')}])`,
		);
	}

	#states(pipeline: PipelineBuilder, index: number): string {
		return pipeline.constant('a', `S.${this.field}.states[${index}]`);
	}

	/** Statements that append a group's states. */
	#newGroup(): string[] {
		const input = this.#input;
		return this.#codes.flatMap((code, i) => [
			`${this.#states(input, i)}.push(${code.create});`,
			...(code.distinct ? [`${this.#states(input, this.#seenAt[i]!)}.push(${input.program.slot(RowSet)}.ofGroup(S.memory, S.spill));`] : []),
		]);
	}

	/** The empty grouping set has its group even when there are no rows. */
	emitEmptySets(): void {
		const input = this.#input;
		this.#plan.sets.forEach((set, s) => {
			if (set.length > 0) return;
			input.emit(`S.${this.field}.add(${s}, 0);`);
			for (let i = 0; i < this.#plan.groups.length; i++) input.emit(`S.${this.field}.columns[${i}].push(null);`);
			for (const line of this.#newGroup()) input.emit(line);
		});
	}

	/** Puts the current row into its groups. `only`: the local with the one set that it is for, or −1 for all. */
	emitRow(plan: Aggregate, only: string | null, refuse: Refuse | null): void {
		const input = this.#input;
		const values = plan.groups.map((g) => input.expressions.named(g.expression));
		values.forEach((value, i) => {
			this.#nullable[i] ||= value.nullable;
		});
		const groups = plan.sets.map((_, s) => this.#emitFindGroup(plan, s, values, only, refuse));
		const conditions = groups.map((g) => (refuse === null ? null : `${g} >= 0`));
		this.#codes.forEach((code, i) => {
			const seen = code.distinct ? this.#states(input, this.#seenAt[i]!) : '';
			emitUpdate(
				input,
				code,
				groups.map((g) => `${this.#states(input, i)}[${g}]`),
				groups.map((g) => `${seen}[${g}]`),
				conditions,
			);
		});
	}

	/** Looks up the row's group in one grouping set, or makes it; returns the local with its number, −1 where it has none. */
	#emitFindGroup(plan: Aggregate, s: number, values: readonly Operand[], only: string | null, refuse: Refuse | null): string {
		const input = this.#input;
		const set = plan.sets[s]!;
		const [group, key] = [input.temporary('g'), input.temporary('k')];
		const table = input.constant('g', `S.${this.field}`);
		const text = keyText(
			input,
			set.map((i) => values[i]!),
			set.map((i) => plan.groups[i]!.equality),
		);
		const pushes = plan.groups.map((_, i) => `${input.constant('c', `S.${this.field}.columns[${i}]`)}.push(${set.includes(i) ? values[i]!.text : 'null'});`);
		const add = (): void => {
			input.emit(`${group} = ${table}.add(${s}, ${key});`);
			for (const line of [...pushes, ...this.#newGroup()]) input.emit(line);
		};
		const find = (): void => {
			input.emit(`${key} = ${text};`);
			input.emit(`${group} = ${input.constant('m', `S.${this.field}.maps[${s}]`)}.get(${key});`);
			input.conditional(`${group} === undefined`, () => {
				if (refuse === null) add();
				else input.conditional(`${table}.isFull`, () => input.emit(`${refuse(s, key)} ${group} = -1;`), add);
			});
		};
		if (only === null) find();
		else input.conditional(`${only} < 0 || ${only} === ${s}`, find, () => input.emit(`${group} = -1;`));
		return group;
	}

	/** A loop over the groups in the reader's pipeline. */
	read(consume: Consume): void {
		const reader = this.#reader;
		const next = reader.persistent('n', '0');
		const table = reader.constant('g', `S.${this.field}`);
		reader.emit(`${next} = 0;`);
		reader.loop(true, (label) => {
			const group = reader.temporary('i');
			reader.emit(`if (${next} >= ${table}.count) ${reader.leave(label)}`);
			reader.emit(`${group} = ${next}++;`);
			const index = reader.assigned(group, false);
			this.#bind(() => index.use());
			reader.rowStart();
			consume();
		});
	}

	#bind(group: () => string): void {
		const [reader, plan] = [this.#reader, this.#plan];
		plan.groups.forEach((g, i) => {
			const column = reader.constant('c', `S.${this.field}.columns[${i}]`);
			reader.bind(
				g.column.id,
				reader.lazy('v', this.#nullable[i]!, () => `${column}[${group()}]`),
			);
		});
		for (const grouping of plan.grouping) {
			const masks = plan.sets.map((set) => grouping.groups.reduce((mask, g) => mask * 2 + (set.includes(g) ? 0 : 1), 0));
			const set = reader.constant('g', `S.${this.field}.sets`);
			reader.bind(
				grouping.column.id,
				reader.lazy('v', false, () => `${reader.program.slot(masks)}[${set}[${group()}]]`),
			);
		}
		this.#codes.forEach((code, i) => {
			bindResult(reader, { ...code, call: plan.aggregates[i]! }, () => `${this.#states(reader, i)}[${group()}]`);
		});
	}
}

/** The plan over rows that have been put aside: everything that the groups take of a row is a column of its own. */
interface SpilledPlan {
	readonly plan: Aggregate;
	/** The set that a row is for (−1: all), then the values. */
	readonly types: readonly Type[];
	readonly columns: readonly Column[];
	/** What each column holds, in terms of the input; under the condition of its aggregate's FILTER. */
	readonly values: readonly { readonly expression: Expression; readonly filter: Expression | null }[];
}

function spilledPlan(pipeline: PipelineBuilder, plan: Aggregate): SpilledPlan {
	const columns: Column[] = [];
	const values: { expression: Expression; filter: Expression | null }[] = [];
	const keep = (expression: Expression, filter: Expression | null): Expression => {
		const column = { id: pipeline.program.newColumnId(), name: '', type: expression.type, typmod: -1 };
		columns.push(column);
		values.push({ expression, filter });
		return columnOf(column);
	};
	const groups = plan.groups.map((g) => ({ ...g, expression: keep(g.expression, null) }));
	const aggregates = plan.aggregates.map((call): AggregateCall => {
		const keys = (list: readonly SortKey[]): SortKey[] => list.map((k) => ({ ...k, expression: keep(k.expression, call.filter) }));
		return {
			...call,
			filter: call.filter === null ? null : { kind: 'is-truth', operand: keep(call.filter, null), value: true, negated: false, type: BOOL },
			arguments: call.withinGroup.length > 0 ? call.arguments : call.arguments.map((a) => keep(a, call.filter)),
			orderBy: keys(call.orderBy),
			withinGroup: keys(call.withinGroup),
		};
	});
	return { plan: { ...plan, groups, aggregates }, columns, values, types: [INT4, ...columns.map((c) => c.type)] };
}

/** The values of a row that is fresh from the input. */
function freshValues(input: PipelineBuilder, spilled: SpilledPlan): Operand[] {
	const all: Operand = { text: '-1', nullable: false, atomic: true };
	const values = spilled.values.map(({ expression, filter }): Operand => {
		if (filter === null) return input.expressions.named(expression);
		const name = input.temporary('v');
		const condition = input.expressions.condition(filter);
		input.conditional(
			condition,
			() => input.emit(`${name} = ${input.expressions.ready(expression).text};`),
			() => input.emit(`${name} = null;`),
		);
		return { text: name, nullable: true, atomic: true };
	});
	return [all, ...values];
}

function produceSpilling(pipeline: PipelineBuilder, input: PipelineBuilder, plan: Aggregate, spilled: SpilledPlan, consume: Consume): void {
	const { program } = pipeline;
	const grouping = new Grouping(pipeline, input, plan, spilled.plan);
	const overflow = overflowField(input, spilled.types);
	/** 0: rows come from the input; 1: from the partition that the overflow stands at. */
	const mode = program.field(program.name('m'), '0', { atStart: '0' });
	const locals = new RowLocals(input, spilled.types.length);
	input.emitAtOpen(`if (S.${mode} === 0) S.${overflow}.clear();`);
	input.emitAtOpen(`S.${grouping.field}.open(S.memory, S.${overflow}.canSpill);`);
	input.conditional(`S.${mode} === 0`, () => grouping.emitEmptySets());
	produceOverflowing(input, plan.input, { mode, overflow, locals, values: () => freshValues(input, spilled) }, () => {
		spilled.columns.forEach((column, i) => {
			locals.bind(input, i + 1, column.id);
		});
		const put = input.constant('o', `S.${overflow}`);
		grouping.emitRow(spilled.plan, locals.names[0]!, (s, key) => `${put}.put(${key}, [${[s, ...locals.names.slice(1)].join(', ')}]);`);
	});
	program.addFunction(input.finish());
	openPartitioned(pipeline, input, program.isDependent(plan), mode);
	// The groups in memory are read, then those of each partition.
	pipeline.loop(false, (label) => {
		grouping.read(consume);
		pipeline.emit(`if (!S.${overflow}.nextPartition()) ${pipeline.leave(label)}`);
		refill(pipeline, input, mode);
	});
}
