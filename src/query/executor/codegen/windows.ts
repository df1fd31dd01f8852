/** Windows: rows are kept with the values of partition, order and arguments, sorted, and run through a `WindowRunner`. */
import { sqlError } from '../../../platform/errors.ts';
import { INT4 } from '../../../value/builtin-types.ts';
import { compareInterval, Interval } from '../../../value/interval.ts';
import type { Type } from '../../../value/type.ts';
import { columnOf } from '../../algebra/build.ts';
import type { Expression, WindowCall } from '../../algebra/expression.ts';
import type { ScalarFunction } from '../../functions/contracts.ts';
import { orderingOf } from '../../functions/type-comparison.ts';
import { Sorter } from '../runtime/sorter.ts';
import { canSpill } from '../runtime/spill-codec.ts';
import type { WindowSpec } from '../runtime/window-call.ts';
import { checkFrameOffset } from '../runtime/window-frame.ts';
import { NO_PARTITION, NOT_YET, WindowRunner, type WindowShape } from '../runtime/window-runner.ts';
import { bindAggregate } from './aggregation.ts';
import { bindKept, newBuffer, openKept, spillArgument } from './kept-rows.ts';
import { PipelineBuilder } from './pipeline-builder.ts';
import { type Consume, type PlanOf, produce } from './produce.ts';
import { comparatorText } from './sorting.ts';

type Window = PlanOf<'window'>;

export function produceWindow(pipeline: PipelineBuilder, plan: Window, consume: Consume): void {
	const { program } = pipeline;
	const input = new PipelineBuilder(program, pipeline);
	input.isLate ||= program.isDependent(plan);
	const kept = pipeline.neededOf(plan.input.columns);
	const stored: Expression[] = kept.map(columnOf);
	const at = (expression: Expression): number => {
		const known = stored.findIndex((s) => s === expression || (s.kind === 'column' && expression.kind === 'column' && s.id === expression.id));
		return known >= 0 ? known : stored.push(expression) - 1;
	};
	const shape: WindowShape = {
		partition: plan.partition.map((p) => ({ column: at(p.expression), equality: p.equality })),
		order: plan.orderBy.map((key) => ({ column: at(key.expression), key })),
		calls: plan.calls.map((call) => windowSpec(pipeline, plan, call, at)),
	};
	const types = stored.map((e) => e.type);
	const spills = input.isLate && canSpill(types);
	const sorter = program.objectField('q', `new ${program.slot(Sorter)}(${stored.length}, ${spills ? spillArgument(pipeline, types) : 'null'})`);
	const buffer = (list: readonly Type[]): string => (spills ? newBuffer(pipeline, list) : 'null');
	const runner = program.objectField('w', `new ${program.slot(WindowRunner)}(${program.slot(shape)}, ${buffer([...types, INT4])}, ${buffer([INT4])})`);
	const order = program.name('z');
	input.emitAtOpen(`S.${sorter}.openSorted(S.memory, Infinity, ${order}(S));`);
	const nullable: boolean[] = stored.map(() => true);
	produce(input, plan.input, () => {
		const buffer = input.constant('q', `S.${sorter}`);
		stored.forEach((expression, i) => {
			const value = input.expressions.ready(expression);
			nullable[i] = value.nullable;
			input.emit(`${input.constant('c', `S.${sorter}.columns[${i}]`)}[${buffer}.count] = ${value.text};`);
		});
		input.emit(`${buffer}.added();`);
	});
	input.emitWhenDone(`S.${sorter}.finish();`);
	program.addFunction(input.finish());
	addComparator(pipeline, plan, shape, sorter, order);
	openKept(pipeline, program.isDependent(plan), input);
	const offsets = plan.calls.map((call) => `[${offsetText(pipeline, call, true)}, ${offsetText(pipeline, call, false)}]`);
	const next = pipeline.persistent('n', '0');
	pipeline.emit(`${next} = 0; S.${runner}.open(S.${sorter}, S.memory, [${offsets.join(', ')}], S.check);`);
	readWindows(pipeline, plan, { runner, columns: spills ? runner : sorter, next, nullable, kept: kept.map((c) => c.id) }, consume);
}

/** The order of rows: by partition, then by the sort keys. */
function addComparator(pipeline: PipelineBuilder, plan: Window, shape: WindowShape, sorter: string, order: string): void {
	const { program } = pipeline;
	const partition = plan.partition.map((p, i) => {
		const ordering = orderingOf(p.expression.type, program.catalog);
		if (ordering === undefined) throw sqlError('42883', `could not identify an ordering operator for type ${p.expression.type.name}`);
		return { key: { expression: p.expression, ordering, descending: false, nullsFirst: false }, column: shape.partition[i]!.column, nullable: true };
	});
	const keys = plan.orderBy.map((key, i) => ({ key, column: shape.order[i]!.column, nullable: true }));
	program.addFunction(comparatorText(pipeline, order, sorter, [...partition, ...keys]));
}

