/**
 * PostgreSQL's binary forms: what its send functions write and its receive functions read, big-endian, without the length
 * word before them. Malformed bytes are refused with 22P03, malformed UTF-8 with 22021.
 *
 * Cost: an encoder or decoder is chosen once per column and calls nothing by name per value.
 */
import { sqlError } from '../platform/errors.ts';
import { BitString } from './bit-string.ts';
import { baseTypeOf, elementOf } from './builtin-types.ts';
import { checkDate, checkTimestamp, TimeTz } from './date-time.ts';
import type { Decimal } from './decimal.ts';
import { readDecimalWire, writeDecimalWire } from './decimal-wire.ts';
import type { DynamicValue } from './dynamic.ts';
import { dynamicFromJsonb, formatDynamic, formatProperties, propertiesFromJsonb } from './dynamic-json.ts';
import { boxOf, Geometry, type GeometryKind, isNearZero } from './geometry.ts';
import { formatInet, inetParts } from './inet.ts';
import type { Int8 } from './int8.ts';
import { Interval, MICROSECONDS_PER_DAY } from './interval.ts';
import { checkJson, parseJsonb } from './json-parser.ts';
import { formatJsonb, type Jsonb } from './jsonb.ts';
import { appendBytes, type KeyTarget, reserveBytes } from './key-buffer.ts';
import { rangeValues } from './load-ranges.ts';
import { PgArray } from './pg-array.ts';
import type { PropertyMap } from './property-map.ts';
import type { Type, TypeLookup } from './type.ts';
import { applyTypmod } from './typmod.ts';
import { decodeUtf8Checked, encodeUtf8, UTF8_BYTES_PER_UNIT_MAX } from './utf8.ts';
import { formatUuid, writeUuid } from './uuid.ts';
import * as wide from './wide-integer.ts';

type Encode = (value: unknown, target: KeyTarget) => void;
type Decode = (bytes: Uint8Array, start: number, end: number) => unknown;

/** Days from 1970-01-01 to 2000-01-01. */
const DAYS_TO_2000 = 10_957;

interface WireForm {
	readonly encode: Encode;
	readonly decode: Decode;
}

/** Appends the value's bytes (without a length word). */
export function binaryEncoder(type: Type, lookup: TypeLookup): Encode {
	return wireFormOf(baseTypeOf(type, lookup), lookup).encode;
}

export function binaryDecoder(type: Type, typmod: number, lookup: TypeLookup): Decode {
	const base = baseTypeOf(type, lookup);
	const { decode } = wireFormOf(base, lookup);
	const modifier = type.kind === 'domain' ? type.baseTypmod : typmod;
	return modifier < 0 ? decode : (bytes, start, end) => applyTypmod(base, decode(bytes, start, end), modifier, false, lookup);
}

function wireFormOf(type: Type, lookup: TypeLookup): WireForm {
	const known = forms[type.name];
	if (known !== undefined && type.oid < 16384) return known;
	if (type.kind === 'composite' || type.name === 'record') return recordForm(type, lookup);
	if (type.elementOid !== 0) return arrayForm(type, lookup);
	if (type.kind === 'enum') return enumForm(type);
	if (type.kind === 'range' || type.kind === 'multirange') return rangeWireForm(type, lookup);
	return type.name.startsWith('reg') && type.oid < 16384 ? oidForm : textForm;
}

function malformed(): Error {
	return sqlError('22P03', 'incorrect binary data format');
}

function fixed(count: number, write: (bytes: Uint8Array, at: number, value: never) => void, read: (bytes: Uint8Array, at: number) => unknown): WireForm {
	return {
		encode: (value, target) => {
			reserveBytes(target, count);
			write(target.bytes, target.length, value as never);
			target.length += count;
		},
		decode: (bytes, start, end) => {
			if (end - start !== count) throw malformed();
			return read(bytes, start);
		},
	};
}

function appendText(text: string, target: KeyTarget): void {
	reserveBytes(target, text.length * UTF8_BYTES_PER_UNIT_MAX);
	target.length = encodeUtf8(target.bytes, target.length, text);
}

function appendInt32(target: KeyTarget, value: number): void {
	reserveBytes(target, 4);
	wide.writeInt32Be(target.bytes, target.length, value);
	target.length += 4;
}

