/**
 * Values of range and multirange types in every form: order, equality, text, wire, row and key. Loaded with the first of them.
 *
 * On the wire and in rows a range is a byte of flags (1 empty, 2 lower inclusive, 4 upper inclusive, 8 no lower bound, 16 no upper bound) and its bounds,
 * each with a count of bytes, 4, before it; a multirange its ranges, each with its count of bytes, on the wire after the count of ranges, 4.
 */
import { sqlError } from '../platform/errors.ts';
import { type Comparator, comparatorOf, type EqualityKey, equalityKey } from './comparison.ts';
import { type KeyTarget, reserveBytes } from './key-buffer.ts';
import type { PartCodec } from './key-parts.ts';
import { type Multirange, Range, RangeRules } from './range.ts';
import { formatMultirange, formatRange, parseMultirange, parseRange } from './range-text.ts';
import type { TextSettings } from './text-settings.ts';
import type { Type, TypeLookup } from './type.ts';
import { textFormatter, textParser } from './value-text.ts';
import * as wide from './wide-integer.ts';

const kept = new WeakMap<Type, RangeRules>();

/** The range type of a multirange type; a range type itself. */
export function rangeTypeOf(type: Type, lookup: TypeLookup): Type {
	return type.kind === 'multirange' ? lookup.typeByOid(type.rangeOid!)! : type;
}

/** The type of the bounds of a range or multirange type. */
export function subtypeOf(type: Type, lookup: TypeLookup): Type {
	return lookup.typeByOid(rangeTypeOf(type, lookup).subtypeOid!)!;
}

/** The rules of a range or multirange type. */
export function rangeRulesOf(type: Type, lookup: TypeLookup): RangeRules {
	let rules = kept.get(type);
	if (rules === undefined) {
		const subtype = subtypeOf(type, lookup);
		let compare: Comparator | undefined;
		rules = new RangeRules(subtype.oid, (left, right) => (compare ??= comparatorOf(subtype, lookup)!)(left, right));
		kept.set(type, rules);
	}
	return rules;
}

export function rangeComparator(type: Type, lookup: TypeLookup): Comparator {
	const rules = rangeRulesOf(type, lookup);
	if (type.kind === 'multirange') return (left, right) => rules.compareMultiranges(left as Multirange, right as Multirange);
	return (left, right) => rules.compareRanges(left as Range, right as Range);
}

export function rangeKey(type: Type, lookup: TypeLookup): EqualityKey['key'] | undefined {
	const bound = equalityKey(subtypeOf(type, lookup), lookup);
	if (bound === undefined) return undefined;
	const part = (value: unknown): string => {
		if (value === null) return '~';
		const key = bound.key(value);
		return typeof key === 'string' ? `${key.length}:${key}` : `${String(key)};`;
	};
	const keyOf = (range: Range): string => `${flagsOf(range)} ${part(range.lower)}${part(range.upper)}`;
	return type.kind === 'range' ? (value) => keyOf(value as Range) : (value) => (value as Multirange).ranges.map(keyOf).join('');
}

export function rangeParser(type: Type, lookup: TypeLookup, settings: TextSettings): (text: string) => unknown {
	const rules = rangeRulesOf(type, lookup);
	const parseBound = textParser(subtypeOf(type, lookup), -1, lookup, settings);
	return type.kind === 'range' ? (text) => parseRange(text, rules, parseBound) : (text) => parseMultirange(text, rules, parseBound);
}

export function rangeFormatter(type: Type, lookup: TypeLookup, settings: TextSettings): (value: unknown) => string {
	const formatBound = textFormatter(subtypeOf(type, lookup), lookup, settings);
	return type.kind === 'range' ? (value) => formatRange(value as Range, formatBound) : (value) => formatMultirange(value as Multirange, formatBound);
}

const EMPTY = 1;
const LOWER_INCLUSIVE = 2;
const UPPER_INCLUSIVE = 4;
const NO_LOWER = 8;
const NO_UPPER = 16;

/** How a range is kept and hashed. */
export function flagsOf(range: Range): number {
	if (range.isEmpty) return EMPTY;
	return (
		(range.isLowerInclusive ? LOWER_INCLUSIVE : 0) |
		(range.isUpperInclusive ? UPPER_INCLUSIVE : 0) |
		(range.lower === null ? NO_LOWER : 0) |
		(range.upper === null ? NO_UPPER : 0)
	);
}

/** How a bound is written and read: on the wire, or in a row. */
export interface BoundForm {
	readonly write: (value: unknown, target: KeyTarget) => void;
	readonly read: (bytes: Uint8Array, start: number, end: number) => unknown;
	readonly isLittleEndian: boolean;
}

interface ValueForm {
	readonly write: (value: unknown, target: KeyTarget) => void;
	readonly read: (bytes: Uint8Array, start: number, end: number) => unknown;
}

/** The bytes of ranges or multiranges whose bounds have a form. `isChecked`: they come from outside. */
export function rangeForm(type: Type, lookup: TypeLookup, bound: BoundForm, isChecked: boolean): ValueForm {
	const rules = rangeRulesOf(type, lookup);
	const bytesOf = new RangeBytes(bound, rules, isChecked);
	if (type.kind === 'range')
		return { write: (value, target) => bytesOf.write(value as Range, target), read: (bytes, start, end) => bytesOf.read(bytes, start, end) };
	return {
		write: (value, target) => {
			const { ranges } = value as Multirange;
			if (isChecked) bytesOf.count(ranges.length, target);
			for (const range of ranges) bytesOf.item(target, () => bytesOf.write(range, target));
		},
		read: (bytes, start, end) => rules.multirange(bytesOf.items(bytes, isChecked ? start + 4 : start, end)),
	};
}

