/**
 * Rows as bytes, with any column reachable in O(1): the format of `docs/formats/row.md`.
 *
 *     0            2   schema version; bit 15 set for a long row
 *     2            b   null bitmap, one bit per column, 1 for NULL; b = ceil(columns / 8)
 *     2 + b        f   slots of fixed-width columns, in column order; zeros for NULL
 *     2 + b + f    2v  ends of the v variable-length columns, from the row's start; 4v in a long row
 *     …                variable-length bytes, in column order
 *
 * Everything is little-endian. A row is short unless it ends past 65,535 bytes. A row holds the columns of its schema
 * version: those with `addedIn` ≤ version, in order, dropped ones as NULL. So the columns of an older version are a prefix of
 * the newer ones', and a column that a row does not have shows its missing value.
 *
 * Getters and encoders are generated as JavaScript with all places as constants; the text is made of numbers only, and values,
 * functions and missing values are parameters. Cost: a row of three int4, one int8 and two short texts is written in about 100 ns and read in 80 ns.
 */
import { CorruptionError, sqlError } from '../platform/errors.ts';
import { type KeyTarget, reserveBytes } from './key-buffer.ts';
import { type Representation, representationOf } from './representation.ts';
import { type FixedValue, type RowValue, rowValueOf, type VariableValue } from './row-values.ts';
import type { Type, TypeLookup } from './type.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

/** Schema versions must stay below bit 15. */
export const SCHEMA_VERSION_MAX = 0x7fff;
const LONG_ROW = 0x8000;
const SHORT_ROW_BYTES_MAX = 0xffff;

export interface RowColumn {
	readonly type: Type;
	readonly typmod: number;
	/** Schema version in which the column came. */
	readonly addedIn: number;
	readonly dropped: boolean;
	/** Value that rows written before the column came show. */
	readonly missing: unknown;
}

/** Where one column lies in the rows of one schema version. */
interface Place {
	readonly column: RowColumn;
	readonly value: RowValue;
	readonly representation: Representation;
	/** Place of the slot from the row's start; −1 for a variable-length column. */
	readonly slot: number;
	/** Place among the variable-length columns; −1 for others. */
	readonly variable: number;
}

/** How rows of one schema version of a table lie in bytes. Columns include dropped ones; rows in memory hold live ones. */
export class RowLayout {
	readonly columns: readonly RowColumn[];
	readonly schemaVersion: number;
	readonly lookup: TypeLookup;
	readonly places: readonly Place[];
	readonly variableCount: number;
	/** Where the ends of variable-length columns begin. */
	readonly endsAt: number;
	readonly #older: (RowLayout | undefined)[] = [];

	constructor(columns: readonly RowColumn[], schemaVersion: number, lookup: TypeLookup) {
		if (schemaVersion > SCHEMA_VERSION_MAX) throw sqlError('54000', `a table cannot be altered more than ${SCHEMA_VERSION_MAX} times`);
		this.columns = columns;
		this.schemaVersion = schemaVersion;
		this.lookup = lookup;
		let at = 2 + ((columns.length + 7) >> 3);
		let variableCount = 0;
		this.places = columns.map((column) => {
			const value = rowValueOf(column.type, lookup);
			const fixed = value.width > 0;
			const place = { column, value, representation: representationOf(column.type, lookup), slot: fixed ? at : -1, variable: fixed ? -1 : variableCount };
			at += value.width;
			if (!fixed) variableCount++;
			return place;
		});
		this.endsAt = at;
		this.variableCount = variableCount;
	}

	/** The layout of rows of an older version of the same table. */
	older(version: number): RowLayout {
		let layout = this.#older[version];
		if (layout === undefined) {
			const columns = this.columns.filter((column) => column.addedIn <= version);
			layout = new RowLayout(columns, version, this.lookup);
			this.#older[version] = layout;
		}
		return layout;
	}
}

/** `row` has one value per live column, in order; the row's bytes are appended to `target`. */
export type RowEncoder = (row: readonly unknown[], target: KeyTarget) => void;
export type Getter = (buffer: Uint8Array, start: number, end: number) => unknown;

export function schemaVersionOf(buffer: Uint8Array, start: number): number {
	return (buffer[start]! | (buffer[start + 1]! << 8)) & SCHEMA_VERSION_MAX;
}

