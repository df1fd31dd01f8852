/**
 * Edges of a graph that its adjacency answers for when it can: the neighbours of a vertex are read from arrays, parts of their rows from columns of values.
 * Which way is gone is decided at each opening; both give the same rows in the same order, so everything behind them is written once.
 */
import { EDGE_HEAD, EDGE_ID, EDGE_TAIL, EDGE_TYPE } from '../../../model/graph/contracts.ts';
import type { TableAccess } from '../../../model/table/contracts.ts';
import { invariant } from '../../../platform/errors.ts';
import { AdjacencyReader, type AdjacencySource } from '../../../storage/adjacency/adjacency-reader.ts';
import { EdgeScan } from '../../../storage/adjacency/edge-scan.ts';
import { SliceMeeting } from '../../../storage/adjacency/slice-meeting.ts';
import { SliceSequence } from '../../../storage/adjacency/slice-sequence.ts';
import type { TableObject } from '../../../transaction/catalog-objects.ts';
import type { AdjacencyUse, AdjacentMeeting, Plan, ScanColumn } from '../../algebra/plan.ts';
import { makeSlot, ScanKey } from '../runtime/scan-key.ts';
import type { PipelineBuilder } from './pipeline-builder.ts';
import type { Consume, PlanOf } from './produce.ts';
import { AccessPath, accessOf, cursorField, emitBounds, emitBoundsList, newBounds, openCursor } from './table-sources.ts';
import { partReader, ValueColumns } from './value-columns.ts';
import { produceVertex, produceVertices } from './vertex-sources.ts';

export function produceAdjacent(path: AccessPath, use: AdjacencyUse, consume: Consume): void {
	if (use.kind === 'vertices') {
		produceVertices(path.pipeline, path.plan, path, use, consume);
		return;
	}
	if (use.kind === 'vertex') produceVertex(path, use, consume);
	else if (use.kind === 'several') produceSeveral(path, use, consume);
	else produceEdges(path, use, consume);
	path.pipeline.program.expectAdjacency(sourceOf(path.pipeline, path.plan.table), use.expectedRows);
}

export function sourceOf({ program }: PipelineBuilder, table: TableObject): AdjacencySource {
	const source = program.tables?.adjacencyOf?.(program.catalog, table) ?? null;
	invariant(source !== null, `table ${table.name} belongs to a graph with an adjacency`);
	return source;
}

/** The reader of one operator: it looks anew at every entry what may be read. */
export function readerOf(pipeline: PipelineBuilder, source: AdjacencySource): string {
	const { program } = pipeline;
	const field = program.field(program.name('y'), `new ${program.slot(AdjacencyReader)}(${program.slot(source)})`);
	return pipeline.constant('y', `S.${field}.at(S.transaction)`);
}

/** Bound values in locals; none of them is null behind this. */
export function boundValues(path: AccessPath, whenNull: () => void, otherwise: (values: readonly string[]) => void): void {
	const { pipeline, plan } = path;
	const operands = plan.bounds[0]!.equal.map((e) => pipeline.expressions.named(e));
	const locals = operands.map((operand) => {
		const local = pipeline.persistent('v', 'null');
		pipeline.emit(`${local} = ${operand.text};`);
		return local;
	});
	const nulls = locals.filter((_, i) => operands[i]!.nullable).map((local) => `${local} === null`);
	if (nulls.length === 0) otherwise(locals);
	else pipeline.conditional(nulls.join(' || '), whenNull, () => otherwise(locals));
}

/** Names of the locals of a loop over neighbours. */
interface Neighbours {
	/** 1: the adjacency serves; 0: the cursor; 2: a bound value is null. */
	readonly served: string;
	readonly at: string;
	readonly end: string;
	readonly numbers: string;
	readonly edges: string;
	readonly firstIds: string;
}