const textForm: WireForm = { encode: (value, target) => appendText(value as string, target), decode: decodeUtf8Checked };
const oidForm = fixed(
	4,
	(bytes, at, value: number) => wide.writeInt32Be(bytes, at, value),
	(bytes, at) => wide.readInt32Be(bytes, at) >>> 0,
);
const int8Form = fixed(8, (bytes, at, value: Int8) => wide.writeInt8Be(bytes, at, value), wide.readInt8Be);
const timestampForm = fixed(
	8,
	(bytes, at, value: Int8) => wide.writeTimestampBe(bytes, at, value),
	(bytes, at) => checkTimestamp(wide.readTimestampBe(bytes, at)),
);
const bitForm: WireForm = { encode: encodeBits, decode: decodeBits };
const inetForm = (cidr: boolean): WireForm => ({
	encode: (value, target) => encodeInet(value as string, cidr, target),
	decode: (bytes, start, end) => decodeInet(bytes, start, end, cidr),
});

const forms: Readonly<Record<string, WireForm>> = Object.assign(Object.create(null) as Record<string, WireForm>, {
	bool: fixed(
		1,
		(bytes, at, value: boolean) => {
			bytes[at] = value ? 1 : 0;
		},
		(bytes, at) => bytes[at] !== 0,
	),
	bytea: {
		encode: (value: unknown, target: KeyTarget) => appendBytes(target, value as Uint8Array),
		decode: (bytes: Uint8Array, start: number, end: number) => new Uint8Array(bytes.subarray(start, end)),
	},
	int2: fixed(
		2,
		(bytes, at, value: number) => {
			bytes[at] = value >> 8;
			bytes[at + 1] = value;
		},
		(bytes, at) => ((bytes[at]! << 24) >> 16) | bytes[at + 1]!,
	),
	int4: fixed(4, (bytes, at, value: number) => wide.writeInt32Be(bytes, at, value), wide.readInt32Be),
	int8: int8Form,
	money: int8Form,
	xid8: int8Form,
	oid: oidForm,
	xid: oidForm,
	cid: oidForm,
	float4: fixed(
		4,
		(bytes, at, value: number) => wide.writeInt32Be(bytes, at, wide.float32Bits(value)),
		(bytes, at) => wide.float32FromBits(wide.readInt32Be(bytes, at)),
	),
	float8: fixed(8, (bytes, at, value: number) => wide.writeFloat64Be(bytes, at, value), wide.readFloat64Be),
	numeric: { encode: (value: unknown, target: KeyTarget) => writeDecimalWire(value as Decimal, target), decode: readDecimalWire },
	date: fixed(4, writeDate, readDate),
	time: fixed(8, (bytes, at, value: number) => wide.writeInt8Be(bytes, at, value), readTime),
	timetz: fixed(12, writeTimeTz, (bytes, at) => new TimeTz(readTime(bytes, at), 0 - wide.readInt32Be(bytes, at + 8))),
	timestamp: timestampForm,
	timestamptz: timestampForm,
	interval: fixed(
		16,
		writeInterval,
		(bytes, at) => new Interval(wide.readInt32Be(bytes, at + 12), wide.readInt32Be(bytes, at + 8), wide.readInt8Be(bytes, at)),
	),
	uuid: fixed(16, writeUuid, formatUuid),
	json: {
		encode: textForm.encode,
		decode: (bytes: Uint8Array, start: number, end: number) => {
			const text = decodeUtf8Checked(bytes, start, end);
			checkJson(text);
			return text;
		},
	},
	jsonb: { encode: encodeJsonb, decode: decodeJsonb },
	properties: {
		encode: (value: unknown, target: KeyTarget) => appendVersioned(formatProperties(value as PropertyMap), target),
		decode: (bytes: Uint8Array, start: number, end: number) => propertiesFromJsonb(decodeJsonb(bytes, start, end)),
	},
	dynamic: {
		encode: (value: unknown, target: KeyTarget) => appendVersioned(formatDynamic(value as DynamicValue), target),
		decode: (bytes: Uint8Array, start: number, end: number) => dynamicFromJsonb(decodeJsonb(bytes, start, end)),
	},
	bit: bitForm,
	varbit: bitForm,
	inet: inetForm(false),
	cidr: inetForm(true),
	point: geometryForm('point', 16),
	lseg: geometryForm('lseg', 32),
	line: geometryForm('line', 24),
	box: geometryForm('box', 32),
	circle: geometryForm('circle', 24),
	polygon: pointsForm('polygon'),
	path: pointsForm('path'),
	tid: fixed(6, writeTupleId, (bytes, at) => `(${wide.readInt32Be(bytes, at) >>> 0},${(bytes[at + 4]! << 8) | bytes[at + 5]!})`),
	void: { encode: () => undefined, decode: () => '' },
});