class RangeBytes {
	readonly #bound: BoundForm;
	readonly #rules: RangeRules;
	readonly #isChecked: boolean;

	constructor(bound: BoundForm, rules: RangeRules, isChecked: boolean) {
		this.#bound = bound;
		this.#rules = rules;
		this.#isChecked = isChecked;
	}

	count(value: number, target: KeyTarget): void {
		reserveBytes(target, 4);
		this.#put(target.bytes, target.length, value);
		target.length += 4;
	}

	#put(bytes: Uint8Array, at: number, value: number): void {
		if (this.#bound.isLittleEndian) wide.writeInt32Le(bytes, at, value);
		else wide.writeInt32Be(bytes, at, value);
	}

	#countAt(bytes: Uint8Array, at: number, end: number): number {
		if (at + 4 > end) throw malformed();
		const count = this.#bound.isLittleEndian ? wide.readInt32Le(bytes, at) : wide.readInt32Be(bytes, at);
		if (count < 0 || at + 4 + count > end) throw malformed();
		return count;
	}

	/** What `write` writes, with its count of bytes before it. */
	item(target: KeyTarget, write: () => void): void {
		const at = target.length;
		this.count(0, target);
		write();
		this.#put(target.bytes, at, target.length - at - 4);
	}

	write(range: Range, target: KeyTarget): void {
		reserveBytes(target, 1);
		target.bytes[target.length++] = flagsOf(range);
		for (const value of [range.lower, range.upper]) if (value !== null) this.item(target, () => this.#bound.write(value, target));
	}

	read(bytes: Uint8Array, start: number, end: number): Range {
		if (start >= end) throw malformed();
		const flags = bytes[start]!;
		if ((flags & EMPTY) !== 0) return Range.empty;
		let at = start + 1;
		const bound = (): unknown => {
			const count = this.#countAt(bytes, at, end);
			at += 4 + count;
			return this.#bound.read(bytes, at - count, at);
		};
		const lower = (flags & NO_LOWER) === 0 ? bound() : null;
		const upper = (flags & NO_UPPER) === 0 ? bound() : null;
		if (at !== end) throw malformed();
		const isLowerInclusive = (flags & LOWER_INCLUSIVE) !== 0;
		const isUpperInclusive = (flags & UPPER_INCLUSIVE) !== 0;
		return this.#isChecked ? this.#rules.make(lower, upper, isLowerInclusive, isUpperInclusive) : new Range(lower, upper, isLowerInclusive, isUpperInclusive);
	}

	items(bytes: Uint8Array, start: number, end: number): Range[] {
		const ranges: Range[] = [];
		for (let at = start; at < end; ) {
			const count = this.#countAt(bytes, at, end);
			at += 4 + count;
			ranges.push(this.read(bytes, at - count, at));
		}
		return ranges;
	}
}

function malformed(): Error {
	return sqlError('22P03', 'incorrect binary data format');
}

function writeByte(target: KeyTarget, byte: number): void {
	reserveBytes(target, 1);
	target.bytes[target.length++] = byte;
}

/**
 * Key bytes: 0 for the empty range; else 1, then the lower bound (0 for none, else 1, the value's, 0 when inclusive or 1) and the upper one (2 for
 * none, else 1, the value's, 0 when exclusive or 1). Of a multirange: per range 1 and its bytes, then 0.
 */
export function rangePart(type: Type, lookup: TypeLookup, codecOf: (type: Type, lookup: TypeLookup) => PartCodec): PartCodec {
	const bound = codecOf(subtypeOf(type, lookup), lookup);
	const write = (range: Range, target: KeyTarget): void => {
		writeByte(target, range.isEmpty ? 0 : 1);
		if (range.isEmpty) return;
		writeByte(target, range.lower === null ? 0 : 1);
		if (range.lower !== null) {
			bound.write(range.lower, target);
			writeByte(target, range.isLowerInclusive ? 0 : 1);
		}
		writeByte(target, range.upper === null ? 2 : 1);
		if (range.upper === null) return;
		bound.write(range.upper, target);
		writeByte(target, range.isUpperInclusive ? 1 : 0);
	};
	const end = (bytes: Uint8Array, start: number, mask: number): number => {
		let at = start + 1;
		if ((bytes[start]! ^ mask) === 0) return at;
		for (let index = 0; index < 2; index++) {
			const marker = bytes[at++]! ^ mask;
			if (marker === 1) at = bound.end(bytes, at, mask) + 1;
		}
		return at;
	};
	if (type.kind === 'range') return { write: (value, target) => write(value as Range, target), end, read: null };
	return {
		write: (value, target) => {
			for (const range of (value as Multirange).ranges) {
				writeByte(target, 1);
				write(range, target);
			}
			writeByte(target, 0);
		},
		end: (bytes, start, mask) => {
			let at = start;
			while ((bytes[at++]! ^ mask) === 1) at = end(bytes, at, mask);
			return at;
		},
		read: null,
	};
}