function produceEdges(path: AccessPath, use: AdjacencyUse, consume: Consume): void {
	const { pipeline, plan, access } = path;
	const { kind } = use;
	const source = sourceOf(pipeline, plan.table);
	const reader = readerOf(pipeline, source);
	const names = neighbourNames(pipeline);
	const needed = plan.scan.filter((s) => s.part === undefined || pipeline.program.isNeeded(s.column.id));
	const values = new ValueColumns(pipeline, source, access, 'edges', needed, { reader, expectedValues: use.expectedValues ?? 0 });
	const cursor = cursorField(pipeline);
	const meeting =
		use.meets === undefined ? null : pipeline.constant('y', `S.${pipeline.program.objectField('y', `new ${pipeline.program.slot(SliceMeeting)}()`)}`);
	const next = meeting === null ? `++${names.at}` : `(${names.at} = ${meeting}.next(${names.numbers}, ${names.at} + 1, ${names.end}))`;
	let bound: readonly string[] = [];
	boundValues(
		path,
		() => pipeline.emit(`${names.served} = 2;`),
		(texts) => {
			bound = texts;
			const call = kind === 'pair' ? `openPair(${texts.join(', ')})` : `open(${texts.join(', ')}, ${kind === 'outgoing'})`;
			pipeline.emit(`${names.served} = ${[...values.conditions(), `${reader}.${call}`].join(' && ')} ? 1 : 0;`);
			pipeline.conditional(
				`${names.served} === 1`,
				() => {
					pipeline.emit(`${names.at} = ${reader}.start - 1; ${names.end} = ${reader}.end;`);
					pipeline.emit(`${names.numbers} = ${reader}.neighbours; ${names.edges} = ${reader}.edges; ${names.firstIds} = ${reader}.firstIds;`);
					values.emitCatch();
					if (meeting !== null) emitMeeting(pipeline, meeting, reader, use.meets!);
				},
				() => {
					const range = pipeline.constant('y', `S.${newBounds(pipeline)}`);
					emitBounds(path, plan.bounds[0]!, range);
					openCursor(pipeline, cursor, path.index.keyspace, `${range}.lower`, `${range}.upper`, false);
				},
			);
		},
	);
	pipeline.loop(true, (label) => {
		pipeline.emit(`if (${names.served} === 1 ? ${next} >= ${names.end} : ${names.served} === 2 || !${cursor}.next()) ${pipeline.leave(label)}`);
		const stored = path.isPrimary ? inRow(path, cursor) : emitIncoming(path, cursor, names);
		if (!values.isEmpty) pipeline.conditional(`${names.served} === 0`, () => values.emitMissed());
		bindEdge(path, kind === 'incoming' ? [EDGE_HEAD, EDGE_TYPE] : [EDGE_TAIL, EDGE_TYPE, EDGE_HEAD], bound, { names, values, needed, stored });
		pipeline.rowStart();
		consume();
	});
}

/** Opens the slices that the neighbours must be met in. */
function emitMeeting(pipeline: PipelineBuilder, meeting: string, reader: string, meets: readonly AdjacentMeeting[]): void {
	pipeline.emit(`${meeting}.begin();`);
	for (const { vertex, type, isOutgoing } of meets)
		pipeline.emit(`${meeting}.add(${reader}, ${pipeline.expressions.named(vertex).text}, ${pipeline.program.slot(type)}, ${isOutgoing});`);
}

/** An edge between two vertices, of which nothing is read. */
export function isPairOfEdges(plan: Plan): plan is PlanOf<'access'> {
	return plan.kind === 'access' && plan.adjacency?.kind === 'pair';
}

/** A semi- or anti-join with such edges, in line: whether there is one. */
export function emitPairTest(pipeline: PipelineBuilder, { type }: PlanOf<'apply'>, right: PlanOf<'access'>, consume: Consume): void {
	const path = new AccessPath(pipeline, right);
	const source = sourceOf(pipeline, right.table);
	const reader = readerOf(pipeline, source);
	pipeline.program.expectAdjacency(source, right.adjacency!.expectedRows);
	/** 1: there is one; 2: the table must be asked. */
	const matched = pipeline.temporary('m');
	const cursor = cursorField(pipeline);
	boundValues(
		path,
		() => pipeline.emit(`${matched} = 0;`),
		(values) => {
			pipeline.emit(`${matched} = ${pipeline.program.isAnew} || !${reader}.openPair(${values.join(', ')}) ? 2 : ${reader}.start < ${reader}.end ? 1 : 0;`);
			pipeline.conditional(`${matched} === 2`, () => {
				const range = pipeline.constant('y', `S.${newBounds(pipeline)}`);
				emitBounds(path, right.bounds[0]!, range);
				openCursor(pipeline, cursor, path.index.keyspace, `${range}.lower`, `${range}.upper`, false);
				pipeline.emit(`${matched} = ${cursor}.next() ? 1 : 0;`);
			});
		},
	);
	pipeline.emit(`if (${matched} ${type === 'semi' ? '===' : '!=='} 0) ${pipeline.skip()}`);
	consume();
}

function neighbourNames(pipeline: PipelineBuilder): Neighbours {
	return {
		served: pipeline.persistent('n', '0'),
		at: pipeline.persistent('n', '0'),
		end: pipeline.persistent('n', '0'),
		numbers: pipeline.persistent('a', 'null'),
		edges: pipeline.persistent('a', 'null'),
		firstIds: pipeline.persistent('a', 'null'),
	};
}

type Stored = (column: ScanColumn) => string;

/** Texts of columns in the row of the cursor. */
function inRow({ pipeline, access }: Pick<AccessPath, 'pipeline' | 'access'>, cursor: string): Stored {
	return storedAt(pipeline, access, `${cursor}.valueBuffer, ${cursor}.valueStart, ${cursor}.valueEnd`);
}

