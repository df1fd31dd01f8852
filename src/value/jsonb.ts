/** jsonb values: trees with exact numbers and sorted keys. */
import type { Decimal } from './decimal.ts';
/** JSON null: distinct from SQL's null. */
export const JSON_NULL: { readonly json: 'null' } = Object.freeze({ json: 'null' });
export type Jsonb = typeof JSON_NULL | boolean | string | Decimal | JsonbArray | JsonbObject;
export class JsonbArray {
	readonly items: readonly Jsonb[];
	constructor(items: readonly Jsonb[]) {
		this.items = items;
	}
}
/** Keys are in jsonb's order (by byte length, then bytes), without duplicates. */
export class JsonbObject {
	readonly keys: readonly string[];
	readonly values: readonly Jsonb[];
	constructor(keys: readonly string[], values: readonly Jsonb[]) {
		this.keys = keys;
		this.values = values;
	}
	/** Sorts; the last of equal keys stays. */
	static from(entries: Iterable<readonly [string, Jsonb]>): JsonbObject {
		throw new Error('value: not built yet');
	}
	get(key: string): Jsonb | undefined {
		throw new Error('value: not built yet');
	}
}
export type JsonbKind = 'null' | 'boolean' | 'string' | 'number' | 'array' | 'object';
export function jsonbKind(value: Jsonb): JsonbKind {
	throw new Error('value: not built yet');
}
export function parseJsonb(text: string): Jsonb {
	throw new Error('value: not built yet');
}
/** Checks a json (text) value: throws 22P02. */
export function checkJson(text: string): void {
	throw new Error('value: not built yet');
}
export function formatJsonb(value: Jsonb): string {
	throw new Error('value: not built yet');
}
/** The order of jsonb's btree operator class. */
export function compareJsonb(left: Jsonb, right: Jsonb): number {
	throw new Error('value: not built yet');
}
/** A JavaScript value (as JSON.parse gives, numbers finite; bigint allowed) ↔ jsonb. */
export function jsonbFromJavaScript(value: unknown): Jsonb {
	throw new Error('value: not built yet');
}
export function jsonbToJavaScript(value: Jsonb): unknown {
	throw new Error('value: not built yet');
}
/** A string as a JSON text literal, as PostgreSQL escapes it. */
export function quoteJson(text: string): string {
	throw new Error('value: not built yet');
}