export function rowEncoder(layout: RowLayout): RowEncoder {
	const { places, endsAt, variableCount } = layout;
	const liveIndex: number[] = [];
	let live = 0;
	for (const place of places) liveIndex.push(place.column.dropped ? -1 : live++);
	const encodeFixed = fixedEncoder(layout, liveIndex);
	const variables = places.flatMap((place, index) =>
		place.variable >= 0 ? [{ value: place.value as VariableValue, isText: isText(place), index: liveIndex[index]! }] : [],
	);
	const dataAt = endsAt + 2 * variableCount;
	return (row, target) => {
		const start = target.length;
		reserveBytes(target, dataAt);
		encodeFixed(row, target.bytes, start);
		target.length = start + dataAt;
		for (let k = 0; k < variables.length; k++) {
			const { value, isText, index } = variables[k]!;
			const item = index < 0 ? null : row[index];
			if (item !== null) {
				if (isText) {
					reserveBytes(target, (item as string).length * 3);
					target.length = encodeUtf8(target.bytes, target.length, item as string);
				} else value.write(item as never, target);
			}
			const end = target.length - start;
			const bytes = target.bytes;
			const at = start + endsAt + 2 * k;
			bytes[at] = end;
			bytes[at + 1] = end >> 8;
		}
		if (target.length - start > SHORT_ROW_BYTES_MAX) lengthen(layout, variables, row, target, start);
	};
}

interface VariableColumn {
	readonly value: VariableValue;
	readonly index: number;
}

/** Writes the variable-length part of a row again, with ends of four bytes. */
function lengthen(layout: RowLayout, variables: readonly VariableColumn[], row: readonly unknown[], target: KeyTarget, start: number): void {
	target.bytes[start + 1]! |= LONG_ROW >> 8;
	const endsAt = start + layout.endsAt;
	target.length = start + layout.endsAt;
	reserveBytes(target, 4 * variables.length);
	target.length += 4 * variables.length;
	for (let k = 0; k < variables.length; k++) {
		const { value, index } = variables[k]!;
		const item = index < 0 ? null : row[index];
		if (item !== null) value.write(item as never, target);
		const end = target.length - start;
		for (let byte = 0; byte < 4; byte++) target.bytes[endsAt + 4 * k + byte] = end >>> (8 * byte);
	}
}

function isText(place: Place): boolean {
	return place.representation === 'text' || place.representation === 'bpchar' || place.representation === 'enum';
}

/** Generated: version, null bitmap and slots. */
function fixedEncoder(layout: RowLayout, liveIndex: readonly number[]): (row: readonly unknown[], bytes: Uint8Array, start: number) => void {
	const writers: FixedValue['write'][] = [];
	const lines = ['let v, bits;', `bytes[start] = ${layout.schemaVersion & 0xff}; bytes[start + 1] = ${layout.schemaVersion >> 8};`];
	layout.places.forEach((place, index) => {
		if (index % 8 === 0) lines.push('bits = 0;');
		const bit = 1 << (index % 8);
		const live = liveIndex[index]!;
		if (live < 0) lines.push(`bits |= ${bit};`);
		if (place.slot < 0) {
			if (live >= 0) lines.push(`if (row[${live}] === null) bits |= ${bit};`);
		} else {
			const zero = zeroWriter(place);
			if (live < 0) lines.push(zero);
			else lines.push(`v = row[${live}]; if (v === null) { bits |= ${bit}; ${zero} } else { ${slotWriter(place, writers)} }`);
		}
		if (index % 8 === 7 || index === layout.places.length - 1) lines.push(`bytes[start + ${2 + (index >> 3)}] = bits;`);
	});
	const make = new Function(
		'writers',
		`${writers.map((_, index) => `const w${index} = writers[${index}];`).join('')} return function encodeFixed(row, bytes, start) { ${lines.join('\n')} };`,
	);
	return make(writers) as (row: readonly unknown[], bytes: Uint8Array, start: number) => void;
}

/** Stores of single bytes, which a call of `fill` would cost more than. */
function zeroWriter(place: Place): string {
	const { width } = place.value;
	if (width > 8) return `bytes.fill(0, start + ${place.slot}, start + ${place.slot + width});`;
	return Array.from({ length: width }, (_, index) => `bytes[start + ${place.slot + index}] = 0;`).join(' ');
}