function storedAt({ program }: PipelineBuilder, access: TableAccess, place: string): Stored {
	return (column) => `${program.slot(column.part === undefined ? access.getter(column.number) : partReader(access, column as Required<ScanColumn>))}(${place})`;
}

/** Texts of columns in the entry of the index, or in its row, which is looked up then. */
function emitIncoming(path: AccessPath, cursor: string, { served }: Neighbours): Stored {
	const { pipeline, plan, access, index } = path;
	const { program } = pipeline;
	const entry = ['keyBuffer', 'keyStart', 'keyEnd', 'valueBuffer', 'valueStart', 'valueEnd'].map((field) => `${cursor}.${field}`).join(', ');
	if (plan.scan.every((s) => s.part === undefined)) return ({ number }) => `${program.slot(index.entryGetter(number))}(${entry})`;
	const key = pipeline.constant('y', `S.${program.field(program.name('y'), `new ${program.slot(ScanKey)}()`)}`);
	const slot = pipeline.constant('y', `S.${program.field(program.name('y'), `${program.slot(makeSlot)}()`)}`);
	pipeline.conditional(`${served} === 0`, () => {
		pipeline.emit(`${key}.length = 0; ${program.slot(index.rowKey.bind(index))}(${entry}, ${key});`);
		pipeline.emit(`if (!${transactionOf(pipeline)}.get(${program.slot(access.rows)}, ${key}.bytes, ${key}.length, ${slot})) ${pipeline.skip()}`);
	});
	return storedAt(pipeline, access, `${slot}.buffer, ${slot}.start, ${slot}.end`);
}

interface EdgeTexts {
	readonly names: Neighbours;
	readonly values: ValueColumns;
	readonly needed: readonly ScanColumn[];
	readonly stored: Stored;
}

/** Binds the columns of an edge. `attributes` are those that `bound` has the values of, in order. */
function bindEdge(
	{ pipeline }: Pick<AccessPath, 'pipeline'>,
	attributes: readonly number[],
	bound: readonly string[],
	{ names, values, needed, stored }: EdgeTexts,
): void {
	const { served, at, numbers, edges, firstIds } = names;
	const row = values.isEmpty ? null : pipeline.lazy('n', false, () => `${served} === 1 ? ${values.any}.rows.numberOf(${edges}[${at}]) : -1`);
	for (const one of needed) {
		const { column, number, part } = one;
		const place = part === undefined ? attributes.indexOf(number) : -1;
		if (place >= 0 && place < bound.length) {
			pipeline.bind(column.id, pipeline.fixed(bound[place]!, false));
			continue;
		}
		const adjacent = (): string => {
			if (part !== undefined) return values.cell(column.id, row!.use());
			return number === EDGE_ID ? `${edges}[${at}]` : `${firstIds}[${numbers}[${at}] >> 8] + (${numbers}[${at}] & 255)`;
		};
		const value = pipeline.lazy('v', part !== undefined, () => {
			const text = adjacent();
			return `${served} === 1 ? ${text} : ${stored(one)}`;
		});
		// The same numbering while the pages are the same: a longer list of them only looks different.
		if (part === undefined && number !== EDGE_ID)
			value.numbered = { condition: (ids) => `${served} === 1 && ${firstIds} === ${ids}`, number: `${numbers}[${at}]` };
		pipeline.bind(column.id, value);
	}
}

