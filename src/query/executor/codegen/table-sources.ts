/**
 * Rows of tables: whole scans and access paths. Columns are read from the row's bytes where first used. A path that binds a
 * whole unique key is a `get` without a cursor.
 */

import type { IndexAccess, TableAccess } from '../../../model/table/contracts.ts';
import { NearestRows } from '../../../model/table/nearest-rows.ts';
import { coordinateOf } from '../../../model/table/spatial-key.ts';
import { invariant } from '../../../platform/errors.ts';
import type { IndexObject, TableObject } from '../../../transaction/catalog-objects.ts';
import type { Expression } from '../../algebra/expression.ts';
import type { AccessBounds, ScanColumn, WindowSide } from '../../algebra/plan.ts';
import { KeyBounds } from '../runtime/key-bounds.ts';
import { copyKey, keyText, makeSlot, ScanKey } from '../runtime/scan-key.ts';
import { bindCells } from '../runtime/value-cells.ts';
import { produceAdjacent, produceEdgeScan } from './adjacency-sources.ts';
import { produceIntegers } from './integer-index-sources.ts';
import type { LazyValue } from './lazy-value.ts';
import type { PipelineBuilder } from './pipeline-builder.ts';
import type { Consume, PlanOf } from './produce.ts';
import { partReader } from './value-columns.ts';
import { produceVertices } from './vertex-sources.ts';

/** Longer lists of keys are read from an array. */
const WRITTEN_BOUNDS_MAX = 8;

/** Where the bytes of the current row, or of the current index entry, are: texts. */
interface Place {
	readonly keyBuffer: () => string;
	readonly keyStart: () => string;
	readonly keyEnd: () => string;
	readonly valueBuffer: () => string;
	readonly valueStart: () => string;
	readonly valueEnd: () => string;
}

export function accessOf(pipeline: PipelineBuilder, table: TableObject): TableAccess {
	const { tables, catalog } = pipeline.program;
	invariant(tables !== null, 'a program that reads tables is compiled with a table model');
	return tables.access(catalog, table);
}

function fieldsOf(pipeline: PipelineBuilder, object: string, isSlot: boolean): Place {
	const field = (name: string): (() => string) => {
		const value = pipeline.lazy('w', false, () => `${object}.${name}`);
		return () => value.use();
	};
	const none = (): string => {
		throw new Error('a slot has no key');
	};
	if (isSlot) return { keyBuffer: none, keyStart: none, keyEnd: none, valueBuffer: field('buffer'), valueStart: field('start'), valueEnd: field('end') };
	return {
		keyBuffer: field('keyBuffer'),
		keyStart: field('keyStart'),
		keyEnd: field('keyEnd'),
		valueBuffer: field('valueBuffer'),
		valueStart: field('valueStart'),
		valueEnd: field('valueEnd'),
	};
}

export function isNullable(table: TableObject, attribute: number): boolean {
	const column = table.columns.find((c) => c.number === attribute);
	return column === undefined || !(column.notNull || table.primaryKey.includes(attribute));
}

/** Binds columns read from a row's bytes. `rowKey` gives the text of a copy of the row's key. */
function bindRow(pipeline: PipelineBuilder, access: TableAccess, scan: readonly ScanColumn[], place: Place, rowKey: () => string): void {
	const { program } = pipeline;
	let current: LazyValue | null = null;
	for (const { column, number, part } of scan) {
		if (part !== undefined) {
			bindPart(pipeline, access, { column, number, part }, place);
			continue;
		}
		if (number <= 0) {
			bindSystemColumn(pipeline, access.table, column.id, number, rowKey);
			continue;
		}
		const compute = (): string => {
			const [buffer, start, end] = [place.valueBuffer(), place.valueStart(), place.valueEnd()];
			const call = `${program.slot(access.getter(number))}(${buffer}, ${start}, ${end})`;
			const inline = access.inlineGetter(number, buffer, start);
			if (inline === null || current === null) return call;
			return `${current.use()} ? ${inline} : ${call}`;
		};
		if (current === null && access.inlineGetter(number, 'a', 'b') !== null)
			current = pipeline.lazy('w', false, () => access.inlineIsCurrent(place.valueBuffer(), place.valueStart()));
		pipeline.bind(column.id, pipeline.lazy('v', isNullable(access.table, number), compute));
	}
}

