/**
 * Accesses that the adjacency of a graph answers when it can: the neighbours of a vertex are read from arrays, a label from a bitmap.
 * Which way is gone is decided at each opening; both give the same rows in the same order, so everything behind them is written once.
 */
import { EDGE_HEAD, EDGE_ID, EDGE_TAIL, EDGE_TYPE, VERTEX_ID, VERTEX_LABELS } from '../../../model/graph/contracts.ts';
import { invariant } from '../../../platform/errors.ts';
import { AdjacencyReader } from '../../../storage/adjacency/adjacency-reader.ts';
import type { PgArray } from '../../../value/pg-array.ts';
import type { AdjacencyUse } from '../../algebra/plan.ts';
import { makeSlot, ScanKey } from '../runtime/scan-key.ts';
import type { PipelineBuilder } from './pipeline-builder.ts';
import type { Consume } from './produce.ts';
import { type AccessPath, cursorField, emitBounds, newBounds, openCursor } from './table-sources.ts';

export function produceAdjacent(path: AccessPath, use: AdjacencyUse, consume: Consume): void {
	if (use.kind === 'vertex') produceVertex(path, use, consume);
	else produceEdges(path, use.kind, consume);
	const { program } = path.pipeline;
	program.expectAdjacency(sourceOf(path), use.expectedRows);
}

function sourceOf({ pipeline, plan }: AccessPath) {
	const { tables, catalog } = pipeline.program;
	const source = tables?.adjacencyOf?.(catalog, plan.table) ?? null;
	invariant(source !== null, `table ${plan.table.name} belongs to a graph with an adjacency`);
	return source;
}

/** The reader of one operator: it looks anew at every entry what may be read. */
function readerOf(path: AccessPath): string {
	const { program } = path.pipeline;
	const field = program.field(program.name('y'), `new ${program.slot(AdjacencyReader)}(${program.slot(sourceOf(path))})`);
	return path.pipeline.constant('y', `S.${field}.at(S.transaction)`);
}

