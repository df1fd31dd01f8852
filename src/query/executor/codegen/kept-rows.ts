/** Collecting a plan's rows into a buffer, and reading a buffer as a source. */

import type { Type } from '../../../value/type.ts';
import type { Column, ColumnId } from '../../algebra/expression.ts';
import type { Plan } from '../../algebra/plan.ts';
import { RowBuffer, RowReader } from '../runtime/row-buffer.ts';
import { canSpill, RowCodec } from '../runtime/spill-codec.ts';
import { SpillSpace } from '../runtime/spill-file.ts';
import { PipelineBuilder } from './pipeline-builder.ts';
import { produce } from './produce.ts';

/** What is kept of each row: values in the columns of a buffer. */
export interface KeptRows {
	readonly pipeline: PipelineBuilder;
	/** Field of the state that holds the buffer. */
	readonly field: string;
	readonly columns: readonly Column[];
	readonly nullable: boolean[];
}

/** The text of a constructor argument: null, or a slot-made spill space for rows of these types. */
export function spillArgument(pipeline: PipelineBuilder, types: readonly Type[]): string {
	if (types.length === 0 || !canSpill(types)) return 'null';
	const { program } = pipeline;
	return `new ${program.slot(SpillSpace)}(this.spill, ${program.slot(new RowCodec(types, program.catalog))})`;
}

/** A field with a buffer for rows of these types. */
export function bufferField(pipeline: PipelineBuilder, types: readonly Type[]): string {
	return pipeline.program.objectField('q', newBuffer(pipeline, types));
}

/** The text that makes a buffer for rows of these types. */
export function newBuffer(pipeline: PipelineBuilder, types: readonly Type[]): string {
	return `new ${pipeline.program.slot(RowBuffer)}(${types.length}, ${spillArgument(pipeline, types)})`;
}

/** A pipeline that keeps the given columns of a plan's rows. Compiled here, run by `openKept`. `whenDone`: text that runs when all are there. */
export function collect(parent: PipelineBuilder, plan: Plan, columns: readonly Column[], whenDone = ''): KeptRows {
	const pipeline = new PipelineBuilder(parent.program, parent);
	const { program } = pipeline;
	pipeline.isLate ||= program.isDependent(plan);
	const field = bufferField(
		pipeline,
		columns.map((c) => c.type),
	);
	const nullable: boolean[] = [];
	pipeline.emitAtOpen(`S.${field}.open(S.memory);`);
	produce(pipeline, plan, () => {
		const buffer = pipeline.constant('q', `S.${field}`);
		columns.forEach((column, i) => {
			const value = pipeline.column(column.id);
			nullable[i] = value.nullable;
			pipeline.emit(`${pipeline.constant('c', `S.${field}.columns[${i}]`)}.push(${value.use()});`);
		});
		pipeline.emit(`${buffer}.added();`);
	});
	pipeline.emitWhenDone(`S.${field}.finish(); ${whenDone}`);
	program.addFunction(pipeline.finish());
	return { pipeline, field, columns, nullable: columns.map((_, i) => nullable[i] ?? true) };
}

/** Has another pipeline done at this point: once per execution when it depends on nothing outside, else each time. */
export function openKept(pipeline: PipelineBuilder, isDependent: boolean, other: PipelineBuilder): void {
	if (isDependent) pipeline.runHere(other);
	else pipeline.dependOnce(other);
}

/** Loops over a buffer. `bound`: ids under which the kept columns are known in the body. */
export function readRows(pipeline: PipelineBuilder, kept: Pick<KeptRows, 'field' | 'nullable'>, bound: readonly ColumnId[], body: (row: string) => void): void {
	const { program } = pipeline;
	const field = program.objectField('r', `new ${program.slot(RowReader)}(${bound.length})`);
	const reader = pipeline.constant('r', `S.${field}`);
	const next = pipeline.persistent('i', '0');
	const columns = bound.map(() => pipeline.persistent('c', 'null'));
	pipeline.emit(`${reader}.open(S.${kept.field}); ${next} = 0;`);
	columns.forEach((column, i) => {
		pipeline.emit(`${column} = ${reader}.columns[${i}];`);
	});
	pipeline.loop(true, (label) => {
		const row = pipeline.temporary('i');
		pipeline.emit(`if (${next} >= ${reader}.count) { if (!${reader}.more()) ${pipeline.leave(label)} ${next} = 0; }`);
		pipeline.emit(`${row} = ${next}++;`);
		const index = pipeline.assigned(row, false);
		bound.forEach((id, i) => {
			pipeline.bind(
				id,
				pipeline.lazy('v', kept.nullable[i]!, () => `${columns[i]}[${index.use()}]`),
			);
		});
		pipeline.rowStart();
		body(row);
	});
}

/** Makes the values of a kept row, whose index is in the local `row`, known under ids. */
export function bindKept(pipeline: PipelineBuilder, kept: Pick<KeptRows, 'field' | 'nullable'>, bound: readonly ColumnId[], row: string): void {
	const index = pipeline.assigned(row, false);
	bound.forEach((id, i) => {
		const column = pipeline.constant('c', `S.${kept.field}.columns[${i}]`);
		pipeline.bind(
			id,
			pipeline.lazy('v', kept.nullable[i]!, () => `${column}[${index.use()}]`),
		);
	});
}