/** Binds what a function makes of a column, read in the row's bytes. */
function bindPart(pipeline: PipelineBuilder, access: TableAccess, { column, number, part }: Required<ScanColumn>, place: Place): void {
	const slot = pipeline.program.slot(partReader(access, { column, number, part }));
	pipeline.bind(
		column.id,
		pipeline.lazy('v', true, () => `${slot}(${place.valueBuffer()}, ${place.valueStart()}, ${place.valueEnd()})`),
	);
}

function bindSystemColumn(pipeline: PipelineBuilder, table: TableObject, id: number, number: number, rowKey: () => string): void {
	const { program } = pipeline;
	if (number === -1) pipeline.bind(id, pipeline.fixed(program.slot(table.id), false));
	else if (number === 0) pipeline.bind(id, pipeline.lazy('v', false, rowKey));
	else
		pipeline.bind(
			id,
			pipeline.lazy('v', false, () => `${program.slot(keyText)}(${rowKey()})`),
		);
}

export function cursorField(pipeline: PipelineBuilder): string {
	// Not cleared at opening: a cursor that is open is moved.
	const name = pipeline.temporary('u');
	pipeline.persist(name);
	return pipeline.program.field(name, 'null', { atClose: `if (S.${name} !== null) { S.${name}.close(); S.${name} = null; }` });
}

/** Opens the cursor, or moves the one that is open; behind a barrier that one would not show what was changed since. */
export function openCursor(pipeline: PipelineBuilder, cursor: string, keyspace: unknown, lower: string, upper: string, reverse: boolean): void {
	const transaction = pipeline.constant('x', 'S.transaction');
	const space = pipeline.program.slot(keyspace);
	pipeline.emit(`${cursor} = S.${cursor};`);
	if (pipeline.program.isAnew) pipeline.emit(`if (${cursor} !== null) { ${cursor}.close(); ${cursor} = null; }`);
	pipeline.emit(`if (${cursor} === null) { ${cursor} = ${transaction}.cursor(${space}, ${lower}, ${upper}, ${reverse}); S.${cursor} = ${cursor}; }`);
	pipeline.emit(`else ${cursor}.seek(${lower}, ${upper});`);
}

export function produceScan(pipeline: PipelineBuilder, plan: PlanOf<'scan'>, consume: Consume): void {
	if (plan.adjacency?.kind === 'edges') produceEdgeScan(pipeline, plan, plan.adjacency, consume);
	else if (plan.adjacency !== undefined) produceVertices(pipeline, plan, null, plan.adjacency, consume);
	else produceRows(pipeline, plan, consume);
}

function produceRows(pipeline: PipelineBuilder, plan: PlanOf<'scan'>, consume: Consume): void {
	const access = accessOf(pipeline, plan.table);
	const cursor = cursorField(pipeline);
	openCursor(pipeline, cursor, access.rows, 'null', 'null', false);
	pipeline.loop(true, (label) => {
		pipeline.emit(`if (!${cursor}.next()) ${pipeline.leave(label)}`);
		bindFromCursor(pipeline, access, plan.scan, cursor);
		pipeline.rowStart();
		consume();
	});
}

function bindFromCursor(pipeline: PipelineBuilder, access: TableAccess, scan: readonly ScanColumn[], cursor: string): void {
	const place = fieldsOf(pipeline, cursor, false);
	bindRow(pipeline, access, scan, place, () => `${pipeline.program.slot(copyKey)}(${place.keyBuffer()}, ${place.keyStart()}, ${place.keyEnd()})`);
}

/** The access path of one plan: which keyspace, which columns bound how. */
export class AccessPath {
	readonly pipeline: PipelineBuilder;
	readonly plan: PlanOf<'access'>;
	readonly access: TableAccess;
	readonly index: IndexAccess;
	readonly isPrimary: boolean;
	readonly columnCount: number;

