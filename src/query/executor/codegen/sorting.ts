/** Sorts: rows are kept with the values of their sort keys, in columns; the comparison is generated over those. */

import type { SortKey } from '../../algebra/expression.ts';
import { limitCount } from '../runtime/limit-count.ts';
import { Sorter } from '../runtime/sorter.ts';
import { produceColumnScan } from './column-sources.ts';
import { bindKept, openKept, spillArgument } from './kept-rows.ts';
import { PipelineBuilder } from './pipeline-builder.ts';
import { type Consume, type PlanOf, produce } from './produce.ts';
import { isNullable } from './table-sources.ts';

export function produceSort(pipeline: PipelineBuilder, plan: PlanOf<'sort'>, consume: Consume): void {
	const { program } = pipeline;
	const input = new PipelineBuilder(program, pipeline);
	input.isLate ||= program.isDependent(plan);
	const columns = pipeline.neededOf(plan.columns);
	// A key that is a kept column is not stored twice.
	const keyAt: number[] = [];
	const extra: SortKey[] = [];
	for (const key of plan.keys) {
		const id = key.expression.kind === 'column' ? key.expression.id : -1;
		const at = columns.findIndex((c) => c.id === id);
		keyAt.push(at >= 0 ? at : columns.length + extra.length);
		if (at < 0) extra.push(key);
	}
	const types = [...columns.map((c) => c.type), ...extra.map((k) => k.expression.type)];
	const field = program.objectField('q', `new ${program.slot(Sorter)}(${types.length}, ${spillArgument(pipeline, types)})`);
	const compare = program.name('z');
	const limit = plan.limit ? `${program.slot(limitCount)}(${input.expressions.ready(plan.limit).text}, false)` : 'Infinity';
	input.emit(`S.${field}.openSorted(S.memory, ${limit}, ${compare}(S));`);
	const nullable: boolean[] = types.map(() => true);
	const read = (consume: Consume): void => {
		const bound = boundOf(plan, keyAt[0]!, columns.length);
		if (bound === null || program.instrument || plan.input.kind !== 'column-scan') produce(input, plan.input, consume);
		else produceColumnScan(input, plan.input, consume, { bound: `${bound.column}, ${bound.descending}, () => S.${field}.bound(${keyAt[0]})` });
	};
	read(() => {
		const values = [
			...columns.map((c) => ({ text: input.use(c.id), nullable: input.column(c.id).nullable })),
			...extra.map((k) => input.expressions.ready(k.expression)),
		];
		const count = input.constant('q', `S.${field}`);
		values.forEach((value, i) => {
			nullable[i] = value.nullable;
			input.emit(`${input.constant('c', `S.${field}.columns[${i}]`)}[${count}.count] = ${value.text};`);
		});
		input.emit(`${count}.added();`);
	});
	input.emitWhenDone(`S.${field}.finish();`);
	program.addFunction(input.finish());
	program.addFunction(
		comparatorText(
			pipeline,
			compare,
			field,
			plan.keys.map((key, i) => ({ key, column: keyAt[i]!, nullable: nullable[keyAt[i]!]! })),
		),
	);
	openKept(pipeline, program.isDependent(plan), input);
	readSorted(
		pipeline,
		field,
		nullable,
		columns.map((c) => c.id),
		consume,
	);
}

const BOUNDED_TYPES: ReadonlySet<string> = new Set(['int2', 'int4']);

/** The column of a scan by which its rows are sorted first, when only some are wanted: worse ones need not be read. `at`: where the sorter keeps it. */
function boundOf(plan: PlanOf<'sort'>, at: number, kept: number): { column: number; descending: boolean } | null {
	const key = plan.keys[0];
	const scan = plan.input;
	if (!plan.limit || key === undefined || scan.kind !== 'column-scan' || key.expression.kind !== 'column' || at >= kept) return null;
	const { id } = key.expression;
	const column = scan.scan.findIndex((s) => s.column.id === id);
	if (column < 0 || !BOUNDED_TYPES.has(key.expression.type.name) || isNullable(scan.table, scan.scan[column]!.number)) return null;
	return { column, descending: key.descending };
}

/** Loops over a `Sorter` in order. */
export function readSorted(
	pipeline: PipelineBuilder,
	field: string,
	nullable: readonly boolean[],
	bound: readonly number[],
	body: (row: string) => void,
): void {
	const sorter = pipeline.constant('q', `S.${field}`);
	pipeline.emit(`${sorter}.rewind();`);
	pipeline.loop(true, (label) => {
		const row = pipeline.temporary('i');
		pipeline.emit(`${row} = ${sorter}.next();`);
		pipeline.emit(`if (${row} < 0) ${pipeline.leave(label)}`);
		bindKept(pipeline, { field, nullable: [...nullable] }, bound, row);
		pipeline.rowStart();
		body(row);
	});
}

interface ComparedKey {
	readonly key: SortKey;
	/** Index of the buffer's column that holds the key's values. */
	readonly column: number;
	readonly nullable: boolean;
}

/** A function that makes the comparison of two rows of a buffer, by index. */
export function comparatorText(pipeline: PipelineBuilder, name: string, field: string, keys: readonly ComparedKey[]): string {
	const { program } = pipeline;
	const lines = [`function ${name}(S) {`];
	keys.forEach(({ column }, i) => {
		lines.push(`  const c${i} = S.${field}.columns[${column}];`);
	});
	lines.push('  return (i, j) => {', '    let a, b, d;');
	keys.forEach(({ key, nullable }, i) => {
		const [less, more] = key.descending ? ['1', '-1'] : ['-1', '1'];
		lines.push(`    a = c${i}[i]; b = c${i}[j];`, '    if (a !== b) {');
		if (nullable) lines.push(`      if (a === null) return ${key.nullsFirst ? -1 : 1};`, `      if (b === null) return ${key.nullsFirst ? 1 : -1};`);
		if (key.ordering.primitive) lines.push(`      if (a < b) return ${less};`, `      if (a > b) return ${more};`);
		else lines.push(`      d = ${program.slot(key.ordering.compare.bind(key.ordering))}(a, b);`, `      if (d !== 0) return ${key.descending ? '-d' : 'd'};`);
		lines.push('    }');
	});
	lines.push('    return 0;', '  };', '}');
	return lines.join('\n');
}
