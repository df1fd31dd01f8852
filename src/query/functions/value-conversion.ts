/**
 * Values to text and back inside functions: the type's output and input function, chosen once per call site. Types whose text
 * depends on the session (dates, times, intervals, bytea, floats, reg*) are formatted under the settings in force at the call.
 */
import type { TextSettings } from '../../value/text-settings.ts';
import type { Type, TypeLookup } from '../../value/type.ts';
import { textFormatter, textParser } from '../../value/value-text.ts';
import type { FunctionContext } from './contracts.ts';
import { textSettings } from './session-settings.ts';

const PLAIN: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar', 'name', 'unknown', 'cstring', 'json', 'uuid', 'xml', 'char']);

export type Formatter = (context: FunctionContext, value: unknown) => string;
export type Parser = (context: FunctionContext, text: string) => unknown;

/** Text of values of a type. */
export function valueFormatter(type: Type, types: TypeLookup): Formatter {
	if (PLAIN.has(type.name) && type.kind !== 'domain') return (_, value) => value as string;
	let settings: TextSettings | null = null;
	let format: (value: unknown) => string = String;
	return (context, value) => {
		const current = textSettings(context);
		if (current !== settings) {
			settings = current;
			format = textFormatter(type, types, current);
		}
		return format(value);
	};
}

/** Values of a type from text; −1 for no typmod. */
export function valueParser(type: Type, typmod: number, types: TypeLookup): Parser {
	let settings: TextSettings | null = null;
	let parse: (text: string) => unknown = (text) => text;
	return (context, text) => {
		const current = textSettings(context);
		if (current !== settings) {
			settings = current;
			parse = textParser(type, typmod, types, current);
		}
		return parse(text);
	};
}