function slotWriter(place: Place, writers: FixedValue['write'][]): string {
	const at = (offset: number): string => `bytes[start + ${place.slot + offset}]`;
	if (place.representation === 'int4') return `${at(0)} = v; ${at(1)} = v >>> 8; ${at(2)} = v >>> 16; ${at(3)} = v >>> 24;`;
	if (place.representation === 'bool') return `${at(0)} = v ? 1 : 0;`;
	writers.push((place.value as FixedValue).write);
	return `w${writers.length - 1}(bytes, start + ${place.slot}, v);`;
}

/** Getter of `layout.columns[index]`, right for rows of this and all older schema versions. */
export function columnGetter(layout: RowLayout, index: number): Getter {
	const column = layout.columns[index]!;
	if (column.dropped) return () => null;
	const read = currentReader(layout, index);
	const other = olderGetter(layout, index);
	const make = new Function(
		'read',
		'other',
		`return function get(buffer, start, end) { return ${inlineIsCurrent(layout, 'buffer', 'start')} ? read(buffer, start, end) : other(buffer, start, end); };`,
	);
	return make(read, other) as Getter;
}

/** What is read of a column's value: from its bytes in a row, or of the value itself, where no row has it (a missing value). */
export interface ColumnPart {
	readonly read: (bytes: Uint8Array, start: number, end: number) => unknown;
	readonly ofValue: (value: unknown) => unknown;
}

/** As `columnGetter` of a column of variable length, for a part of its value. */
export function partGetter(layout: RowLayout, index: number, part: ColumnPart): Getter {
	const place = layout.places[index]!;
	const whole = olderGetter(layout, index);
	const { read, ofValue } = part;
	const [versionLow, versionHigh] = [layout.schemaVersion & 0xff, layout.schemaVersion >> 8];
	const [nullAt, nullBit] = [2 + (index >> 3), 1 << (index % 8)];
	const isFirst = place.variable === 0;
	const dataAt = layout.endsAt + 2 * layout.variableCount;
	const toAt = layout.endsAt + 2 * place.variable;
	return (buffer, start, end) => {
		if (buffer[start] !== versionLow || buffer[start + 1] !== versionHigh) {
			const value = whole(buffer, start, end);
			return value === null ? null : ofValue(value);
		}
		if ((buffer[start + nullAt]! & nullBit) !== 0) return null;
		const at = start + toAt;
		const from = start + (isFirst ? dataAt : buffer[at - 2]! | (buffer[at - 1]! << 8));
		return read(buffer, from, start + (buffer[at]! | (buffer[at + 1]! << 8)));
	};
}

/** Reads the column from a short row of the layout's own version. */
function currentReader(layout: RowLayout, index: number): Getter {
	const place = layout.places[index]!;
	const isNull = nullTest(index, 'buffer', 'start');
	if (place.slot >= 0) {
		const inline = inlineSlot(place, 'buffer', 'start');
		if (inline !== null) return new Function('buffer', 'start', `return ${isNull} ? null : ${inline};`) as Getter;
		const make = new Function('read', `return function (buffer, start) { return ${isNull} ? null : read(buffer, start + ${place.slot}); };`);
		return make(place.value.read) as Getter;
	}
	const from = place.variable === 0 ? `${layout.endsAt + 2 * layout.variableCount}` : shortEnd(layout, place.variable - 1, 'buffer', 'start');
	const make = new Function(
		'read',
		`return function (buffer, start) { return ${isNull} ? null : read(buffer, start + ${from}, start + ${shortEnd(layout, place.variable, 'buffer', 'start')}); };`,
	);
	return make(isText(place) ? decodeUtf8 : place.value.read) as Getter;
}

function shortEnd(layout: RowLayout, variable: number, buffer: string, start: string): string {
	const at = layout.endsAt + 2 * variable;
	return `(${buffer}[${start} + ${at}] | (${buffer}[${start} + ${at + 1}] << 8))`;
}

function nullTest(index: number, buffer: string, start: string): string {
	return `(${buffer}[${start} + ${2 + (index >> 3)}] & ${1 << (index % 8)}) !== 0`;
}

/** For long rows and rows of older versions. */
function olderGetter(layout: RowLayout, index: number): Getter {
	return (buffer, start) => {
		const version = schemaVersionOf(buffer, start);
		if (version > layout.schemaVersion) throw new CorruptionError('corruption', `a row has schema version ${version}, its table only ${layout.schemaVersion}`);
		const column = layout.columns[index]!;
		if (column.addedIn > version) return column.missing;
		const own = version === layout.schemaVersion ? layout : layout.older(version);
		return readPlace(own, index, buffer, start);
	};
}

