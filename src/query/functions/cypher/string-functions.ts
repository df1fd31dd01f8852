/**
 * Cypher's functions of strings. Positions and lengths count UTF-16 units, as Neo4j's do. A negative length or position is an
 * ArgumentError.
 */
import { cypherError } from '../../../platform/cypher-errors.ts';
import { type DynamicValue, isIntegerValue, isListValue, kindName } from '../../../value/dynamic.ts';
import type { ScalarFunction } from '../contracts.ts';
import { scalar } from '../define.ts';

function text(name: string, value: DynamicValue): string {
	if (typeof value === 'string') return value;
	throw cypherError('TypeError', `${name}() takes a string, not ${kindName(value)}`);
}

function count(name: string, value: DynamicValue): number {
	if (!isIntegerValue(value)) throw cypherError('TypeError', `${name}() takes an integer, not ${kindName(value)}`);
	if (value < 0) throw cypherError('ArgumentError', `${name}() takes no negative number: ${value}`);
	return Number(value);
}

function ofText(name: string, type: string, evaluate: (text: string) => DynamicValue): ScalarFunction {
	return scalar(0, `${name}(dynamic) ${type}`, (value: DynamicValue) => evaluate(text(name, value)));
}

function left(value: DynamicValue, length: DynamicValue): string {
	return text('left', value).slice(0, count('left', length));
}

function right(value: DynamicValue, length: DynamicValue): string {
	const whole = text('right', value);
	return whole.slice(Math.max(0, whole.length - count('right', length)));
}

function substring(value: DynamicValue, start: DynamicValue, length: DynamicValue): string {
	const from = count('substring', start);
	return text('substring', value).slice(from, from + count('substring', length));
}

function replace(value: DynamicValue, search: DynamicValue, replacement: DynamicValue): string {
	return text('replace', value).replaceAll(text('replace', search), () => text('replace', replacement));
}

/** By one delimiter, or by whichever of a list comes first. */
function split(value: DynamicValue, delimiter: DynamicValue): readonly string[] {
	const whole = text('split', value);
	if (!isListValue(delimiter)) return whole.split(text('split', delimiter));
	const parts = [whole];
	for (const one of delimiter) parts.splice(0, parts.length, ...parts.flatMap((part) => part.split(text('split', one))));
	return parts;
}

function trimOf(name: string, start: boolean, end: boolean): ScalarFunction[] {
	const trim = (value: DynamicValue): string => {
		const whole = text(name, value);
		return start && end ? whole.trim() : start ? whole.trimStart() : whole.trimEnd();
	};
	const trimCharacters = (value: DynamicValue, characters: DynamicValue): string => {
		const set = new Set(text(name, characters));
		const units = [...text(name, value)];
		let from = 0;
		let to = units.length;
		while (start && from < to && set.has(units[from]!)) from++;
		while (end && to > from && set.has(units[to - 1]!)) to--;
		return units.slice(from, to).join('');
	};
	return [scalar(0, `${name}(dynamic) text`, trim), scalar(0, `${name}(dynamic, dynamic) text`, trimCharacters)];
}

const FORMS: ReadonlySet<string> = new Set(['NFC', 'NFD', 'NFKC', 'NFKD']);

function normalize(value: DynamicValue, form: DynamicValue): string {
	if (typeof form !== 'string' || !FORMS.has(form)) throw cypherError('ArgumentError', `normalize() knows the forms ${[...FORMS].join(', ')}`);
	return text('normalize', value).normalize(form);
}

export const stringFunctions: readonly ScalarFunction[] = [
	ofText('toLower', 'text', (s) => s.toLowerCase()),
	ofText('lower', 'text', (s) => s.toLowerCase()),
	ofText('toUpper', 'text', (s) => s.toUpperCase()),
	ofText('upper', 'text', (s) => s.toUpperCase()),
	ofText('char_length', 'int8', (s) => s.length),
	ofText('character_length', 'int8', (s) => s.length),
	...trimOf('trim', true, true),
	...trimOf('btrim', true, true),
	...trimOf('ltrim', true, false),
	...trimOf('rtrim', false, true),
	scalar(0, 'left(dynamic, dynamic) text', left),
	scalar(0, 'right(dynamic, dynamic) text', right),
	scalar(0, 'substring(dynamic, dynamic) text', (value: DynamicValue, start: DynamicValue) => text('substring', value).slice(count('substring', start))),
	scalar(0, 'substring(dynamic, dynamic, dynamic) text', substring),
	scalar(0, 'replace(dynamic, dynamic, dynamic) text', replace),
	scalar(0, 'split(dynamic, dynamic) dynamic', split),
	scalar(0, 'normalize(dynamic) text', (value: DynamicValue) => normalize(value, 'NFC')),
	scalar(0, 'normalize(dynamic, dynamic) text', normalize),
];
