/**
 * How the values of each type reach the wire and come from it: one function per column or parameter, chosen once by type and
 * format, so that nothing is decided per row. Common types write digits or bytes straight into the output buffer; the others
 * go through the text and binary forms of `value/`.
 *
 * Source: PostgreSQL's send and receive functions of each type (`timestamp_send`: microseconds since 2000-01-01).
 */
import { sqlError } from '../../platform/errors.ts';
import { baseTypeOf } from '../../value/builtin-types.ts';
import type { TextSettings } from '../../value/text-settings.ts';
import type { Type, TypeLookup } from '../../value/type.ts';
import { binaryDecoder, binaryEncoder } from '../../value/value-binary.ts';
import { textFormatter, textParser } from '../../value/value-text.ts';
import { decodeTextValue } from './message-reader.ts';
import type { OutputBuffer } from './output-buffer.ts';

export type ColumnWriter = (value: unknown) => void;
/** Bytes of a parameter at `bytes[start, end)` → value. */
export type ParameterReader = (bytes: Buffer, start: number, end: number) => unknown;

/** What the forms of values depend on. */
export interface ValueForms {
	readonly types: TypeLookup;
	readonly settings: TextSettings;
}

export const TEXT_FORMAT = 0;
export const BINARY_FORMAT = 1;

const BOOL = 16;
const BYTEA = 17;
const CHAR = 18;
const NAME = 19;
const INT8 = 20;
const INT2 = 21;
const INT4 = 23;
const TEXT = 25;
const OID = 26;
const JSON_TEXT = 114;
const XML = 142;
const REFCURSOR = 1790;
const FLOAT4 = 700;
const FLOAT8 = 701;
const UNKNOWN = 705;
const BPCHAR = 1042;
const VARCHAR = 1043;
const DATE = 1082;
const TIMESTAMP = 1114;
const TIMESTAMPTZ = 1184;
const UUID = 2950;

/** Days and microseconds from 1970-01-01, our epoch, to 2000-01-01, the protocol's. */
const EPOCH_DAYS = 10957;
const EPOCH_US = 946684800000000;

const INT32_MAX = 0x7fffffff;
const INT32_MIN = -0x80000000;
const NULL_LENGTH = -1;

/** True for types whose text form is the value itself. */
function isPlainText(oid: number): boolean {
	return (
		oid === TEXT ||
		oid === VARCHAR ||
		oid === BPCHAR ||
		oid === NAME ||
		oid === JSON_TEXT ||
		oid === UUID ||
		oid === UNKNOWN ||
		oid === XML ||
		oid === REFCURSOR
	);
}

export function columnWriter(declared: Type, format: number, out: OutputBuffer, forms: ValueForms): ColumnWriter {
	const type = baseTypeOf(declared, forms.types);
	return format === BINARY_FORMAT ? binaryWriter(type, out, forms) : textWriter(type, out, forms);
}

function textWriter(type: Type, out: OutputBuffer, forms: ValueForms): ColumnWriter {
	if (isPlainText(type.oid) || type.kind === 'enum') {
		return (value) => {
			if (value === null) out.int32(NULL_LENGTH);
			else out.sizedText(value as string);
		};
	}
	switch (type.oid) {
		case INT2:
		case INT4:
		case OID:
			return (value) => {
				if (value === null) out.int32(NULL_LENGTH);
				else out.sizedDigits(value as number);
			};
		case INT8:
			return (value) => {
				if (value === null) out.int32(NULL_LENGTH);
				else if (typeof value === 'number' && value <= INT32_MAX && value >= INT32_MIN) out.sizedDigits(value);
				else out.sizedText(String(value));
			};
		case BOOL:
			return (value) => {
				if (value === null) out.int32(NULL_LENGTH);
				else {
					out.int32(1);
					out.byte(value === true ? 0x74 : 0x66);
				}
			};
		default: {
			const format = textFormatter(type, forms.types, forms.settings);
			return (value) => {
				if (value === null) out.int32(NULL_LENGTH);
				else out.sizedText(format(value));
			};
		}
	}
}

