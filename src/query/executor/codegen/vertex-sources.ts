/**
 * Vertices of a graph that its adjacency answers for when it can: whether they are there, their labels from bitmaps, parts of
 * their rows from columns of values. Which way is gone is decided where the read is opened; both give the same rows in the same order.
 */
import { VERTEX_LABELS } from '../../../model/graph/contracts.ts';
import type { TableAccess } from '../../../model/table/contracts.ts';
import type { AdjacencySource } from '../../../storage/adjacency/adjacency-reader.ts';
import { VertexScan } from '../../../storage/adjacency/vertex-scan.ts';
import type { PgArray } from '../../../value/pg-array.ts';
import type { Expression } from '../../algebra/expression.ts';
import type { AdjacencyUse, ScanColumn } from '../../algebra/plan.ts';
import { LABELS_CONTAIN } from '../../functions/cypher/graph-functions.ts';
import { makeSlot, ScanKey } from '../runtime/scan-key.ts';
import { boundValues, readerOf, sourceOf } from './adjacency-sources.ts';
import type { NumberedVertex } from './lazy-value.ts';
import type { PipelineBuilder } from './pipeline-builder.ts';
import type { Consume, PlanOf } from './produce.ts';
import { type AccessPath, accessOf, cursorField, emitBounds, newBounds, openCursor } from './table-sources.ts';
import { partReader, ValueColumns } from './value-columns.ts';

/** How the columns of a vertex are read by its number. */
class VertexCells {
	readonly reader: string;
	readonly values: ValueColumns;
	/** Local that is 1 when the adjacency serves, and the local with the vertex's number. */
	readonly served: string;
	readonly number: string;
	/** The local of the scan that vertices come from, which goes on where the reader no longer serves; empty: they are looked up. */
	scanned: string;
	readonly #pipeline: PipelineBuilder;
	readonly #scan: readonly ScanColumn[];
	/** By a column's id: the local with whether the vertex has the label. */
	readonly #labels = new Map<number, { readonly label: string; readonly local: string }>();

	constructor(pipeline: PipelineBuilder, source: AdjacencySource, access: TableAccess, scan: readonly ScanColumn[], use: AdjacencyUse) {
		this.#pipeline = pipeline;
		this.#scan = scan;
		this.scanned = '';
		this.reader = readerOf(pipeline, source);
		this.served = pipeline.persistent('n', '0');
		this.number = pipeline.persistent('n', '0');
		for (const { column, part } of scan) {
			if (part?.function !== LABELS_CONTAIN || !pipeline.program.isNeeded(column.id)) continue;
			this.#labels.set(column.id, { label: part.values[0] as string, local: pipeline.persistent('l', 'false') });
		}
		const valued = scan.filter((s) => s.part?.function !== LABELS_CONTAIN && pipeline.program.isNeeded(s.column.id));
		this.values = new ValueColumns(pipeline, source, access, 'vertices', valued, { reader: this.reader, expectedValues: use.expectedValues ?? 0 });
	}

	/** Text: whether a vertex, by its number, has a label. */
	hasLabel(label: string, number: string): string {
		const { program } = this.#pipeline;
		const slot = program.slot(label);
		if (this.scanned !== '') return `${this.scanned}.has(${number}, ${slot})`;
		const bitmap = this.#pipeline.constant('m', `${this.reader}.bitmap(${slot})`);
		return `(${bitmap} !== null ? ${bitmap}.has(${number}) : ${this.reader}.hasLabelAt(${number}, ${slot}))`;
	}