/** All edges of a type, in the order of the table; rows of other types come too where the table itself is read. */
export function produceEdgeScan(pipeline: PipelineBuilder, plan: PlanOf<'scan'>, use: AdjacencyUse, consume: Consume): void {
	const { program } = pipeline;
	const access = accessOf(pipeline, plan.table);
	const source = sourceOf(pipeline, plan.table);
	const reader = readerOf(pipeline, source);
	const names = neighbourNames(pipeline);
	const needed = plan.scan.filter((s) => s.part === undefined || program.isNeeded(s.column.id));
	const values = new ValueColumns(pipeline, source, access, 'edges', needed, { reader, expectedValues: use.expectedValues ?? 0 });
	program.expectAdjacency(source, use.expectedRows);
	const cursor = cursorField(pipeline);
	const scan = pipeline.constant('y', `S.${program.objectField('y', `new ${program.slot(EdgeScan)}()`)}`);
	const type = program.slot(use.type);
	const tail = pipeline.persistent('n', '0');
	pipeline.emit(`${names.served} = ${[...values.conditions(), `${scan}.open(${reader}, ${type})`].join(' && ')} ? 1 : 0;`);
	pipeline.conditional(
		`${names.served} === 1`,
		() => {
			pipeline.emit(`${names.at} = -1; ${names.end} = 0; ${names.firstIds} = ${reader}.firstIds;`);
			values.emitCatch();
		},
		() => openCursor(pipeline, cursor, access.rows, 'null', 'null', false),
	);
	pipeline.loop(true, (label) => {
		pipeline.emit(`if (${names.served} === 1) { if (++${names.at} >= ${names.end}) { if (!${scan}.next()) ${pipeline.leave(label)}`);
		pipeline.emit(
			`${names.at} = ${scan}.start; ${names.end} = ${scan}.end; ${tail} = ${scan}.tail; ${names.numbers} = ${scan}.neighbours; ${names.edges} = ${scan}.edges; } }`,
		);
		pipeline.emit(`else if (!${cursor}.next()) ${pipeline.leave(label)}`);
		const stored = inRow({ pipeline, access }, cursor);
		const ends = needed.filter((s) => s.part === undefined && (s.number === EDGE_TAIL || s.number === EDGE_TYPE));
		for (const one of ends) {
			const adjacent = one.number === EDGE_TAIL ? tail : type;
			pipeline.bind(
				one.column.id,
				pipeline.lazy('v', false, () => `${names.served} === 1 ? ${adjacent} : ${stored(one)}`),
			);
		}
		bindEdge({ pipeline }, [], [], { names, values, needed: needed.filter((s) => !ends.includes(s)), stored });
		pipeline.rowStart();
		consume();
	});
}

/** Edges of one end, of several types. */
function produceSeveral(path: AccessPath, use: AdjacencyUse, consume: Consume): void {
	const { pipeline, plan, access } = path;
	const { program } = pipeline;
	const source = sourceOf(pipeline, plan.table);
	const reader = readerOf(pipeline, source);
	const names = neighbourNames(pipeline);
	const needed = plan.scan.filter((s) => s.part === undefined || program.isNeeded(s.column.id));
	const values = new ValueColumns(pipeline, source, access, 'edges', needed, { reader, expectedValues: use.expectedValues ?? 0 });
	const cursor = cursorField(pipeline);
	const make = `new ${program.slot(SliceSequence)}(${use.types === null ? 'null' : program.slot(use.types)})`;
	const slices = pipeline.constant('y', `S.${program.objectField('y', make)}`);
	const ranges = pipeline.constant('y', `S.${newBounds(pipeline)}`);
	const [type, end] = [pipeline.persistent('v', "''"), pipeline.persistent('v', 'null')];
	pipeline.emit(`${end} = ${pipeline.expressions.named(plan.bounds[0]!.equal[0]!).text};`);
	pipeline.emit(`${names.served} = ${[...values.conditions(), `${slices}.open(${reader}, ${end}, ${use.isOutgoing})`].join(' && ')} ? 1 : 0;`);
	pipeline.conditional(
		`${names.served} === 1`,
		() => {
			pipeline.emit(`${names.at} = -1; ${names.end} = 0; ${names.firstIds} = ${reader}.firstIds;`);
			values.emitCatch();
		},
		() => {
			emitBoundsList(path, ranges);
			openCursor(pipeline, cursor, path.index.keyspace, `${ranges}.lower`, `${ranges}.upper`, false);
		},
	);
	pipeline.loop(true, (label) => {
		pipeline.emit(`if (${names.served} === 1) { if (++${names.at} >= ${names.end}) { if (!${slices}.next()) ${pipeline.leave(label)}`);
		pipeline.emit(
			`${names.at} = ${slices}.start; ${names.end} = ${slices}.end; ${type} = ${slices}.type; ${names.numbers} = ${slices}.neighbours; ${names.edges} = ${slices}.edges; } }`,
		);
		pipeline.emit(`else { if (${ranges}.isEmpty) ${pipeline.leave(label)}`);
		pipeline.emit(`while (!${cursor}.next()) { if (!${ranges}.nextInList()) ${pipeline.leave(label)} ${cursor}.seek(${ranges}.lower, ${ranges}.upper); } }`);
		const stored = path.isPrimary ? inRow(path, cursor) : emitIncoming(path, cursor, names);
		if (!values.isEmpty) pipeline.conditional(`${names.served} === 0`, () => values.emitMissed());
		const types = needed.filter((s) => s.part === undefined && s.number === EDGE_TYPE);
		for (const one of types)
			pipeline.bind(
				one.column.id,
				pipeline.lazy('v', false, () => `${names.served} === 1 ? ${type} : ${stored(one)}`),
			);
		bindEdge(path, [use.isOutgoing ? EDGE_TAIL : EDGE_HEAD], [end], { names, values, needed: needed.filter((s) => !types.includes(s)), stored });
		pipeline.rowStart();
		consume();
	});
}

function transactionOf(pipeline: PipelineBuilder): string {
	return pipeline.constant('x', 'S.transaction');
}