	constructor(pipeline: PipelineBuilder, plan: PlanOf<'access'>) {
		this.pipeline = pipeline;
		this.plan = plan;
		this.access = accessOf(pipeline, plan.table);
		this.isPrimary = plan.index === null || plan.index.primary;
		const index = this.isPrimary ? this.access.primary : this.access.indexAccess(plan.index!);
		invariant(index !== null, `table ${plan.table.name} has a primary key to be accessed by`);
		this.index = index;
		this.columnCount = this.isPrimary ? plan.table.primaryKey.length : plan.index!.columns.length;
	}

	/** All columns of a unique key are bound to values that are not null. */
	isPoint(bounds: AccessBounds): boolean {
		return this.index.hasUniqueKeys && bounds.equal.length === this.columnCount && !(bounds.equalNulls ?? []).some((n) => n);
	}

	isDescending(column: number): boolean {
		return !this.isPrimary && (this.plan.index!.columns[column]?.descending ?? false);
	}

	nullsFirst(column: number): boolean {
		return !this.isPrimary && (this.plan.index!.columns[column]?.nullsFirst ?? false);
	}

	columnMayBeNull(column: number): boolean {
		if (this.isPrimary) return false;
		const attribute = (this.plan.index as IndexObject).columns[column]!.column;
		return attribute === 0 || isNullable(this.plan.table, attribute);
	}

	/** Writes the values of `equal` to the key in `key`; `none` is emitted where a value is null and so nothing matches. */
	emitEqual(bounds: AccessBounds, key: string, none: () => void): void {
		const { pipeline } = this;
		const values = bounds.equal.map((e) => pipeline.expressions.named(e));
		const nulls = values.filter((v, i) => v.nullable && !(bounds.equalNulls?.[i] ?? false)).map((v) => `${v.text} === null`);
		const write = (): void => {
			pipeline.emit(`${key}.length = 0;`);
			values.forEach((v, i) => {
				pipeline.emit(`${this.part(i)}(${v.text}, ${key});`);
			});
		};
		if (nulls.length === 0) write();
		else pipeline.conditional(nulls.join(' || '), none, write);
	}

	part(column: number): string {
		return this.pipeline.program.slot(this.index.parts[column]);
	}
}

export function produceAccess(pipeline: PipelineBuilder, plan: PlanOf<'access'>, consume: Consume): void {
	const path = new AccessPath(pipeline, plan);
	if (plan.adjacency !== undefined) produceAdjacent(path, plan.adjacency, consume);
	else if (plan.integers !== undefined && pipeline.program.tables?.integerIndexOf?.(plan.table, plan.index))
		produceIntegers(path, plan.integers.expectedRows, consume);
	else if (plan.nearest !== undefined) produceNearest(path, plan.nearest, consume);
	else if (plan.window !== undefined) produceWindow(path, plan.window, consume);
	else if (plan.bounds.length === 1 && path.isPoint(plan.bounds[0]!)) producePoint(path, plan.bounds[0]!, consume);
	else if (plan.bounds.length === 1) produceRange(path, plan.bounds[0]!, consume);
	else if (plan.bounds.length > 0 && plan.bounds.every((b) => path.isPoint(b))) producePoints(path, consume);
	else produceRanges(path, consume);
}

/** One row at most, found by `get`. */
function producePoint(path: AccessPath, bounds: AccessBounds, consume: Consume): void {
	const { pipeline, plan, access, index } = path;
	const { program } = pipeline;
	const key = pipeline.constant('y', `S.${program.field(program.name('y'), `new ${program.slot(ScanKey)}()`)}`);
	const slot = pipeline.constant('y', `S.${program.field(program.name('y'), `${program.slot(makeSlot)}()`)}`);
	const asked = pipeline.persistent('n', '0');
	pipeline.emit(`${asked} = 0;`);
	path.emitEqual(bounds, key, () => pipeline.emit(`${asked} = 1;`));
	const transaction = pipeline.constant('x', 'S.transaction');
	const get = `${transaction}.get(${program.slot(index.keyspace)}, ${key}.bytes, ${key}.length, ${slot})`;
	if (program.singles.delete(plan)) {
		pipeline.emit(`if (${asked} !== 0 || !${get}) ${pipeline.skip()}`);
		bindRow(pipeline, access, plan.scan, fieldsOf(pipeline, slot, true), () => `${key}.copy()`);
		consume();
		return;
	}
	pipeline.loop(false, (label) => {
		pipeline.emit(`if (${asked} !== 0) ${pipeline.leave(label)}`);
		pipeline.emit(`${asked} = 1;`);
		pipeline.emit(`if (!${get}) ${pipeline.leave(label)}`);
		if (path.isPrimary) bindRow(pipeline, access, plan.scan, fieldsOf(pipeline, slot, true), () => `${key}.copy()`);
		else {
			const value = fieldsOf(pipeline, slot, true);
			const entry: Place = { ...value, keyBuffer: () => `${key}.bytes`, keyStart: () => '0', keyEnd: () => `${key}.length` };
			bindEntry(path, entry);
		}
		pipeline.rowStart();
		consume();
	});
}

