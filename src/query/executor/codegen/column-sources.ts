/**
 * Rows from columns: a loop over the rows of batches that a `ColumnScan` fills. Predicates that were pushed into the scan become
 * functions of one value, which the scan asks as seldom as it can.
 */
import type { ColumnAccess } from '../../../model/table/contracts.ts';
import type { Expression } from '../../algebra/expression.ts';
import type { ScanColumn } from '../../algebra/plan.ts';
import { columnsRead } from '../../algebra/traverse.ts';
import { ColumnScan, type Comparison, type ScanPredicate } from '../runtime/column-scan.ts';
import { PipelineBuilder } from './pipeline-builder.ts';
import type { Consume, PlanOf } from './produce.ts';
import type { ScanLookup } from './scan-lookup.ts';
import { accessOf, isNullable } from './table-sources.ts';

/** So many rows, as a power of two, of a batch that is taken as a whole cost what one row does. */
const BATCHED_ROWS_SHIFT = 3;

export function columnAccessOf(pipeline: PipelineBuilder, plan: PlanOf<'column-scan'>): ColumnAccess {
	return accessOf(pipeline, plan.table).columnAccess(plan.index);
}

interface ScanOptions {
	/** Text of what is offered every row group first. */
	readonly kernel?: string;
	/** Texts of the arguments of `boundBy`. */
	readonly bound?: string;
}

/** Makes a scan and opens it; returns its name, and which of its columns it gives. */
function openScan(pipeline: PipelineBuilder, plan: PlanOf<'column-scan'>, lookups: readonly ScanLookup[]): { scan: string; wanted: readonly boolean[] } {
	const { program } = pipeline;
	const access = columnAccessOf(pipeline, plan);
	const shown = new Set(plan.columns.map((column) => column.id));
	const wanted = plan.scan.map(({ column }) => shown.has(column.id));
	const attributes = plan.scan.map(({ number }) => number);
	const predicates = plan.predicates.map((predicate) => scanPredicate(plan.scan, predicate));
	const probed = lookups.map(({ columns, carried }) => ({ columns, carried }));
	const make = program.slot(() => new ColumnScan(access, attributes, wanted, predicates, probed));
	const scan = pipeline.constant('y', `S.${program.objectField('y', `${make}()`)}`);
	emitOpen(pipeline, plan, predicates, scan);
	lookups.forEach(({ table, map, keepsMisses, carried }, i) => {
		if (carried === null) pipeline.emit(`${scan}.probes[${i}].open(${map}, ${keepsMisses});`);
		else pipeline.emit(`${scan}.probes[${i}].openTable(${table}, ${keepsMisses}, ${lookups.length - 1}, S.memory, S.spill);`);
	});
	return { scan, wanted };
}

/** The batches of a scan, which `consume` is given the name of. */
export function produceColumnBatches(pipeline: PipelineBuilder, plan: PlanOf<'column-scan'>, consume: (scan: string) => void): void {
	const { scan } = openScan(pipeline, plan, []);
	pipeline.loop(true, (label) => {
		pipeline.emit(`if (!${scan}.nextBatch()) ${pipeline.leave(label)}`);
		pipeline.emit(`b -= ${scan}.cost + (${scan}.count >> ${BATCHED_ROWS_SHIFT});`);
		consume(scan);
	});
}

