/**
 * Writes the properties of many objects of a program in their binary form (`docs/formats/properties.md`). Objects with the same keys in
 * the same order, as most that follow each other, are written from a template of their keys; a value is converted by whoever makes the writer.
 */
import type { DynamicValue } from './dynamic.ts';
import { writeDynamic, writeProperties } from './dynamic-binary.ts';
import { appendBytes, GrowingKeyBuffer, type KeyTarget, reserveBytes } from './key-buffer.ts';
import { PropertyMap } from './property-map.ts';

export type PropertyValues = Readonly<Record<string, unknown>>;

/** Ends of keys and values take one byte each up to here. */
const NARROW_END_MAX = 255;

interface Template {
	/** As an object has them. */
	readonly keys: readonly string[];
	/** Keys in the order of their bytes. */
	readonly ordered: readonly string[];
	/** The binary form up to the ends of the values. */
	readonly head: Uint8Array;
	/** The bytes of the keys. */
	readonly text: Uint8Array;
}

export class PropertyWriter {
	readonly #convert: (key: string, value: unknown) => DynamicValue;
	/** null: the last object was none that a template can be made of. */
	#template: Template | null = null;

	/** `convert` may refuse a value; null is no property. */
	constructor(convert: (key: string, value: unknown) => DynamicValue) {
		this.#convert = convert;
	}

	/** Appends the properties of an object: its own enumerable ones. */
	write(values: PropertyValues, target: KeyTarget): void {
		if (this.#template === null || !hasKeys(values, this.#template.keys)) this.#template = templateOf(values);
		if (this.#template === null || !this.#writeBy(this.#template, values, target)) this.#writeAny(values, target);
	}

	/** False, with nothing written, when a value is null or the ends need more than a byte. */
	#writeBy({ ordered, head, text }: Template, values: PropertyValues, target: KeyTarget): boolean {
		const start = target.length;
		appendBytes(target, head);
		const ends = target.length;
		const count = ordered.length;
		reserveBytes(target, count);
		target.length = ends + count;
		appendBytes(target, text);
		const from = target.length;
		for (let i = 0; i < count; i++) {
			const key = ordered[i]!;
			const value = this.#convert(key, values[key]);
			if (value !== null) writeDynamic(value, target);
			if (value === null || target.length - from > NARROW_END_MAX) {
				target.length = start;
				return false;
			}
			target.bytes[ends + i] = target.length - from;
		}
		return true;
	}

	#writeAny(values: PropertyValues, target: KeyTarget): void {
		const entries = Object.keys(values).map((key): [string, DynamicValue] => [key, this.#convert(key, values[key])]);
		const map = PropertyMap.of(entries);
		if (!map.isEmpty) writeProperties(map, target);
	}
}

/** Whether a plain object has these keys and no others. */
function hasKeys(values: PropertyValues, keys: readonly string[]): boolean {
	if (Object.getPrototypeOf(values) !== Object.prototype) return false;
	let at = 0;
	for (const key in values) if (keys[at++] !== key) return false;
	return at === keys.length;
}

/** From the form of a map whose values are all one byte long. */
function templateOf(values: PropertyValues): Template | null {
	const keys = Object.keys(values);
	if (keys.length === 0 || keys.length > NARROW_END_MAX || !hasKeys(values, keys)) return null;
	const map = PropertyMap.of(keys.map((key): [string, DynamicValue] => [key, true]));
	const form = new GrowingKeyBuffer();
	writeProperties(map, form);
	const count = keys.length;
	// Tag, width and count; then the ends of keys, those of values, keys, values.
	const headEnd = 3 + count;
	const isNarrow = form.bytes[1] === 1;
	if (!isNarrow) return null;
	const bytes = form.copy();
	const textStart = headEnd + count;
	const read = PropertyMap.fromBytes(bytes, 0, bytes.length);
	return { keys, ordered: read.keys(), head: bytes.subarray(0, headEnd), text: bytes.subarray(textStart, bytes.length - count) };
}