/** Binds the columns of an index entry: from the entry when it covers them, else from the row that it points to. */
function bindEntry(path: AccessPath, entry: Place): void {
	const { pipeline, plan, access, index } = path;
	const { program } = pipeline;
	const key = pipeline.constant('y', `S.${program.field(program.name('y'), `new ${program.slot(ScanKey)}()`)}`);
	const entryTexts = (): string =>
		[entry.keyBuffer, entry.keyStart, entry.keyEnd, entry.valueBuffer, entry.valueStart, entry.valueEnd].map((text) => text()).join(', ');
	const rowKeyText = (): string => `(${key}.length = 0, ${program.slot(index.rowKey.bind(index))}(${entryTexts()}, ${key}), ${key}.copy())`;
	const getters = plan.scan.map(({ number }) => (number > 0 ? index.entryGetter(number) : null));
	if (plan.covering && plan.scan.every(({ number }, i) => number <= 0 || getters[i] !== null)) {
		plan.scan.forEach(({ column, number }, i) => {
			if (number <= 0) bindSystemColumn(pipeline, access.table, column.id, number, rowKeyText);
			else
				pipeline.bind(
					column.id,
					pipeline.lazy('v', isNullable(access.table, number), () => `${program.slot(getters[i])}(${entryTexts()})`),
				);
		});
		return;
	}
	const slot = pipeline.constant('y', `S.${program.field(program.name('y'), `${program.slot(makeSlot)}()`)}`);
	const transaction = pipeline.constant('x', 'S.transaction');
	pipeline.emit(`${key}.length = 0; ${program.slot(index.rowKey.bind(index))}(${entryTexts()}, ${key});`);
	pipeline.emit(`if (!${transaction}.get(${program.slot(access.rows)}, ${key}.bytes, ${key}.length, ${slot})) ${pipeline.skip()}`);
	bindRow(pipeline, access, plan.scan, fieldsOf(pipeline, slot, true), () => `${key}.copy()`);
}

function bindFound(path: AccessPath, cursor: string): void {
	if (path.isPrimary) bindFromCursor(path.pipeline, path.access, path.plan.scan, cursor);
	else bindEntry(path, fieldsOf(path.pipeline, cursor, false));
}

/** One range of the index, by a cursor. */
function produceRange(path: AccessPath, bounds: AccessBounds, consume: Consume): void {
	const { pipeline, plan } = path;
	const range = pipeline.constant('y', `S.${newBounds(pipeline)}`);
	const cursor = cursorField(pipeline);
	emitBounds(path, bounds, range);
	openCursor(pipeline, cursor, path.index.keyspace, `${range}.lower`, `${range}.upper`, plan.reverse);
	pipeline.loop(true, (label) => {
		pipeline.emit(`if (${range}.isEmpty || !${cursor}.next()) ${pipeline.leave(label)}`);
		bindFound(path, cursor);
		pipeline.rowStart();
		consume();
	});
}

