/** Rows that come from expressions: VALUES, virtual tables, functions in FROM, set-returning functions in a select list. */
import { RECORD } from '../../../value/builtin-types.ts';
import type { Type } from '../../../value/type.ts';
import type { Column, Expression } from '../../algebra/expression.ts';
import type { ScalarFunction, SetFunction } from '../../functions/contracts.ts';
import { Lockstep } from '../runtime/lockstep.ts';
import { bindCells } from '../runtime/value-cells.ts';
import type { PipelineBuilder } from './pipeline-builder.ts';
import { type Consume, type PlanOf, produce } from './produce.ts';
import { bindItems } from './row-operators.ts';

export function produceValues(pipeline: PipelineBuilder, plan: PlanOf<'values'>, consume: Consume): void {
	if (plan.rows.length === 1) produceOneRow(pipeline, plan.columns, plan.rows[0]!, consume);
	else produceRows(pipeline, plan, consume);
}

function produceOneRow(pipeline: PipelineBuilder, columns: readonly Column[], row: readonly Expression[], consume: Consume): void {
	const given = pipeline.persistent('n', '0');
	pipeline.emit(`${given} = 0;`);
	pipeline.loop(false, (label) => {
		pipeline.emit(`if (${given} !== 0) ${pipeline.leave(label)}`);
		pipeline.emit(`${given} = 1;`);
		bindItems(
			pipeline,
			columns.map((column, i) => ({ column, expression: row[i]! })),
		);
		pipeline.rowStart();
		consume();
	});
}

/** Many rows: columns of constants and parameters are arrays in a slot, cells of others are computed row by row. */
function produceRows(pipeline: PipelineBuilder, plan: PlanOf<'values'>, consume: Consume): void {
	const { program } = pipeline;
	const isPlain = (e: Expression): boolean => e.kind === 'constant' || e.kind === 'parameter';
	const isComputed = plan.columns.map((_, c) => !plan.rows.every((row) => isPlain(row[c]!)));
	const template = program.slot(plan.columns.map((_, c) => (isComputed[c] ? [] : plan.rows.map((row) => row[c]!))));
	const next = pipeline.persistent('n', '0');
	const cells = pipeline.persistent('c', 'null');
	for (const row of plan.rows) pipeline.prepare(...row);
	pipeline.emit(`${next} = 0; ${cells} = ${program.slot(bindCells)}(${template}, S.parameters);`);
	pipeline.loop(true, (label) => {
		const row = pipeline.temporary('i');
		pipeline.emit(`if (${next} >= ${plan.rows.length}) ${pipeline.leave(label)}`);
		pipeline.emit(`${row} = ${next}++;`);
		const index = pipeline.assigned(row, false);
		const computed = emitComputedCells(pipeline, plan, isComputed, row);
		plan.columns.forEach((column, c) => {
			const found = computed[c];
			if (found !== undefined) {
				pipeline.bind(column.id, pipeline.assigned(found.name, found.nullable));
				return;
			}
			const nullable = plan.rows.some((r) => r[c]!.kind === 'parameter' || (r[c] as { value?: unknown }).value === null);
			pipeline.bind(
				column.id,
				pipeline.lazy('v', nullable, () => `${cells}[${c}][${index.use()}]`),
			);
		});
		pipeline.rowStart();
		consume();
	});
}

/** The cells of columns with expressions: a case per row. */
function emitComputedCells(
	pipeline: PipelineBuilder,
	plan: PlanOf<'values'>,
	isComputed: readonly boolean[],
	row: string,
): readonly ({ readonly name: string; readonly nullable: boolean } | undefined)[] {
	if (!isComputed.includes(true)) return [];
	const names = isComputed.map((computed) => (computed ? pipeline.temporary('v') : ''));
	const nullable = isComputed.map(() => false);
	pipeline.emit(`switch (${row}) {`);
	plan.rows.forEach((cells, i) => {
		pipeline.plainLoop(`case ${i}:`, () => {
			cells.forEach((expression, c) => {
				if (!isComputed[c]) return;
				const operand = pipeline.expressions.ready(expression);
				nullable[c] ||= operand.nullable;
				pipeline.emit(`${names[c]} = ${operand.text};`);
			});
			pipeline.emit('break;');
		});
	});
	pipeline.emit('}');
	return names.map((name, c) => (name === '' ? undefined : { name, nullable: nullable[c]! }));
}

export function produceVirtualScan(pipeline: PipelineBuilder, plan: PlanOf<'virtual-scan'>, consume: Consume): void {
	const { program } = pipeline;
	const args = plan.arguments.map((e) => pipeline.expressions.ready(e).text);
	const rows = iteratorLocal(pipeline);
	pipeline.emit(`${rows} = S.context.virtualRows(${program.slot(plan.provider)}, [${args.join(', ')}])[Symbol.iterator]();`);
	pipeline.loop(true, (label) => {
		const row = nextItem(pipeline, rows, label);
		plan.columns.forEach((column, i) => {
			pipeline.bind(
				column.id,
				pipeline.lazy('v', true, () => `${row.use()}[${plan.positions[i]}]`),
			);
		});
		pipeline.rowStart();
		consume();
	});
}

function iteratorLocal(pipeline: PipelineBuilder): string {
	const name = pipeline.persistent('u', 'null');
	return pipeline.program.field(name, 'null', { atClose: `S.${name} = null;` });
}