/** Bound values in locals; none of them is null behind this. */
function boundValues(path: AccessPath, whenNull: () => void, otherwise: (values: readonly string[]) => void): void {
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

function produceEdges(path: AccessPath, kind: 'outgoing' | 'incoming' | 'pair', consume: Consume): void {
	const { pipeline, plan } = path;
	const reader = readerOf(path);
	const names: Neighbours = {
		served: pipeline.persistent('n', '0'),
		at: pipeline.persistent('n', '0'),
		end: pipeline.persistent('n', '0'),
		numbers: pipeline.persistent('a', 'null'),
		edges: pipeline.persistent('a', 'null'),
		firstIds: pipeline.persistent('a', 'null'),
	};
	const cursor = cursorField(pipeline);
	let bound: readonly string[] = [];
	boundValues(
		path,
		() => pipeline.emit(`${names.served} = 2;`),
		(values) => {
			bound = values;
			const call = kind === 'pair' ? `openPair(${values.join(', ')})` : `open(${values.join(', ')}, ${kind === 'outgoing'})`;
			pipeline.emit(`${names.served} = ${reader}.${call} ? 1 : 0;`);
			pipeline.conditional(
				`${names.served} === 1`,
				() => {
					pipeline.emit(`${names.at} = ${reader}.start - 1; ${names.end} = ${reader}.end;`);
					pipeline.emit(`${names.numbers} = ${reader}.neighbours; ${names.edges} = ${reader}.edges; ${names.firstIds} = ${reader}.firstIds;`);
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
		pipeline.emit(`if (${names.served} === 1 ? ++${names.at} >= ${names.end} : ${names.served} === 2 || !${cursor}.next()) ${pipeline.leave(label)}`);
		bindEdge(path, kind, bound, names, cursor);
		pipeline.rowStart();
		consume();
	});
}

function bindEdge(path: AccessPath, kind: AdjacencyUse['kind'], bound: readonly string[], names: Neighbours, cursor: string): void {
	const { pipeline, plan, access, index } = path;
	const { program } = pipeline;
	const { served, at, numbers, edges, firstIds } = names;
	const attributes = kind === 'incoming' ? [EDGE_HEAD, EDGE_TYPE] : [EDGE_TAIL, EDGE_TYPE, EDGE_HEAD];
	for (const { column, number } of plan.scan) {
		const place = attributes.indexOf(number);
		if (place >= 0 && place < bound.length) {
			pipeline.bind(column.id, pipeline.fixed(bound[place]!, false));
			continue;
		}
		const stored = (): string => {
			if (path.isPrimary) return `${program.slot(access.getter(number))}(${cursor}.valueBuffer, ${cursor}.valueStart, ${cursor}.valueEnd)`;
			const entry = ['keyBuffer', 'keyStart', 'keyEnd', 'valueBuffer', 'valueStart', 'valueEnd'].map((field) => `${cursor}.${field}`).join(', ');
			return `${program.slot(index.entryGetter(number))}(${entry})`;
		};
		const adjacent = number === EDGE_ID ? `${edges}[${at}]` : `${firstIds}[${numbers}[${at}] >> 8] + (${numbers}[${at}] & 255)`;
		pipeline.bind(
			column.id,
			pipeline.lazy('v', false, () => `${served} === 1 ? ${adjacent} : ${stored()}`),
		);
	}
}

/** One vertex by its id, if it has the labels. Its row is read only where the adjacency cannot serve. */
function produceVertex(path: AccessPath, use: AdjacencyUse, consume: Consume): void {
	const { pipeline, plan } = path;
	const reader = readerOf(path);
	const found = pipeline.persistent('n', '0');
	let id = 'null';
	boundValues(
		path,
		() => pipeline.emit(`${found} = 0;`),
		(values) => {
			id = values[0]!;
			emitLabelTest(path, use.labels, reader, id, found);
		},
	);
	pipeline.loop(false, (label) => {
		pipeline.emit(`if (${found} !== 1) ${pipeline.leave(label)}`);
		pipeline.emit(`${found} = 2;`);
		for (const { column, number } of plan.scan) {
			invariant(number === VERTEX_ID, 'of a vertex tested for its labels only the id is read');
			pipeline.bind(column.id, pipeline.fixed(id, false));
		}
		pipeline.rowStart();
		consume();
	});
}

function emitLabelTest(path: AccessPath, labels: readonly string[], reader: string, id: string, found: string): void {
	const { pipeline, plan, access, index } = path;
	const { program } = pipeline;
	labels.forEach((label, i) => {
		pipeline.emit(`${i === 0 ? '' : `if (${found} === 1) `}${found} = ${reader}.hasLabel(${id}, ${program.slot(label)});`);
	});
	pipeline.conditional(`${found} === -1`, () => {
		const key = pipeline.constant('y', `S.${program.field(program.name('y'), `new ${program.slot(ScanKey)}()`)}`);
		const slot = pipeline.constant('y', `S.${program.field(program.name('y'), `${program.slot(makeSlot)}()`)}`);
		path.emitEqual(plan.bounds[0]!, key, () => undefined);
		const get = `${transactionOf(pipeline)}.get(${program.slot(index.keyspace)}, ${key}.bytes, ${key}.length, ${slot})`;
		const row = `${program.slot(access.getter(VERTEX_LABELS))}(${slot}.buffer, ${slot}.start, ${slot}.end)`;
		pipeline.emit(`${found} = ${get} && ${program.slot(hasLabels)}(${row}, ${program.slot(labels)}) ? 1 : 0;`);
	});
}

function transactionOf(pipeline: PipelineBuilder): string {
	return pipeline.constant('x', 'S.transaction');
}

function hasLabels(array: PgArray, labels: readonly string[]): boolean {
	return labels.every((label) => array.elements.includes(label));
}