/** The entries of a spatial index within a window. */
function produceWindow(path: AccessPath, sides: readonly WindowSide[], consume: Consume): void {
	const { pipeline, plan } = path;
	const { program } = pipeline;
	const { spatial } = path.index;
	invariant(spatial !== null, `index ${plan.index?.name} is spatial`);
	const field = program.name('y');
	program.field(field, `${program.slot(() => spatial.window())}()`, { atClose: `S.${field}.close();` });
	const window = pipeline.constant('y', `S.${field}`);
	const emitBound = (bound: Expression | null, call: 'from' | 'to', column: number): void => {
		if (bound === null) return;
		const value = pipeline.expressions.named(bound);
		const coordinate = `${program.slot(coordinateOf(bound.type))}(${value.text})`;
		pipeline.emit(`${window}.${call}(${column}, ${value.nullable ? `${value.text} === null ? null : ` : ''}${coordinate});`);
	};
	pipeline.emit(`${window}.begin();`);
	sides.forEach(({ lower, upper }, column) => {
		emitBound(lower, 'from', column);
		emitBound(upper, 'to', column);
	});
	pipeline.emit(`${window}.open(${pipeline.constant('x', 'S.transaction')});`);
	const cursor = pipeline.constant('y', `S.${field}.cursor`);
	pipeline.loop(true, (label) => {
		pipeline.emit(`if (!${cursor}.next()) ${pipeline.leave(label)}`);
		bindEntry(path, fieldsOf(pipeline, cursor, false));
		pipeline.rowStart();
		consume();
	});
}

/** Rows by their distance from a point. */
function produceNearest(path: AccessPath, { metric, origin }: NonNullable<PlanOf<'access'>['nearest']>, consume: Consume): void {
	const { pipeline, plan, access } = path;
	const { program } = pipeline;
	const field = program.name('y');
	const make = program.slot(() => new NearestRows(access, plan.index!, metric));
	program.field(field, `${make}()`, { atClose: `S.${field}.close();` });
	const rows = pipeline.constant('y', `S.${field}`);
	const value = pipeline.expressions.named(origin);
	const coordinates = `${value.nullable ? `${value.text} === null ? null : ` : ''}${value.text}.elements`;
	pipeline.emit(`${rows}.open(${pipeline.constant('x', 'S.transaction')}, ${coordinates});`);
	pipeline.loop(true, (label) => {
		pipeline.emit(`if (!${rows}.next()) ${pipeline.leave(label)}`);
		bindFromCursor(pipeline, access, plan.scan, rows);
		pipeline.rowStart();
		consume();
	});
}

export function newBounds(pipeline: PipelineBuilder): string {
	const { program } = pipeline;
	return program.field(program.name('y'), `new ${program.slot(KeyBounds)}()`);
}

export function emitBoundsList(path: AccessPath, ranges: string): void {
	const { pipeline, plan } = path;
	pipeline.emit(`${ranges}.startList();`);
	if (
		plan.bounds.length > WRITTEN_BOUNDS_MAX &&
		plan.bounds.every((b) => isPlainKey(b) && b.equal.length === plan.bounds[0]!.equal.length && b.equal.length > 0)
	)
		emitPlainKeys(path, ranges);
	else
		for (const bounds of plan.bounds) {
			emitBounds(path, bounds, ranges);
			pipeline.emit(`${ranges}.addToList();`);
		}
	pipeline.emit(`${ranges}.finishList(${plan.reverse});`);
}

/** Equal values only, none of them computed. */
function isPlainKey(bounds: AccessBounds): boolean {
	const isPlain = bounds.equal.every((e) => e.kind === 'constant' || e.kind === 'parameter');
	return isPlain && bounds.lower === null && bounds.upper === null && !(bounds.equalNulls ?? []).includes(true);
}

/** A long list of keys, as of IN: a loop over an array of values instead of code for each. */
function emitPlainKeys(path: AccessPath, ranges: string): void {
	const { pipeline, plan } = path;
	const { program } = pipeline;
	const width = plan.bounds[0]!.equal.length;
	const template = program.slot(Array.from({ length: width }, (_, c) => plan.bounds.map((b) => b.equal[c]!)));
	const [cells, row] = [pipeline.temporary('c'), pipeline.temporary('i')];
	pipeline.emit(`${cells} = ${program.slot(bindCells)}(${template}, S.parameters);`);
	pipeline.plainLoop(`for (${row} = 0; ${row} < ${plan.bounds.length}; ${row}++)`, () => {
		const values = Array.from({ length: width }, (_, c) => `${cells}[${c}][${row}]`);
		pipeline.emit(`if (${values.map((v) => `${v} === null`).join(' || ')}) continue;`);
		pipeline.emit(`${ranges}.reset(); ${ranges}.prefix.length = 0;`);
		values.forEach((v, c) => {
			pipeline.emit(`${path.part(c)}(${v}, ${ranges}.prefix);`);
		});
		pipeline.emit(`${ranges}.finish(); ${ranges}.addToList();`);
	});
}

