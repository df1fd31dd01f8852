/**
 * Aggregates: how each call becomes code, and aggregates without groups, whose states are locals of the input's pipeline. Those
 * with groups are in `grouping.ts`.
 */
import type { AggregateCall, Expression } from '../../algebra/expression.ts';
import type { AggregateImplementation } from '../../functions/contracts.ts';
import { OrderedAggregate } from '../runtime/ordered-aggregate.ts';
import { RowSet } from '../runtime/row-set.ts';
import type { Operand } from './expression-compiler.ts';
import { produceGroups } from './grouping.ts';
import { openKept } from './kept-rows.ts';
import { keyText } from './keys.ts';
import { PipelineBuilder } from './pipeline-builder.ts';
import { type Consume, type PlanOf, produce } from './produce.ts';

export type Aggregate = PlanOf<'aggregate'>;

/** Where a state is: an element of an array by group, or a local. */
type Place = string;

/** The code of one aggregate call. */
export interface AggregateCode {
	readonly call: AggregateCall;
	/** JavaScript of a new state. */
	readonly create: string;
	/** JavaScript of the state after a row. */
	readonly step: (state: Place, args: readonly string[]) => string;
	readonly finish: (state: Place, direct: readonly string[]) => string;
	/** What `step` takes of each row. */
	readonly inputs: readonly Expression[];
	/** Rows with a null among the first so many inputs are skipped. */
	readonly strictCount: number;
	/** A set of values seen, per group, for DISTINCT. */
	readonly distinct: boolean;
	readonly neverNull: boolean;
}

export function aggregateCode(pipeline: PipelineBuilder, call: AggregateCall): AggregateCode {
	const { program } = pipeline;
	const fn = call.function;
	const ordered = call.withinGroup.length > 0;
	const aggregated = ordered ? call.withinGroup.map((k) => k.expression) : call.arguments;
	const implementation = bindAggregate(pipeline, call, ordered ? [...call.arguments, ...aggregated] : aggregated);
	const strictCount = fn.strict ? aggregated.length : 0;
	const common = { call, strictCount };
	const keys = [...call.withinGroup, ...call.orderBy];
	if (keys.length > 0) {
		const collected = new OrderedAggregate(implementation, aggregated.length, keys, call.distinct ? call.equalities : null, fn.aggregateKind === 'h');
		const finish = program.slot(collected.finish.bind(collected));
		// WITHIN GROUP sorts by what it aggregates.
		const inputs = [...aggregated, ...keys.map((k) => k.expression)];
		return {
			...common,
			create: '[]',
			step: (s, args) => `(${s}.push([${args.join(', ')}]), ${s})`,
			finish: (s, direct) => `${finish}(${s}, [${direct.join(', ')}])`,
			inputs,
			distinct: false,
			neverNull: false,
		};
	}
	if (implementation.inline !== undefined) {
		const { create, step, finish } = implementation.inline;
		return { ...common, create, step, finish: (s) => finish(s), inputs: aggregated, distinct: call.distinct, neverNull: fn.name === 'count' };
	}
	const step = program.slot(implementation.step.bind(implementation));
	const finish = program.slot(implementation.finish.bind(implementation));
	return {
		...common,
		create: `${program.slot(implementation.create.bind(implementation))}()`,
		step: (s, args) => `${step}(${[s, ...args].join(', ')})`,
		finish: (s, direct) => `${finish}(${[s, ...direct].join(', ')})`,
		inputs: aggregated,
		distinct: call.distinct,
		neverNull: fn.name === 'count',
	};
}

export function bindAggregate(
	pipeline: PipelineBuilder,
	call: Pick<AggregateCall, 'function' | 'column'>,
	args: readonly Expression[],
): AggregateImplementation {
	const { catalog, running } = pipeline.program;
	const info = { argumentTypes: args.map((a) => a.type), returnType: call.column.type, typmod: -1, types: catalog, variadic: false };
	return call.function.bind(info, () => running.functions!);
}