interface Reading {
	readonly runner: string;
	/** Field of the object with the rows' columns. */
	readonly columns: string;
	readonly next: string;
	readonly nullable: boolean[];
	readonly kept: readonly number[];
}

function readWindows(pipeline: PipelineBuilder, plan: Window, reading: Reading, consume: Consume): void {
	const { next } = reading;
	const runner = pipeline.constant('w', `S.${reading.runner}`);
	pipeline.loop(true, (label) => {
		const [row, position, found] = [pipeline.temporary('i'), pipeline.temporary('i'), pipeline.temporary('t')];
		pipeline.conditional(`${next} >= ${runner}.count`, () => {
			pipeline.emit(`${found} = ${runner}.nextBatch(); ${next} = 0;`);
			pipeline.emit(`if (${found} === ${NO_PARTITION}) ${pipeline.leave(label)}`);
			pipeline.emit(`if (${found} === ${NOT_YET}) { r = 1; break P; }`);
		});
		pipeline.emit(`${position} = ${next}++; ${row} = ${runner}.rows[${position}];`);
		bindKept(pipeline, { field: reading.columns, nullable: reading.nullable }, reading.kept, row);
		const index = pipeline.assigned(position, false);
		plan.calls.forEach((call, i) => {
			const results = pipeline.constant('w', `S.${reading.runner}.results[${i}]`);
			pipeline.bind(
				call.column.id,
				pipeline.lazy('v', true, () => `${results}[${index.use()}]`),
			);
		});
		pipeline.rowStart();
		consume();
	});
}

function windowSpec(pipeline: PipelineBuilder, plan: Window, call: WindowCall, at: (expression: Expression) => number): WindowSpec {
	const fn = call.function;
	const usesRange = call.frame.mode === 'range' && (call.frame.start.offset !== null || call.frame.end.offset !== null);
	return {
		operation: fn.kind === 'window' ? fn.operation : 'aggregate',
		aggregate: fn.kind === 'aggregate' ? bindAggregate(pipeline, { function: fn, column: call.column }, call.arguments) : null,
		strict: fn.kind === 'aggregate' && fn.strict,
		arguments: call.arguments.map(at),
		filter: call.filter === null ? -1 : at(call.filter),
		frame: call.frame,
		ignoreNulls: call.ignoreNulls,
		move: usesRange ? mover(pipeline, plan, call) : null,
	};
}

/** Moves a sort value by an offset: forward is the direction of the order. */
function mover(pipeline: PipelineBuilder, plan: Window, call: WindowCall): WindowSpec['move'] {
	const key = plan.orderBy[0]!;
	const { rangeAdd, rangeSubtract } = call.frame;
	if (rangeAdd === undefined || rangeSubtract === undefined)
		throw sqlError('0A000', `RANGE with offset PRECEDING/FOLLOWING is not supported for column type ${key.expression.type.name}`);
	const { catalog, running } = pipeline.program;
	const offset = (call.frame.start.offset ?? call.frame.end.offset)!;
	const bind = (fn: ScalarFunction): ((value: unknown, offset: unknown) => unknown) => {
		const info = { argumentTypes: [key.expression.type, offset.type], returnType: key.expression.type, typmod: -1, types: catalog, variadic: false };
		const evaluate = (fn.evaluate ?? fn.bind!(info)) as (...values: unknown[]) => unknown;
		return fn.context ? (value, by) => evaluate(running.functions, value, by) : evaluate;
	};
	const add = bind(rangeAdd);
	const subtract = bind(rangeSubtract);
	return (value, by, forward) => (forward !== key.descending ? add(value, by) : subtract(value, by));
}

/** JavaScript of a frame's offset, checked; null where it has none. */
function offsetText(pipeline: PipelineBuilder, call: WindowCall, isStart: boolean): string {
	const { program } = pipeline;
	const bound = isStart ? call.frame.start : call.frame.end;
	if (bound.offset === null) return 'null';
	const check = program.slot(checkFrameOffset);
	const isNegative = program.slot(isNegativeOffset);
	return `${check}(${pipeline.expressions.ready(bound.offset).text}, ${isStart}, ${program.slot(call.frame.mode)}, ${isNegative})`;
}

const NO_TIME = new Interval(0, 0, 0);

/** Below zero, or not a number. */
function isNegativeOffset(value: unknown): boolean {
	return value instanceof Interval ? compareInterval(value, NO_TIME) < 0 : !(Number(value) >= 0);
}