	/** Condition that everything asked of a vertex is there. */
	canServe(): string {
		// The reader looks when the function is entered; behind a barrier something may have been changed since.
		if (this.#pipeline.program.isAnew) return 'false';
		return this.#pipeline.constant('z', [`${this.reader}.servesVertices`, ...this.values.conditions()].join(' && '));
	}

	/** There is something to be caught where the vertex is found. */
	get isCaught(): boolean {
		return this.#labels.size > 0 || !this.values.isEmpty;
	}

	/** Labels are looked at as soon as the vertex is found: they may be gone behind a suspension. */
	emitLabels(): void {
		for (const { label, local } of this.#labels.values()) this.#pipeline.emit(`${local} = ${this.hasLabel(label, this.number)};`);
	}

	/** Binds all columns: from the arrays where the adjacency serves; `id` and `stored` are texts where it does and does not. */
	bind(id: string, stored: (column: ScanColumn) => string): void {
		const pipeline = this.#pipeline;
		for (const one of this.#scan) {
			// The id may be that of the edge that led here, known already.
			if (!pipeline.program.isNeeded(one.column.id) || (one.part === undefined && id === 'null')) continue;
			const adjacent = (): string => (one.part === undefined ? id : (this.#labels.get(one.column.id)?.local ?? this.values.cell(one.column.id, this.number)));
			pipeline.bind(
				one.column.id,
				pipeline.lazy('v', one.part !== undefined, () => `${this.served} === 1 ? ${adjacent()} : ${stored(one)}`),
			);
		}
	}
}

/** Texts of functions that read columns in a row's bytes at a place. */
function inRow(pipeline: PipelineBuilder, access: TableAccess, place: string): (column: ScanColumn) => string {
	return (column) => {
		const getter = column.part === undefined ? access.getter(column.number) : partReader(access, column as Required<ScanColumn>);
		return `${pipeline.program.slot(getter)}(${place})`;
	};
}

/** One vertex by its id, if it has the labels. */
export function produceVertex(path: AccessPath, use: AdjacencyUse, consume: Consume): void {
	const { pipeline, plan, access } = path;
	const { program } = pipeline;
	const source = sourceOf(pipeline, plan.table);
	const cells = new VertexCells(pipeline, source, access, plan.scan, use);
	const found = pipeline.persistent('n', '0');
	const slot = pipeline.constant('y', `S.${program.field(program.name('y'), `${program.slot(makeSlot)}()`)}`);
	const key = pipeline.constant('y', `S.${program.field(program.name('y'), `new ${program.slot(ScanKey)}()`)}`);
	const [bound] = plan.bounds[0]!.equal as readonly [Expression];
	const place = `${slot}.buffer, ${slot}.start, ${slot}.end`;
	const emitFind = (id: () => string, numbered: NumberedVertex | null): void =>
		pipeline.conditional(
			cells.canServe(),
			() => {
				pipeline.emit(`${cells.served} = 1;`);
				emitNumber(pipeline, cells, id, numbered);
				const isThere =
					use.labels.length === 0 ? [`${cells.reader}.isPresent(${cells.number})`] : use.labels.map((label) => cells.hasLabel(label, cells.number));
				pipeline.emit(`${found} = ${[`${cells.number} >= 0`, ...isThere].join(' && ')} ? 1 : 0;`);
				if (cells.isCaught)
					pipeline.conditional(`${found} === 1`, () => {
						cells.emitLabels();
						cells.values.emitCatch();
					});
			},
			() => {
				pipeline.emit(`${cells.served} = 0;`);
				cells.values.emitMissed();
				path.emitEqual(plan.bounds[0]!, key, () => undefined);
				const get = `${pipeline.constant('x', 'S.transaction')}.get(${program.slot(path.index.keyspace)}, ${key}.bytes, ${key}.length, ${slot})`;
				pipeline.emit(`${found} = ${[get, ...labelsInRow(pipeline, access, use.labels, place)].join(' && ')} ? 1 : 0;`);
			},
		);
	const given = bound.kind === 'column' && pipeline.has(bound.id) ? pipeline.column(bound.id) : null;
	let id = 'null';
	if (given !== null && given.numbered !== null && !given.nullable) {
		emitFind(() => given.use(), given.numbered);
		for (const { column, part } of plan.scan) if (part === undefined) pipeline.bind(column.id, given);
	} else
		boundValues(
			path,
			() => pipeline.emit(`${found} = 0;`),
			(values) => {
				id = values[0]!;
				emitFind(() => id, null);
			},
		);
	if (program.singles.delete(plan)) {
		pipeline.emit(`if (${found} !== 1) ${pipeline.skip()}`);
		cells.bind(id, inRow(pipeline, access, place));
		consume();
		return;
	}
	pipeline.loop(false, (label) => {
		pipeline.emit(`if (${found} !== 1) ${pipeline.leave(label)}`);
		pipeline.emit(`${found} = 2;`);
		cells.bind(id, inRow(pipeline, access, place));
		pipeline.rowStart();
		consume();
	});
}

/** The number of the vertex, from the slice that led to it where that is of the same numbering. */
function emitNumber(pipeline: PipelineBuilder, { reader, number }: VertexCells, id: () => string, numbered: NumberedVertex | null): void {
	const byId = (): void => pipeline.emit(`${number} = ${reader}.numberOf(${id()});`);
	if (numbered === null) byId();
	else pipeline.conditional(numbered.condition(pipeline.constant('a', `${reader}.firstIds`)), () => pipeline.emit(`${number} = ${numbered.number};`), byId);
}

/** Condition, if there is one, that the row at a place has all labels. */
function labelsInRow(pipeline: PipelineBuilder, access: TableAccess, labels: readonly string[], place: string): string[] {
	if (labels.length === 0) return [];
	const { program } = pipeline;
	return [`${program.slot(hasLabels)}(${program.slot(access.getter(VERTEX_LABELS))}(${place}), ${program.slot(labels)})`];
}

function hasLabels(array: PgArray, labels: readonly string[]): boolean {
	return labels.every((label) => array.elements.includes(label));
}

/** All vertices with some labels, by their ids: beside a scan of the table (`path` null), or an access through the index of labels. */
export function produceVertices(
	pipeline: PipelineBuilder,
	plan: PlanOf<'scan'> | PlanOf<'access'>,
	path: AccessPath | null,
	use: AdjacencyUse,
	consume: Consume,
): void {
	const { program } = pipeline;
	const access = accessOf(pipeline, plan.table);
	const source = sourceOf(pipeline, plan.table);
	const cells = new VertexCells(pipeline, source, access, plan.scan, use);
	program.expectAdjacency(source, use.expectedRows);
	const cursor = cursorField(pipeline);
	const scan = pipeline.constant('y', `S.${program.objectField('y', `new ${program.slot(VertexScan)}()`)}`);
	cells.scanned = scan;
	pipeline.conditional(
		cells.canServe(),
		() => {
			const label = use.labels.length === 0 ? 'null' : program.slot(use.labels[0]);
			pipeline.emit(`${cells.served} = 1; ${cells.number} = -1; ${scan}.open(${cells.reader}, ${label});`);
			cells.values.emitCatch();
		},
		() => {
			pipeline.emit(`${cells.served} = 0;`);
			if (path === null) openCursor(pipeline, cursor, access.rows, 'null', 'null', false);
			else {
				const range = pipeline.constant('y', `S.${newBounds(pipeline)}`);
				emitBounds(path, path.plan.bounds[0]!, range);
				openCursor(pipeline, cursor, path.index.keyspace, `${range}.lower`, `${range}.upper`, false);
			}
		},
	);
	pipeline.loop(true, (label) => {
		pipeline.emit(`if (${cells.served} === 1) { ${cells.number} = ${scan}.next(${cells.number}); if (${cells.number} < 0) ${pipeline.leave(label)} }`);
		pipeline.emit(`else if (!${cursor}.next()) ${pipeline.leave(label)}`);
		const others = use.labels.slice(1);
		if (others.length > 0) {
			const tests = others.map((other) => cells.hasLabel(other, cells.number));
			pipeline.emit(`if (${cells.served} === 1 && !(${tests.join(' && ')})) ${pipeline.skip()}`);
		}
		const stored = path === null ? emitScanned(pipeline, access, cursor, cells.served, use.labels) : emitFound(path, cursor, cells.served, others);
		pipeline.conditional(`${cells.served} === 1`, () => cells.emitLabels());
		cells.bind(`${scan}.idOf(${cells.number})`, stored);
		pipeline.rowStart();
		consume();
	});
}

/** The row of a scan must have the labels; its columns are read in it. */
function emitScanned(
	pipeline: PipelineBuilder,
	access: TableAccess,
	cursor: string,
	served: string,
	labels: readonly string[],
): (column: ScanColumn) => string {
	const place = `${cursor}.valueBuffer, ${cursor}.valueStart, ${cursor}.valueEnd`;
	const [test] = labelsInRow(pipeline, access, labels, place);
	if (test !== undefined) pipeline.emit(`if (${served} === 0 && !${test}) ${pipeline.skip()}`);
	return inRow(pipeline, access, place);
}

/** The row that an index entry leads to must have the labels; where the entry covers all, it is not read. */
function emitFound(path: AccessPath, cursor: string, served: string, labels: readonly string[]): (column: ScanColumn) => string {
	const { pipeline, plan, access, index } = path;
	const { program } = pipeline;
	const entry = ['keyBuffer', 'keyStart', 'keyEnd', 'valueBuffer', 'valueStart', 'valueEnd'].map((field) => `${cursor}.${field}`).join(', ');
	if (plan.covering && labels.length === 0) return ({ number }) => `${program.slot(index.entryGetter(number))}(${entry})`;
	const slot = pipeline.constant('y', `S.${program.field(program.name('y'), `${program.slot(makeSlot)}()`)}`);
	const key = pipeline.constant('y', `S.${program.field(program.name('y'), `new ${program.slot(ScanKey)}()`)}`);
	const place = `${slot}.buffer, ${slot}.start, ${slot}.end`;
	pipeline.conditional(`${served} === 0`, () => {
		pipeline.emit(`${key}.length = 0; ${program.slot(index.rowKey.bind(index))}(${entry}, ${key});`);
		const get = `${pipeline.constant('x', 'S.transaction')}.get(${program.slot(access.rows)}, ${key}.bytes, ${key}.length, ${slot})`;
		pipeline.emit(`if (!(${[get, ...labelsInRow(pipeline, access, labels, place)].join(' && ')})) ${pipeline.skip()}`);
	});
	return inRow(pipeline, access, place);
}
