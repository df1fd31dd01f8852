/**
 * Stars: pipelines that read the dimensions into the star's table, then one that reads the fact, whose row groups go through the
 * table's kernel and whose other rows through generated code, and a loop over the groups. A program that spills does the fallback.
 */
import type { AggregateCall, ColumnId, Expression } from '../../algebra/expression.ts';
import { INTEGER_OPERATORS } from '../../optimizer/plan-stars.ts';
import type { KernelExpression } from '../runtime/star-kernel.ts';
import { type StarAggregate, type StarPart, type StarResultKind, type StarShape, StarTable } from '../runtime/star-table.ts';
import { columnAccessOf, produceColumnScan } from './column-sources.ts';
import { openKept } from './kept-rows.ts';
import { keyText } from './keys.ts';
import { PipelineBuilder } from './pipeline-builder.ts';
import { type Consume, type PlanOf, produce } from './produce.ts';

type Star = PlanOf<'star-aggregate'>;

/** How the parts of groups stand to the columns that are grouped by. */
interface Layout {
	readonly shape: StarShape;
	/** By group column: its part, and its place among the part's columns. */
	readonly places: readonly { readonly part: number; readonly column: number }[];
	/** By dimension: the group columns that it has. */
	readonly dimensionGroups: readonly (readonly number[])[];
	/** Parameters of aggregates, by the place that kernels know them by. */
	readonly parameters: readonly Expression[];
}

export function produceStar(pipeline: PipelineBuilder, plan: Star, consume: Consume): void {
	const { program } = pipeline;
	if (pipeline.isLate) {
		produce(pipeline, plan.fallback, consume);
		return;
	}
	const layout = layoutOf(pipeline, plan);
	const make = program.slot(() => new StarTable(layout.shape));
	const field = program.objectField('g', `${make}()`);
	const input = new PipelineBuilder(program, pipeline);
	plan.dimensions.forEach((_, d) => {
		readDimension(input, plan, layout, d, field);
	});
	input.emitAtOpen(`S.${field}.setParameters([${layout.parameters.map((p) => input.expressions.value(p).text).join(', ')}]);`);
	produceColumnScan(input, plan.fact, () => emitSlowRow(input, plan, layout, field), { kernel: `S.${field}` });
	input.emitWhenDone(`S.${field}.finish();`);
	program.addFunction(input.finish());
	pipeline.emitAtOpen(`S.${field}.open(S.memory, S.spill, S.context);`);
	openKept(pipeline, false, input);
	readGroups(pipeline, plan, layout, field, consume);
}

/** A pipeline of its own that gives the star the rows of a dimension, run before the fact is read. */
function readDimension(input: PipelineBuilder, plan: Star, layout: Layout, d: number, field: string): void {
	const { program } = input;
	const dimension = plan.dimensions[d]!;
	const reader = new PipelineBuilder(program, input);
	produce(reader, dimension.plan, () => {
		const key = reader.use(dimension.match);
		const groups = layout.dimensionGroups[d]!.map((g) => plan.groups[g]!);
		const values = groups.map((g) => reader.expressions.named(g.expression));
		const groupKey = keyText(
			reader,
			values,
			groups.map((g) => g.equality),
		);
		reader.emit(`${reader.constant('g', `S.${field}`)}.addRow(${[d, key, groupKey, ...values.map((v) => v.text)].join(', ')});`);
	});
	program.addFunction(reader.finish());
	input.dependOnce(reader);
}

/** A row of the fact that no kernel took. */
function emitSlowRow(input: PipelineBuilder, plan: Star, layout: Layout, field: string): void {
	const star = input.constant('g', `S.${field}`);
	const codes = plan.dimensions.map(({ key }, d) => {
		const code = input.temporary('i');
		input.emit(`${code} = ${star}.find(${d}, ${input.use(key)}); if (${code} < 0) ${input.skip()}`);
		return code;
	});
	const parts = layout.shape.parts.map((part) => (part.kind === 'dimension' ? codes[part.dimension]! : input.use(plan.fact.scan[part.column]!.column.id)));
	const group = input.temporary('g');
	input.emit(`${group} = ${star}.slowGroup([${parts.join(', ')}]);`);
	plan.aggregates.forEach(({ arguments: args }, a) => {
		if (args.length === 0) return;
		const value = input.expressions.named(args[0]!);
		input.emit(`${value.nullable ? `if (${value.text} !== null) ` : ''}${star}.addValue(${group}, ${a}, ${value.text});`);
	});
}