/** Several whole unique keys: in index order, each by `get`. */
function producePoints(path: AccessPath, consume: Consume): void {
	const { pipeline, plan, access, index } = path;
	const { program } = pipeline;
	const keys = pipeline.constant('y', `S.${newBounds(pipeline)}`);
	const slot = pipeline.constant('y', `S.${program.field(program.name('y'), `${program.slot(makeSlot)}()`)}`);
	const started = pipeline.persistent('n', '0');
	emitBoundsList(path, keys);
	pipeline.emit(`${started} = 0;`);
	const transaction = pipeline.constant('x', 'S.transaction');
	pipeline.loop(true, (label) => {
		pipeline.emit(`if (${keys}.isEmpty || (${started} !== 0 && !${keys}.nextInList())) ${pipeline.leave(label)}`);
		pipeline.emit(`${started} = 1;`);
		pipeline.emit(`if (!${transaction}.get(${program.slot(index.keyspace)}, ${keys}.lower, ${keys}.lower.length, ${slot})) ${pipeline.skip()}`);
		const value = fieldsOf(pipeline, slot, true);
		if (path.isPrimary) bindRow(pipeline, access, plan.scan, value, () => `${keys}.lower.slice()`);
		else bindEntry(path, { ...value, keyBuffer: () => `${keys}.lower`, keyStart: () => '0', keyEnd: () => `${keys}.lower.length` });
		pipeline.rowStart();
		consume();
	});
}

/** Several ranges: computed at opening, put in index order, read one after the other. */
function produceRanges(path: AccessPath, consume: Consume): void {
	const { pipeline, plan } = path;
	const ranges = pipeline.constant('y', `S.${newBounds(pipeline)}`);
	const cursor = cursorField(pipeline);
	emitBoundsList(path, ranges);
	openCursor(pipeline, cursor, path.index.keyspace, `${ranges}.lower`, `${ranges}.upper`, plan.reverse);
	pipeline.loop(true, (label) => {
		pipeline.emit(`if (${ranges}.isEmpty) ${pipeline.leave(label)}`);
		pipeline.emit(`while (!${cursor}.next()) { if (!${ranges}.nextInList()) ${pipeline.leave(label)} ${cursor}.seek(${ranges}.lower, ${ranges}.upper); }`);
		bindFound(path, cursor);
		pipeline.rowStart();
		consume();
	});
}

/** Computes the bytes of one range into a `KeyBounds`. A descending column turns its ends around. */
export function emitBounds(path: AccessPath, bounds: AccessBounds, range: string): void {
	const { pipeline } = path;
	pipeline.emit(`${range}.reset();`);
	path.emitEqual(bounds, `${range}.prefix`, () => pipeline.emit(`${range}.isEmpty = true;`));
	const column = bounds.equal.length;
	const isDescending = path.isDescending(column);
	const [from, to] = isDescending ? [bounds.upper, bounds.lower] : [bounds.lower, bounds.upper];
	const emitEnd = (bound: AccessBounds['lower'], end: 'From' | 'To'): void => {
		if (bound === null) return;
		const value = pipeline.expressions.named(bound.expression);
		const write = (): void => pipeline.emit(`${path.part(column)}(${value.text}, ${range}.begin${end}()); ${range}.end${end}(${bound.inclusive});`);
		if (!value.nullable) write();
		else pipeline.conditional(`${value.text} === null`, () => pipeline.emit(`${range}.isEmpty = true;`), write);
	};
	emitEnd(from, 'From');
	emitEnd(to, 'To');
	// A range never meets nulls; where they lie at its open end they are cut off.
	if ((from === null) !== (to === null) && path.columnMayBeNull(column)) {
		const nullsFirst = path.nullsFirst(column);
		if (from === null && nullsFirst) pipeline.emit(`${path.part(column)}(null, ${range}.beginFrom()); ${range}.endFrom(false);`);
		if (to === null && !nullsFirst) pipeline.emit(`${path.part(column)}(null, ${range}.beginTo()); ${range}.endTo(false);`);
	}
	pipeline.emit(`${range}.finish();`);
}