/** Takes the next item of an iterator; leaves the loop when there is none. */
function nextItem(pipeline: PipelineBuilder, iterator: string, label: string): ReturnType<PipelineBuilder['assigned']> {
	const item = pipeline.temporary('w');
	pipeline.emit(`${item} = ${iterator}.next();`);
	pipeline.emit(`if (${item}.done === true) ${pipeline.leave(label)}`);
	pipeline.emit(`${item} = ${item}.value;`);
	return pipeline.assigned(item, true);
}

interface SetCall {
	readonly function: SetFunction | ScalarFunction;
	readonly arguments: readonly Expression[];
	readonly variadic?: boolean;
	readonly typmod?: number;
	readonly columns: readonly Column[];
	/** Of one whose rows are single values, records or not. */
	readonly type?: Type;
}

/** The type of the rows of a function that returns records, with the columns as fields; null for other functions. */
function rowTypeOf(call: SetCall): Type | null {
	if (call.type !== undefined) return call.type;
	if (call.function.returnOid !== RECORD.oid) return null;
	return { ...RECORD, fields: call.columns.map((column) => ({ name: column.name, typeOid: column.type.oid, typmod: column.typmod })) };
}

/** JavaScript of a call that gives an iterable, or (scalar) a value; null or nothing when a strict argument is null. */
function callText(pipeline: PipelineBuilder, call: SetCall): string {
	const { expressions } = pipeline;
	const fn = call.function;
	const type = rowTypeOf(call) ?? call.columns[0]!.type;
	const values = call.arguments.map((e) => expressions.named(e));
	const texts = [...(fn.context ? [expressions.functionContext()] : []), ...values.map((v) => v.text)];
	const site = { arguments: call.arguments, type, typmod: call.typmod ?? -1, variadic: call.variadic ?? false };
	const text = `${expressions.functionSlot(fn as ScalarFunction, site)}(${texts.join(', ')})`;
	const nulls = values.filter((v) => v.nullable).map((v) => `${v.text} === null`);
	return fn.strict && nulls.length > 0 ? `(${nulls.join(' || ')} ? null : ${text})` : text;
}

export function produceFunctionScan(pipeline: PipelineBuilder, plan: PlanOf<'function-scan'>, consume: Consume): void {
	const first = plan.functions[0];
	const count = plan.ordinality === null ? null : pipeline.persistent('n', '0');
	if (count !== null) pipeline.emit(`${count} = 0;`);
	const bindOrdinality = (): void => {
		if (count === null) return;
		pipeline.emit(`${count}++;`);
		pipeline.bind(plan.ordinality!.id, pipeline.assigned(count, false));
	};
	if (plan.functions.length === 1 && first!.function.kind === 'set') {
		const rows = iteratorLocal(pipeline);
		const text = callText(pipeline, first!);
		pipeline.emit(`${rows} = (${text} ?? [])[Symbol.iterator]();`);
		pipeline.loop(true, (label) => {
			bindOutputs(pipeline, first!, nextItem(pipeline, rows, label));
			bindOrdinality();
			pipeline.rowStart();
			consume();
		});
		return;
	}
	produceLockstep(pipeline, plan.functions, (items) => {
		plan.functions.forEach((call, i) => {
			bindOutputs(pipeline, call, items[i]!);
		});
		bindOrdinality();
		pipeline.rowStart();
		consume();
	});
}

/** Runs functions side by side until all are at their end; those that end first give null. */
function produceLockstep(
	pipeline: PipelineBuilder,
	calls: readonly SetCall[],
	body: (items: readonly ReturnType<PipelineBuilder['assigned']>[]) => void,
): void {
	const { program } = pipeline;
	const lockstep = program.objectField('u', `new ${program.slot(Lockstep)}(${calls.length})`);
	const rows = pipeline.constant('u', `S.${lockstep}`);
	calls.forEach((call, i) => {
		const text = callText(pipeline, call);
		pipeline.emit(call.function.kind === 'set' ? `${rows}.set(${i}, ${text});` : `${rows}.setOne(${i}, ${text});`);
	});
	pipeline.loop(true, (label) => {
		pipeline.emit(`if (!${rows}.next()) ${pipeline.leave(label)}`);
		body(calls.map((_, i) => pipeline.lazy('w', true, () => `${rows}.values[${i}]`)));
	});
}

/** The columns of one function: the item itself, or its fields. */
function bindOutputs(pipeline: PipelineBuilder, call: SetCall, item: ReturnType<PipelineBuilder['assigned']>): void {
	const isRow = call.columns.length > 1 || call.function.returnOid === RECORD.oid || (call.function.kind === 'set' && call.function.outputs !== undefined);
	call.columns.forEach((column, i) => {
		if (!isRow) pipeline.bind(column.id, item);
		else
			pipeline.bind(
				column.id,
				pipeline.lazy('v', true, () => `(${item.use()} === null ? null : ${item.text}[${i}])`),
			);
	});
}

export function produceExpand(pipeline: PipelineBuilder, plan: PlanOf<'expand'>, consume: Consume): void {
	produce(pipeline, plan.input, () => {
		const calls = plan.items.map((item) => ({ ...item, columns: [item.column], type: item.column.type }));
		produceLockstep(pipeline, calls, (items) => {
			plan.items.forEach((item, i) => {
				pipeline.bind(item.column.id, items[i]!);
			});
			consume();
		});
	});
}
