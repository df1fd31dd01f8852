/**
 * Key bytes of values made of values.
 *
 * | value | bytes |
 * |---|---|
 * | array | per element 1 and its bytes, or 2 for NULL; 0; count of dimensions, 1; lengths, 4 each; lower bounds, 4 each with the sign bit flipped |
 * | record | per field 1 and its bytes, or 2 for NULL |
 * | jsonb | rank (empty array at the top 0, null 1, text 2, number 3, false 4, true 5, array 6, object 7); text and number as their types; arrays: count, 4, items; objects: count, 4, key and value in turn |
 */
import { sqlError } from '../platform/errors.ts';
import { elementOf } from './builtin-types.ts';
import { Decimal } from './decimal.ts';
import { type Jsonb, JsonbArray, JsonbObject } from './jsonb.ts';
import { type KeyTarget, reserveBytes } from './key-buffer.ts';
import { decimalKeyEnd, writeDecimalKey } from './key-decimal.ts';
import type { PartCodec } from './key-parts.ts';
import { textKeyEnd, writeTextKey } from './key-text.ts';
import type { PgArray } from './pg-array.ts';
import type { Type, TypeLookup } from './type.ts';
import { readInt32Be, writeInt32Be } from './wide-integer.ts';

type CodecOf = (type: Type, lookup: TypeLookup) => PartCodec;

function writeByte(target: KeyTarget, byte: number): void {
	reserveBytes(target, 1);
	target.bytes[target.length++] = byte;
}

function writeCount(target: KeyTarget, count: number): void {
	reserveBytes(target, 4);
	writeInt32Be(target.bytes, target.length, count);
	target.length += 4;
}

function writeNullable(codec: PartCodec, value: unknown, target: KeyTarget): void {
	writeByte(target, value === null ? 2 : 1);
	if (value !== null) codec.write(value, target);
}

export function arrayPart(type: Type, lookup: TypeLookup, codecOf: CodecOf): PartCodec {
	const element = elementOf(type, lookup);
	if (element === undefined) throw noKeyForm(type);
	const codec = codecOf(element, lookup);
	const write = (value: unknown, target: KeyTarget): void => {
		const array = value as PgArray;
		for (const item of array.elements) writeNullable(codec, item, target);
		writeByte(target, 0);
		writeByte(target, array.dimensions.length);
		for (const length of array.dimensions) writeCount(target, length);
		for (const bound of array.lowerBounds) writeCount(target, bound ^ 0x80000000);
	};
	const end = (bytes: Uint8Array, start: number, mask: number): number => {
		let at = start;
		for (;;) {
			const marker = bytes[at++]! ^ mask;
			if (marker === 0) break;
			if (marker === 1) at = codec.end(bytes, at, mask);
		}
		return at + 1 + 8 * (bytes[at]! ^ mask);
	};
	return { write, end, read: null };
}

export function recordPart(type: Type, lookup: TypeLookup, codecOf: CodecOf): PartCodec {
	if (type.fields.length === 0) throw noKeyForm(type);
	const codecs = type.fields.map((field) => {
		const fieldType = lookup.typeByOid(field.typeOid);
		if (fieldType === undefined) throw noKeyForm(type);
		return codecOf(fieldType, lookup);
	});
	const write = (value: unknown, target: KeyTarget): void => {
		codecs.forEach((codec, index) => {
			writeNullable(codec, (value as readonly unknown[])[index] ?? null, target);
		});
	};
	const end = (bytes: Uint8Array, start: number, mask: number): number => {
		let at = start;
		for (const codec of codecs) at = (bytes[at]! ^ mask) === 1 ? codec.end(bytes, at + 1, mask) : at + 1;
		return at;
	};
	return { write, end, read: null };
}

function noKeyForm(type: Type): Error {
	return sqlError('0A000', `values of type ${type.name} cannot be keys of an index`);
}

export const jsonbPart: PartCodec = {
	write: (value, target) => {
		if (value instanceof JsonbArray && value.items.length === 0) writeByte(target, 0);
		else writeJsonb(value as Jsonb, target);
	},
	end: jsonbEnd,
	read: null,
};

function writeJsonb(value: Jsonb, target: KeyTarget): void {
	if (typeof value === 'string') {
		writeByte(target, 2);
		writeTextKey(value, target);
	} else if (value instanceof Decimal) {
		writeByte(target, 3);
		writeDecimalKey(value, target);
	} else if (typeof value === 'boolean') writeByte(target, value ? 5 : 4);
	else if (value instanceof JsonbArray) {
		writeByte(target, 6);
		writeCount(target, value.items.length);
		for (const item of value.items) writeJsonb(item, target);
	} else if (value instanceof JsonbObject) {
		writeByte(target, 7);
		writeCount(target, value.keys.length);
		for (let index = 0; index < value.keys.length; index++) {
			writeTextKey(value.keys[index]!, target);
			writeJsonb(value.values[index]!, target);
		}
	} else writeByte(target, 1);
}

function jsonbEnd(bytes: Uint8Array, start: number, mask: number): number {
	const rank = bytes[start]! ^ mask;
	if (rank === 2) return textKeyEnd(bytes, start + 1, mask);
	if (rank === 3) return decimalKeyEnd(bytes, start + 1, mask);
	if (rank < 6) return start + 1;
	let count = (readInt32Be(bytes, start + 1) ^ (mask === 0 ? 0 : -1)) >>> 0;
	let at = start + 5;
	for (; count > 0; count--) {
		if (rank === 7) at = textKeyEnd(bytes, at, mask);
		at = jsonbEnd(bytes, at, mask);
	}
	return at;
}