function appendNumbers(numbers: readonly number[], target: KeyTarget): void {
	reserveBytes(target, 8 * numbers.length);
	for (const number of numbers) {
		wide.writeFloat64Be(target.bytes, target.length, number);
		target.length += 8;
	}
}

function numbersAt(bytes: Uint8Array, start: number, end: number): number[] {
	const numbers: number[] = [];
	for (let at = start; at < end; at += 8) numbers.push(wide.readFloat64Be(bytes, at));
	return numbers;
}

function geometryForm(kind: GeometryKind, count: number): WireForm {
	return {
		encode: (value, target) => appendNumbers((value as Geometry).numbers, target),
		decode: (bytes, start, end) => {
			if (end - start !== count) throw malformed();
			return checkedGeometry(kind, numbersAt(bytes, start, end));
		},
	};
}

/** What the input functions of texts would not make is no value. */
function checkedGeometry(kind: GeometryKind, numbers: readonly number[]): Geometry {
	const [first, second, third, fourth] = numbers as [number, number, number, number];
	if (kind === 'box') return boxOf(first, second, third, fourth);
	if (kind === 'line' && isNearZero(first) && isNearZero(second)) throw sqlError('22P03', 'invalid line specification: A and B cannot both be zero');
	if (kind === 'circle' && third < 0) throw sqlError('22P03', 'invalid radius in external "circle" value');
	return new Geometry(kind, numbers);
}

/** Of a path first whether it is closed, 1; count of points, 4; points. */
function pointsForm(kind: 'path' | 'polygon'): WireForm {
	const flagBytes = kind === 'path' ? 1 : 0;
	return {
		encode: (value, target) => {
			const { numbers, isClosed } = value as Geometry;
			reserveBytes(target, flagBytes);
			if (flagBytes === 1) target.bytes[target.length++] = isClosed ? 1 : 0;
			appendInt32(target, numbers.length / 2);
			appendNumbers(numbers, target);
		},
		decode: (bytes, start, end) => {
			const from = start + flagBytes;
			const count = end - from < 4 ? 0 : wide.readInt32Be(bytes, from);
			if (count <= 0 || end - from - 4 !== 16 * count) throw sqlError('22P03', `invalid number of points in external "${kind}" value`);
			return new Geometry(kind, numbersAt(bytes, from + 4, end), flagBytes === 0 || bytes[start] !== 0);
		},
	};
}

function writeDate(bytes: Uint8Array, at: number, days: number): void {
	wide.writeInt32Be(bytes, at, days === Number.POSITIVE_INFINITY ? 0x7fffffff : days === Number.NEGATIVE_INFINITY ? -0x80000000 : days - DAYS_TO_2000);
}

function readDate(bytes: Uint8Array, at: number): number {
	const days = wide.readInt32Be(bytes, at);
	if (days === 0x7fffffff) return Number.POSITIVE_INFINITY;
	return days === -0x80000000 ? Number.NEGATIVE_INFINITY : checkDate(days + DAYS_TO_2000);
}

function readTime(bytes: Uint8Array, at: number): number {
	const time = Number(wide.readInt8Be(bytes, at));
	if (time < 0 || time > MICROSECONDS_PER_DAY) throw sqlError('22008', 'time out of range');
	return time;
}

function writeTimeTz(bytes: Uint8Array, at: number, value: TimeTz): void {
	wide.writeInt8Be(bytes, at, value.microseconds);
	// On the wire a zone counts westwards.
	wide.writeInt32Be(bytes, at + 8, -value.secondsEast);
}

function writeInterval(bytes: Uint8Array, at: number, value: Interval): void {
	wide.writeInt8Be(bytes, at, value.microseconds);
	wide.writeInt32Be(bytes, at + 8, value.days);
	wide.writeInt32Be(bytes, at + 12, value.months);
}