function binaryWriter(type: Type, out: OutputBuffer, forms: ValueForms): ColumnWriter {
	if (type.oid !== UUID && type.oid !== UNKNOWN && (isPlainText(type.oid) || type.kind === 'enum')) return textWriter(type, out, forms);
	const common = commonBinaryWriter(type.oid, out) ?? bytesBinaryWriter(type.oid, out);
	if (common !== null) return common;
	const encode = binaryEncoder(type, forms.types);
	return (value) => {
		if (value === null) {
			out.int32(NULL_LENGTH);
			return;
		}
		const at = out.openSized();
		encode(value, out);
		out.closeSized(at);
	};
}

/** Each writer tests for NULL itself: a wrapper around it would be one more call per value. */
function commonBinaryWriter(oid: number, out: OutputBuffer): ColumnWriter | null {
	switch (oid) {
		case INT2:
			return (value) => {
				if (value === null) out.int32(NULL_LENGTH);
				else {
					out.int32(2);
					out.int16(value as number);
				}
			};
		case INT4:
		case OID:
			return (value) => {
				if (value === null) out.int32(NULL_LENGTH);
				else {
					out.int32(4);
					out.int32(value as number);
				}
			};
		case INT8:
			return (value) => {
				if (value === null) out.int32(NULL_LENGTH);
				else writeInt64(out, value as number | bigint);
			};
		case FLOAT8:
			return (value) => {
				if (value === null) out.int32(NULL_LENGTH);
				else {
					out.int32(8);
					const at = out.reserve(8);
					out.length = out.bytes.writeDoubleBE(value as number, at);
				}
			};
		case FLOAT4:
			return (value) => {
				if (value === null) out.int32(NULL_LENGTH);
				else {
					out.int32(4);
					const at = out.reserve(4);
					out.length = out.bytes.writeFloatBE(value as number, at);
				}
			};
		case BOOL:
			return (value) => {
				if (value === null) out.int32(NULL_LENGTH);
				else {
					out.int32(1);
					out.byte(value === true ? 1 : 0);
				}
			};
		default:
			return null;
	}
}

function bytesBinaryWriter(oid: number, out: OutputBuffer): ColumnWriter | null {
	switch (oid) {
		case BYTEA:
			return (value) => {
				if (value === null) out.int32(NULL_LENGTH);
				else out.sizedBytes(value as Uint8Array);
			};
		case DATE:
			return (value) => {
				if (value === null) out.int32(NULL_LENGTH);
				else {
					out.int32(4);
					out.int32(Number.isFinite(value) ? (value as number) - EPOCH_DAYS : value === Infinity ? INT32_MAX : INT32_MIN);
				}
			};
		case TIMESTAMP:
		case TIMESTAMPTZ:
			return (value) => {
				if (value === null) out.int32(NULL_LENGTH);
				else writeTimestamp(out, value as number | bigint);
			};
		default:
			return null;
	}
}

function writeInt64(out: OutputBuffer, value: number | bigint): void {
	out.int32(8);
	if (typeof value === 'bigint') {
		const at = out.reserve(8);
		out.length = out.bytes.writeBigInt64BE(value, at);
		return;
	}
	const high = Math.floor(value / 0x100000000);
	out.int32(high);
	out.int32((value - high * 0x100000000) | 0);
}

function writeTimestamp(out: OutputBuffer, value: number | bigint): void {
	if (value === Infinity || value === -Infinity) {
		writeInt64(out, value > 0 ? 0x7fffffffffffffffn : -0x8000000000000000n);
		return;
	}
	const moved = typeof value === 'number' ? value - EPOCH_US : value - BigInt(EPOCH_US);
	writeInt64(out, typeof moved === 'number' && !Number.isSafeInteger(moved) ? BigInt(value) - BigInt(EPOCH_US) : moved);
}

export function parameterReader(declared: Type, format: number, forms: ValueForms): ParameterReader {
	const type = baseTypeOf(declared, forms.types);
	return format === BINARY_FORMAT ? binaryReader(type, forms) : textReader(type, forms);
}