function readGroups(pipeline: PipelineBuilder, plan: Star, layout: Layout, field: string, consume: Consume): void {
	const next = pipeline.persistent('n', '0');
	const star = pipeline.constant('g', `S.${field}`);
	pipeline.emit(`${next} = 0; ${star}.rewind();`);
	pipeline.loop(true, (label) => {
		const group = pipeline.temporary('i');
		pipeline.emit(`if (${next} >= ${star}.count) { if (!${star}.nextBatch()) ${pipeline.leave(label)} ${next} = 0; }`);
		pipeline.emit(`${group} = ${next}++;`);
		const index = pipeline.assigned(group, false);
		plan.groups.forEach(({ column }, g) => {
			const { part, column: at } = layout.places[g]!;
			const values = pipeline.constant('c', `S.${field}.partValues[${part}][${at}]`);
			pipeline.bind(
				column.id,
				pipeline.lazy('v', true, () => `${values}[${index.use()}]`),
			);
		});
		plan.aggregates.forEach(({ column }, a) => {
			const values = pipeline.constant('c', `S.${field}.results[${a}]`);
			pipeline.bind(
				column.id,
				pipeline.lazy('v', true, () => `${values}[${index.use()}]`),
			);
		});
		pipeline.rowStart();
		consume();
	});
}

function layoutOf(pipeline: PipelineBuilder, plan: Star): Layout {
	const access = columnAccessOf(pipeline, plan.fact);
	const placeOf = (id: ColumnId): number => plan.fact.scan.findIndex(({ column }) => column.id === id);
	const parts: StarPart[] = [];
	const places: { part: number; column: number }[] = [];
	const dimensionGroups = plan.dimensions.map(({ plan: dimension }) => {
		const ids = new Set(dimension.columns.map((column) => column.id));
		return plan.groups.flatMap(({ expression }, g) => (expression.kind === 'column' && ids.has(expression.id) ? [g] : []));
	});
	dimensionGroups.forEach((groups, d) => {
		if (groups.length === 0) return;
		groups.forEach((g, column) => {
			places[g] = { part: parts.length, column };
		});
		parts.push({ kind: 'dimension', dimension: d, columnCount: groups.length });
	});
	plan.groups.forEach(({ expression }, g) => {
		if (places[g] !== undefined || expression.kind !== 'column') return;
		const column = placeOf(expression.id);
		places[g] = { part: parts.length, column: 0 };
		parts.push({ kind: 'fact', column, reader: access.column(plan.fact.scan[column]!.number) });
	});
	const columns: number[] = [];
	const parameters: Expression[] = [];
	const aggregates = plan.aggregates.map((call) => starAggregate(call, new KernelColumns(placeOf, columns, parameters)));
	return { shape: { keys: plan.dimensions.map(({ key }) => placeOf(key)), parts, aggregates, columns }, places, dimensionGroups, parameters };
}

/** The columns and parameters that kernels of a star read, as they are met. */
class KernelColumns {
	readonly #placeOf: (id: ColumnId) => number;
	readonly #columns: number[];
	readonly #parameters: Expression[];

	constructor(placeOf: (id: ColumnId) => number, columns: number[], parameters: Expression[]) {
		this.#placeOf = placeOf;
		this.#columns = columns;
		this.#parameters = parameters;
	}

	placeOf(id: ColumnId): number {
		return this.#placeOf(id);
	}

	expression(e: Expression): KernelExpression {
		if (e.kind === 'column') {
			const column = this.#placeOf(e.id);
			if (!this.#columns.includes(column)) this.#columns.push(column);
			return { kind: 'column', place: this.#columns.indexOf(column) };
		}
		if (e.kind === 'constant') return { kind: 'constant', value: e.value as number };
		if (e.kind === 'parameter') {
			const known = this.#parameters.findIndex((p) => p.kind === 'parameter' && p.index === e.index);
			if (known >= 0) return { kind: 'parameter', place: known };
			return { kind: 'parameter', place: this.#parameters.push(e) - 1 };
		}
		const call = e as Extract<Expression, { kind: 'call' }>;
		return {
			kind: INTEGER_OPERATORS[call.function.name]!,
			left: this.expression(call.arguments[0]!),
			right: this.expression(call.arguments[1]!),
			isWide: call.type.name === 'int8',
		};
	}
}

const RESULTS: Readonly<Record<string, StarResultKind>> = { count: 'count', avg: 'average', min: 'least', max: 'most' };

function starAggregate(call: AggregateCall, columns: KernelColumns): StarAggregate {
	const { name } = call.function;
	const argument = call.arguments[0] ?? null;
	const result = name === 'sum' ? (call.column.type.name === 'int8' ? 'sum' : 'numeric-sum') : RESULTS[name]!;
	if (name === 'count' && !call.distinct) {
		const counted = argument?.kind === 'column' ? columns.placeOf(argument.id) : -1;
		return { result, kernel: { kind: 'none', argument: null }, counted };
	}
	if (call.distinct) return { result: 'distinct', kernel: { kind: 'distinct', argument: columns.expression(argument!) }, counted: -1 };
	const kind = name === 'min' ? 'least' : name === 'max' ? 'most' : 'add';
	return { result, kernel: { kind, argument: columns.expression(argument!) }, counted: -1 };
}
