/** Text forms of all types, as PostgreSQL's input and output functions. */
import type { TextSettings } from './text-settings.ts';
import type { Type, TypeLookup } from './type.ts';
/** Chosen once per column; the results are `parseText` and `formatText` of that type. */
export function textParser(type: Type, typmod: number, lookup: TypeLookup, settings: TextSettings): (text: string) => unknown {
	throw new Error('value: not built yet');
}
export function textFormatter(type: Type, lookup: TypeLookup, settings: TextSettings): (value: unknown) => string {
	throw new Error('value: not built yet');
}
/** The type's input function: throws PostgreSQL's error for a text that is not of the type. */
export function parseText(type: Type, text: string, typmod: number, lookup: TypeLookup, settings: TextSettings): unknown {
	throw new Error('value: not built yet');
}
export function formatText(type: Type, value: unknown, lookup: TypeLookup, settings: TextSettings): string {
	throw new Error('value: not built yet');
}
/** Shortest text that reads back as the same number; extra_float_digits < 1 rounds to 15 (float4: 6) + it digits. */
export function formatFloat8(value: number, extraFloatDigits = 1): string {
	throw new Error('value: not built yet');
}
export function formatFloat4(value: number, extraFloatDigits = 1): string {
	throw new Error('value: not built yet');
}
export function parseFloat8(text: string): number {
	throw new Error('value: not built yet');
}
export function parseFloat4(text: string): number {
	throw new Error('value: not built yet');
}