function textReader(type: Type, forms: ValueForms): ParameterReader {
	switch (type.oid) {
		case TEXT:
		case UNKNOWN:
		case VARCHAR:
			return decodeTextValue;
		case INT4:
		case INT8:
		case INT2: {
			const limit = type.oid === INT2 ? 4 : 9;
			const parse = textParser(type, -1, forms.types, forms.settings);
			return (bytes, start, end) => {
				const value = shortInteger(bytes, start, end, limit);
				return value === null ? parse(decodeTextValue(bytes, start, end)) : value;
			};
		}
		default:
			return parsedText(type, forms);
	}
}

function parsedText(type: Type, forms: ValueForms): ParameterReader {
	const parse = textParser(type, -1, forms.types, forms.settings);
	return (bytes, start, end) => parse(decodeTextValue(bytes, start, end));
}

/** A plain integer of at most `digitsMax` digits, or null for anything else. */
function shortInteger(bytes: Buffer, start: number, end: number, digitsMax: number): number | null {
	const negative = bytes[start] === 0x2d;
	let at = negative ? start + 1 : start;
	if (end === at || end - at > digitsMax) return null;
	let value = 0;
	for (; at < end; at++) {
		const digit = bytes[at]! - 48;
		if (digit < 0 || digit > 9) return null;
		value = value * 10 + digit;
	}
	return negative && value !== 0 ? -value : value;
}

function fixed(bytesWanted: number, read: (bytes: Buffer, start: number) => unknown): ParameterReader {
	return (bytes, start, end) => {
		if (end - start !== bytesWanted) throw sqlError('22P03', 'incorrect binary data format');
		return read(bytes, start);
	};
}

function binaryReader(type: Type, forms: ValueForms): ParameterReader {
	switch (type.oid) {
		case TEXT:
		case UNKNOWN:
		case VARCHAR:
			return decodeTextValue;
		case INT2:
			return fixed(2, (bytes, start) => bytes.readInt16BE(start));
		case INT4:
			return fixed(4, (bytes, start) => bytes.readInt32BE(start));
		case OID:
			return fixed(4, (bytes, start) => bytes.readUInt32BE(start));
		case INT8:
			return fixed(8, (bytes, start) => readInt64(bytes, start));
		case FLOAT8:
			return fixed(8, (bytes, start) => bytes.readDoubleBE(start));
		case FLOAT4:
			return fixed(4, (bytes, start) => bytes.readFloatBE(start));
		case BOOL:
			return fixed(1, (bytes, start) => bytes[start] !== 0);
		case BYTEA:
			return (bytes, start, end) => Uint8Array.prototype.slice.call(bytes, start, end);
		case TIMESTAMP:
		case TIMESTAMPTZ:
			return fixed(8, readTimestamp);
		case DATE:
			return fixed(4, (bytes, start) => readDate(bytes.readInt32BE(start)));
		case CHAR:
		case NAME:
		case BPCHAR:
		case JSON_TEXT:
		case XML:
		case REFCURSOR:
			return parsedText(type, forms);
		default:
			return type.kind === 'enum' ? parsedText(type, forms) : binaryDecoder(type, -1, forms.types);
	}
}

function readInt64(bytes: Buffer, start: number): number | bigint {
	const high = bytes.readInt32BE(start);
	// Within ±2^53: exact as a number.
	if (high < 0x200000 && high >= -0x200000) {
		const value = high * 0x100000000 + bytes.readUInt32BE(start + 4);
		if (Number.isSafeInteger(value)) return value;
	}
	return bytes.readBigInt64BE(start);
}

function readDate(days: number): number {
	if (days === INT32_MAX) return Infinity;
	return days === INT32_MIN ? -Infinity : days + EPOCH_DAYS;
}

function readTimestamp(bytes: Buffer, start: number): number | bigint {
	const value = readInt64(bytes, start);
	if (typeof value === 'number') {
		const moved = value + EPOCH_US;
		return Number.isSafeInteger(moved) ? moved : BigInt(value) + BigInt(EPOCH_US);
	}
	if (value === 0x7fffffffffffffffn) return Infinity;
	if (value === -0x8000000000000000n) return -Infinity;
	const moved = value + BigInt(EPOCH_US);
	return moved >= BigInt(Number.MIN_SAFE_INTEGER) && moved <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(moved) : moved;
}