export function produceAggregate(pipeline: PipelineBuilder, plan: Aggregate, consume: Consume): void {
	if (plan.groups.length === 0 && plan.sets.length === 1) produceOneGroup(pipeline, plan, consume);
	else produceGroups(pipeline, plan, consume);
}

/** A condition that the row counts for the aggregate, or null when every row does. */
function countsText(code: AggregateCode, inputs: readonly Operand[]): string | null {
	const nulls = inputs.slice(0, code.strictCount).filter((i) => i.nullable);
	return nulls.length === 0 ? null : nulls.map((i) => `${i.text} !== null`).join(' && ');
}

/** Emits the update of one aggregate for the current row. `places`: its states, each under its condition if there is one; `seen`: parallel sets for DISTINCT. */
export function emitUpdate(
	pipeline: PipelineBuilder,
	code: AggregateCode,
	places: readonly Place[],
	seen: readonly Place[],
	conditions: readonly (string | null)[] = [],
): void {
	const update = (): void => {
		const inputs = code.inputs.map((e) => pipeline.expressions.named(e));
		const apply = (): void => {
			const texts = inputs.map((i) => i.text);
			const key = code.distinct ? keyText(pipeline, inputs, code.call.equalities) : '';
			places.forEach((place, i) => {
				const text = `${place} = ${code.step(place, texts)};`;
				const tests = [conditions[i] ?? null, code.distinct ? `${seen[i]}.add(${key})` : null].filter((t) => t !== null);
				pipeline.emit(tests.length > 0 ? `if (${tests.join(' && ')}) ${text}` : text);
			});
		};
		const counts = countsText(code, inputs);
		if (counts === null) apply();
		else pipeline.conditional(counts, apply);
	};
	const { filter } = code.call;
	if (filter === null) update();
	else pipeline.conditional(pipeline.expressions.condition(filter), update);
}

/** No GROUP BY: one row always. */
function produceOneGroup(pipeline: PipelineBuilder, plan: Aggregate, consume: Consume): void {
	const { program } = pipeline;
	const input = new PipelineBuilder(program, pipeline);
	input.isLate ||= program.isDependent(plan);
	const codes = plan.aggregates.map((call) => aggregateCode(input, call));
	const states = codes.map((code) => program.field(input.persistent('s', code.create), 'null', { atClose: '' }));
	const seen = codes.map((code) => (code.distinct ? program.objectField('h', `new ${program.slot(RowSet)}()`) : ''));
	for (const field of seen) if (field !== '') input.emitAtOpen(`S.${field}.open(S.memory, S.spill);`);
	produce(input, plan.input, () => {
		codes.forEach((code, i) => {
			emitUpdate(input, code, [states[i]!], [seen[i] === '' ? '' : input.constant('h', `S.${seen[i]}`)]);
		});
	});
	for (const local of states) input.emitAtExit(`S.${local} = ${local};`);
	program.addFunction(input.finish());
	openKept(pipeline, program.isDependent(plan), input);
	const given = pipeline.persistent('n', '0');
	pipeline.emit(`${given} = 0;`);
	pipeline.loop(false, (label) => {
		pipeline.emit(`if (${given} !== 0) ${pipeline.leave(label)}`);
		pipeline.emit(`${given} = 1;`);
		codes.forEach((code, i) => {
			bindResult(pipeline, code, () => `S.${states[i]}`);
		});
		for (const grouping of plan.grouping) pipeline.bind(grouping.column.id, pipeline.fixed('0', false));
		consume();
	});
}

/** Makes an aggregate's result known; computed where first used. Direct arguments read the group's columns, which are known by then. */
export function bindResult(pipeline: PipelineBuilder, code: AggregateCode, stateText: () => string): void {
	const { call } = code;
	const compute = (): string => {
		const direct = call.withinGroup.length > 0 ? call.arguments : [];
		return code.finish(
			stateText(),
			direct.map((a) => pipeline.expressions.ready(a).text),
		);
	};
	pipeline.bind(call.column.id, pipeline.lazy('v', !code.neverNull, compute));
}