/** Any column of any row of the layout's version. */
function readPlace(layout: RowLayout, index: number, buffer: Uint8Array, start: number): unknown {
	if ((buffer[start + 2 + (index >> 3)]! & (1 << (index % 8))) !== 0) return null;
	const place = layout.places[index]!;
	if (place.slot >= 0) return (place.value as FixedValue).read(buffer, start + place.slot);
	const isLong = (buffer[start + 1]! & (LONG_ROW >> 8)) !== 0;
	const width = isLong ? 4 : 2;
	const from = place.variable === 0 ? layout.endsAt + width * layout.variableCount : endOf(buffer, start + layout.endsAt, place.variable - 1, isLong);
	return (place.value as VariableValue).read(buffer, start + from, start + endOf(buffer, start + layout.endsAt, place.variable, isLong));
}

function endOf(buffer: Uint8Array, table: number, variable: number, isLong: boolean): number {
	const at = table + (isLong ? 4 : 2) * variable;
	const low = buffer[at]! | (buffer[at + 1]! << 8);
	return isLong ? low + (buffer[at + 2]! << 16) + buffer[at + 3]! * 0x1000000 : low;
}

/** Row bytes → array of live values. */
export function rowDecoder(layout: RowLayout): (buffer: Uint8Array, start: number, end: number) => unknown[] {
	const current: Getter[] = [];
	const others: Getter[] = [];
	layout.columns.forEach((column, index) => {
		if (column.dropped) return;
		current.push(currentReader(layout, index));
		others.push(olderGetter(layout, index));
	});
	const calls = (list: string): string => `[${current.map((_, index) => `${list}${index}(buffer, start, end)`).join(', ')}]`;
	const constants = current.map((_, index) => `const c${index} = current[${index}], o${index} = others[${index}];`).join('');
	const body = `return function decode(buffer, start, end) { return ${inlineIsCurrent(layout, 'buffer', 'start')} ? ${calls('c')} : ${calls('o')}; };`;
	return new Function('current', 'others', constants + body)(current, others) as (buffer: Uint8Array, start: number, end: number) => unknown[];
}

/**
 * JavaScript text that reads a column of a short row of the current version without a call, given the texts of two variables;
 * null where there is no short form (all variable-length columns, floats, timestamps, uuid, interval).
 */
export function inlineGetter(layout: RowLayout, index: number, buffer: string, start: string): string | null {
	const place = layout.places[index]!;
	if (place.column.dropped || place.slot < 0) return null;
	const inline = inlineSlot(place, buffer, start);
	return inline === null ? null : `(${nullTest(index, buffer, start)} ? null : ${inline})`;
}

function inlineSlot(place: Place, buffer: string, start: string): string | null {
	const at = (offset: number): string => `${buffer}[${start} + ${place.slot + offset}]`;
	const int4 = `(${at(0)} | (${at(1)} << 8) | (${at(2)} << 16) | (${at(3)} << 24))`;
	switch (place.representation) {
		case 'bool':
			return `${at(0)} !== 0`;
		case 'int2':
			return `((${at(0)} | (${at(1)} << 8)) << 16 >> 16)`;
		case 'int4':
			return int4;
		case 'oid':
			return `(${int4} >>> 0)`;
		case 'date':
			// The ends of the range stand for infinity.
			return `(${int4} === 2147483647 ? Infinity : ${int4} === -2147483648 ? -Infinity : ${int4})`;
		case 'int8':
		case 'time': {
			const high = `(${at(4)} | (${at(5)} << 8) | (${at(6)} << 16) | (${at(7)} << 24))`;
			const number = `(${high} * 4294967296 + (${int4} >>> 0))`;
			// A high half below 2^21 keeps the sum safe; of the rest only a few just above −2^53 are.
			const rare = `(Number.isSafeInteger(${number}) ? ${number} : (BigInt(${high}) << 32n) + BigInt(${int4} >>> 0))`;
			return `(${high} < 2097152 && ${high} > -2097152 ? ${number} : ${rare})`;
		}
		default:
			return null;
	}
}

/** JavaScript text, true for a short row of the layout's own version. */
export function inlineIsCurrent(layout: RowLayout, buffer: string, start: string): string {
	return `(${buffer}[${start}] === ${layout.schemaVersion & 0xff} && ${buffer}[${start} + 1] === ${layout.schemaVersion >> 8})`;
}