export function produceColumnScan(pipeline: PipelineBuilder, plan: PlanOf<'column-scan'>, consume: Consume, options: ScanOptions = {}): void {
	const lookups = pipeline.scanProbes.get(plan) ?? [];
	const { scan, wanted } = openScan(pipeline, plan, lookups);
	if (options.kernel !== undefined) pipeline.emit(`${scan}.kernel = ${options.kernel};`);
	if (options.bound !== undefined) pipeline.emit(`${scan}.boundBy(${options.bound});`);
	const next = pipeline.persistent('n', '0');
	pipeline.emit(`${next} = 0;`);
	const vectors = plan.scan.map((_, i) => (wanted[i] ? pipeline.constant('c', `${scan}.vectors[${i}]`) : ''));
	const found = lookups.map((_, i) => pipeline.constant('c', `${scan}.probes[${i}].vector`));
	pipeline.loop(true, (label) => {
		const row = pipeline.temporary('i');
		pipeline.emit(`if (${next} >= ${scan}.count) {`);
		pipeline.emit(`if (!${scan}.nextBatch()) ${pipeline.leave(label)}`);
		pipeline.emit(`${next} = 0; b -= ${scan}.cost; continue ${label}; }`);
		pipeline.emit(`${row} = ${next}++;`);
		lookups.forEach((lookup, i) => {
			pipeline.emit(`${lookup.found} = ${found[i]}[${row}];`);
		});
		const index = pipeline.assigned(row, false);
		plan.scan.forEach(({ column, number }, i) => {
			if (!wanted[i]) return;
			pipeline.bind(
				column.id,
				pipeline.lazy('v', isNullable(plan.table, number), () => `${vectors[i]}[${index.use()}]`),
			);
		});
		pipeline.rowStart();
		consume();
	});
}

/** Opens the scan with the functions of its predicates and the values of its comparisons. */
function emitOpen(pipeline: PipelineBuilder, plan: PlanOf<'column-scan'>, predicates: readonly ScanPredicate[], scan: string): void {
	const tests = plan.predicates.map((predicate, i) => predicateFunction(pipeline, plan, predicate, plan.scan[predicates[i]!.column]!));
	const bounds = plan.predicates.map((predicate, i) => (predicates[i]!.comparison === null ? 'null' : pipeline.expressions.named(otherSide(predicate)).text));
	const transaction = pipeline.constant('x', 'S.transaction');
	pipeline.emit(`${scan}.open(${transaction}, [${tests.join(', ')}], [${bounds.join(', ')}]);`);
}

/** Text of a function of one value: whether the predicate lets it through. */
export function predicateFunction(pipeline: PipelineBuilder, plan: PlanOf<'column-scan'>, predicate: Expression, { column, number }: ScanColumn): string {
	const { program } = pipeline;
	const test = new PipelineBuilder(program, pipeline);
	const input = program.field(program.name('z'), 'null', {});
	const output = program.field(program.name('z'), 'false', {});
	test.bind(column.id, test.fixed(test.constant('v', `S.${input}`), isNullable(plan.table, number)));
	test.emit(`S.${output} = ${test.expressions.condition(predicate)};`);
	program.addFunction(test.finish());
	return `(v) => { S.${input} = v; ${test.name}(S, 0); return S.${output}; }`;
}

const INTEGER_TYPES: ReadonlySet<string> = new Set(['int2', 'int4', 'int8', 'date']);
const SWAPPED: Readonly<Record<Comparison, Comparison>> = { '=': '=', '<>': '<>', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

export function scanPredicate(scan: readonly ScanColumn[], predicate: Expression): ScanPredicate {
	const [id] = columnsRead(predicate);
	const column = scan.findIndex((s) => s.column.id === id);
	return { column, comparison: comparisonOf(predicate) };
}

/** The comparison of an integer column with a value that reads none; the column on the left. */
function comparisonOf(predicate: Expression): Comparison | null {
	if (predicate.kind !== 'call' || predicate.function.comparison === undefined) return null;
	const { operator } = predicate.function.comparison;
	const [left, right] = predicate.arguments as readonly [Expression, Expression];
	if (!INTEGER_TYPES.has(left.type.name) || !INTEGER_TYPES.has(right.type.name)) return null;
	// NULL is no value of a comparison here: IS NOT DISTINCT FROM is no call.
	if (left.kind === 'column' && columnsRead(right).size === 0) return operator;
	if (right.kind === 'column' && columnsRead(left).size === 0) return SWAPPED[operator];
	return null;
}

function otherSide(predicate: Expression): Expression {
	const [left, right] = (predicate as Extract<Expression, { kind: 'call' }>).arguments as readonly [Expression, Expression];
	return left.kind === 'column' ? right : left;
}