function writeTupleId(bytes: Uint8Array, at: number, value: string): void {
	const [block, place] = value.slice(1, -1).split(',').map(Number) as [number, number];
	wide.writeInt32Be(bytes, at, block);
	bytes[at + 4] = place >> 8;
	bytes[at + 5] = place;
}

function encodeJsonb(value: unknown, target: KeyTarget): void {
	appendVersioned(formatJsonb(value as Jsonb), target);
}

/** Version 1, then the text. */
function appendVersioned(text: string, target: KeyTarget): void {
	reserveBytes(target, 1);
	target.bytes[target.length++] = 1;
	appendText(text, target);
}

function decodeJsonb(bytes: Uint8Array, start: number, end: number): Jsonb {
	if (bytes[start] !== 1 || end <= start) throw sqlError('22P03', `unsupported jsonb version number ${bytes[start] ?? 0}`);
	return parseJsonb(decodeUtf8Checked(bytes, start + 1, end));
}

function encodeBits(value: unknown, target: KeyTarget): void {
	const bits = value as BitString;
	appendInt32(target, bits.bitCount);
	appendBytes(target, bits.bytes);
}

function decodeBits(bytes: Uint8Array, start: number, end: number): BitString {
	const bitCount = end - start < 4 ? -1 : wide.readInt32Be(bytes, start);
	if (bitCount < 0 || (bitCount + 7) >> 3 !== end - start - 4) throw sqlError('22P03', 'invalid length in external bit string');
	const content = new Uint8Array(bytes.subarray(start + 4, end));
	if ((bitCount & 7) !== 0) content[content.length - 1]! &= 0xff << (8 - (bitCount & 7));
	return new BitString(bitCount, content);
}

/** Family (2 or 3), prefix length, whether cidr, count of address bytes, address. */
function encodeInet(value: string, cidr: boolean, target: KeyTarget): void {
	const { address, prefix } = inetParts(value);
	reserveBytes(target, 4);
	target.bytes[target.length++] = address.length === 4 ? 2 : 3;
	target.bytes[target.length++] = prefix;
	target.bytes[target.length++] = cidr ? 1 : 0;
	target.bytes[target.length++] = address.length;
	appendBytes(target, address);
}

function decodeInet(bytes: Uint8Array, start: number, end: number, cidr: boolean): string {
	const count = bytes[start] === 2 ? 4 : 16;
	if (end - start !== 4 + count || bytes[start + 3] !== count || bytes[start + 1]! > count * 8)
		throw sqlError('22P03', 'invalid length in external "inet" value');
	return formatInet({ address: new Uint8Array(bytes.subarray(start + 4, end)), prefix: bytes[start + 1]! }, cidr);
}

function enumForm(type: Type): WireForm {
	const labels = new Set(type.enumLabels);
	return {
		encode: textForm.encode,
		decode: (bytes, start, end) => {
			const label = decodeUtf8Checked(bytes, start, end);
			if (!labels.has(label)) throw sqlError('22P02', `invalid input value for enum ${type.name}: "${label}"`);
			return label;
		},
	};
}

/** A length word (−1 for NULL) and the value. */
function encodeItem(encode: Encode, value: unknown, target: KeyTarget): void {
	const at = target.length;
	appendInt32(target, -1);
	if (value === null) return;
	encode(value, target);
	wide.writeInt32Be(target.bytes, at, target.length - at - 4);
}

/** Dimensions, whether any NULL, element type; length and lower bound per dimension; elements. */
function arrayForm(type: Type, lookup: TypeLookup): WireForm {
	const element = elementOf(type, lookup)!;
	// Looked up at the first use: a composite type may hold arrays of itself.
	let known: WireForm | null = null;
	const form = (): WireForm => (known ??= wireFormOf(baseTypeOf(element, lookup), lookup));
	return {
		encode: (value, target) => {
			const array = value as PgArray;
			appendInt32(target, array.dimensions.length);
			appendInt32(target, array.elements.includes(null) ? 1 : 0);
			appendInt32(target, type.elementOid);
			array.dimensions.forEach((length, index) => {
				appendInt32(target, length);
				appendInt32(target, array.lowerBounds[index]!);
			});
			for (const item of array.elements) encodeItem(form().encode, item, target);
		},
		decode: (bytes, start, end) => decodeArray(bytes, start, end, type.elementOid, form().decode),
	};
}

function decodeArray(bytes: Uint8Array, start: number, end: number, elementOid: number, decode: Decode): PgArray {
	const reader = new WireReader(bytes, start, end);
	const dimensionCount = reader.int32();
	if (dimensionCount < 0 || dimensionCount > 6) throw sqlError('22P03', `invalid number of dimensions: ${dimensionCount}`);
	if ((reader.int32() & ~1) !== 0) throw sqlError('22P03', 'invalid array flags');
	if (reader.int32() >>> 0 !== elementOid) throw sqlError('42804', 'wrong element type');
	const dimensions: number[] = [];
	const lowerBounds: number[] = [];
	let count = dimensionCount === 0 ? 0 : 1;
	for (let index = 0; index < dimensionCount; index++) {
		dimensions.push(reader.int32());
		lowerBounds.push(reader.int32());
		count *= dimensions[index]!;
	}
	// Each element takes four bytes at least: a count that cannot fit is refused before anything is made.
	if (count < 0 || count * 4 > reader.left) throw malformed();
	const elements: unknown[] = [];
	for (let index = 0; index < count; index++) elements.push(reader.item(decode));
	if (reader.left !== 0) throw malformed();
	return count === 0 ? PgArray.empty : new PgArray(dimensions, lowerBounds, elements);
}

/** See `range-values.ts`. */
function rangeWireForm(type: Type, lookup: TypeLookup): WireForm {
	const values = rangeValues();
	const subtype = values.subtypeOf(type, lookup);
	const bound = { write: binaryEncoder(subtype, lookup), read: binaryDecoder(subtype, -1, lookup), isLittleEndian: false };
	const { write, read } = values.rangeForm(type, lookup, bound, true);
	return { encode: write, decode: read };
}

/** Count of fields; type, length word and value of each. */
function recordForm(type: Type, lookup: TypeLookup): WireForm {
	const field = (index: number): Type => {
		const found = lookup.typeByOid(type.fields[index]?.typeOid ?? 0);
		if (found === undefined) throw sqlError('0A000', 'a record whose fields have no known types has no binary form');
		return found;
	};
	return {
		encode: (value, target) => {
			const values = value as readonly unknown[];
			appendInt32(target, values.length);
			values.forEach((item, index) => {
				const fieldType = field(index);
				appendInt32(target, fieldType.oid);
				encodeItem(binaryEncoder(fieldType, lookup), item, target);
			});
		},
		decode: (bytes, start, end) => {
			const reader = new WireReader(bytes, start, end);
			const count = reader.int32();
			if (type.fields.length === 0) throw sqlError('0A000', 'input of anonymous composite types is not implemented');
			if (count !== type.fields.length) throw sqlError('42804', `wrong number of columns: ${count}, expected ${type.fields.length}`);
			const values: unknown[] = [];
			for (let index = 0; index < count; index++) {
				const fieldType = field(index);
				const oid = reader.int32() >>> 0;
				if (oid !== fieldType.oid) throw sqlError('42804', `binary data has type ${oid} instead of expected ${fieldType.oid} in record column ${index + 1}`);
				values.push(reader.item(binaryDecoder(fieldType, type.fields[index]!.typmod, lookup)));
			}
			if (reader.left !== 0) throw malformed();
			return values;
		},
	};
}

/** Reads within bounds; a read past the end is malformed. */
class WireReader {
	readonly #bytes: Uint8Array;
	readonly #end: number;
	#at: number;

	constructor(bytes: Uint8Array, start: number, end: number) {
		this.#bytes = bytes;
		this.#at = start;
		this.#end = end;
	}

	get left(): number {
		return this.#end - this.#at;
	}

	int32(): number {
		if (this.left < 4) throw malformed();
		this.#at += 4;
		return wide.readInt32Be(this.#bytes, this.#at - 4);
	}

	item(decode: Decode): unknown {
		const count = this.int32();
		if (count === -1) return null;
		if (count < 0 || count > this.left) throw malformed();
		this.#at += count;
		return decode(this.#bytes, this.#at - count, this.#at);
	}
}
