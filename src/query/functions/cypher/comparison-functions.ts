/**
 * Cypher's comparison operators. Each has a form for any two values, and shorter ones where both or one of the static types are
 * known: those never give an unknown for values that are not null, so that an index answers them alone.
 */
import { BOOL, INT8, TEXT } from '../../../value/builtin-types.ts';
import type { DynamicValue } from '../../../value/dynamic.ts';
import { compareText } from '../../../value/text-order.ts';
import type { Type } from '../../../value/type.ts';
import type { Equality, Ordering, ScalarFunction } from '../contracts.ts';
import { scalar } from '../define.ts';
import { PRIMITIVE_EQUALITY, PRIMITIVE_ORDERING, TEXT_EQUALITY, TEXT_ORDERING } from '../type-comparison.ts';
import { CYPHER_EQUALITY, CYPHER_ORDERING, compareValues, equalValues } from './cypher-comparison.ts';

type ComparisonSymbol = '=' | '<>' | '<' | '<=' | '>' | '>=';

const SYMBOLS: readonly ComparisonSymbol[] = ['=', '<>', '<', '<=', '>', '>='];

const ANY_COMPARISONS: Readonly<Record<ComparisonSymbol, (left: DynamicValue, right: DynamicValue) => boolean | null>> = {
	'=': equalValues,
	'<>': (left, right) => {
		const same = equalValues(left, right);
		return same === null ? null : !same;
	},
	'<': (left, right) => {
		const order = compareValues(left, right);
		return order === null ? null : order < 0;
	},
	'<=': (left, right) => {
		const order = compareValues(left, right);
		return order === null ? null : order <= 0;
	},
	'>': (left, right) => {
		const order = compareValues(left, right);
		return order === null ? null : order > 0;
	},
	'>=': (left, right) => {
		const order = compareValues(left, right);
		return order === null ? null : order >= 0;
	},
};

const TEXT_COMPARISONS: Readonly<Record<ComparisonSymbol, (left: string, right: string) => boolean>> = {
	'=': (left, right) => left === right,
	'<>': (left, right) => left !== right,
	'<': (left, right) => compareText(left, right) < 0,
	'<=': (left, right) => compareText(left, right) <= 0,
	'>': (left, right) => compareText(left, right) > 0,
	'>=': (left, right) => compareText(left, right) >= 0,
};

const PRIMITIVE_COMPARISONS: Readonly<Record<ComparisonSymbol, (left: number, right: number) => boolean>> = {
	'=': (left, right) => left === right,
	'<>': (left, right) => left !== right,
	'<': (left, right) => left < right,
	'<=': (left, right) => left <= right,
	'>': (left, right) => left > right,
	'>=': (left, right) => left >= right,
};

const SCRIPT_SYMBOLS: Readonly<Record<ComparisonSymbol, string>> = { '=': '===', '<>': '!==', '<': '<', '<=': '<=', '>': '>', '>=': '>=' };

function define(
	symbol: ComparisonSymbol,
	types: string,
	evaluate: (left: never, right: never) => boolean | null,
	equality: Equality,
	ordering: Ordering,
	more: { readonly partial?: boolean; readonly inline?: (texts: readonly string[]) => string } = {},
): ScalarFunction {
	return scalar(0, `${symbol}(${types}) bool`, evaluate, {
		comparison: { operator: symbol, equality, ordering, ...(more.partial === true ? { partial: true } : {}) },
		...(more.inline === undefined ? {} : { inline: more.inline }),
	});
}

const operatorText = (symbol: ComparisonSymbol) => (texts: readonly string[]) => `(${texts[0]} ${SCRIPT_SYMBOLS[symbol]} ${texts[1]})`;

function bySymbol(make: (symbol: ComparisonSymbol) => ScalarFunction): Readonly<Record<ComparisonSymbol, ScalarFunction>> {
	return Object.fromEntries(SYMBOLS.map((symbol) => [symbol, make(symbol)])) as Record<ComparisonSymbol, ScalarFunction>;
}

/** For any two values; `specialize` gives the form for static types (bool, int8, text) that are known. */
export const COMPARISONS = bySymbol((symbol) => ({
	...define(symbol, 'dynamic, dynamic', ANY_COMPARISONS[symbol], CYPHER_EQUALITY, CYPHER_ORDERING, { partial: true }),
	specialize: ([left, right]) => comparisonFor(symbol, left!, right!),
}));

const INTEGERS = bySymbol((symbol) =>
	define(symbol, 'int8, int8', PRIMITIVE_COMPARISONS[symbol], PRIMITIVE_EQUALITY, PRIMITIVE_ORDERING, { inline: operatorText(symbol) }),
);

const BOOLEANS = bySymbol((symbol) =>
	define(symbol, 'bool, bool', PRIMITIVE_COMPARISONS[symbol], PRIMITIVE_EQUALITY, PRIMITIVE_ORDERING, { inline: operatorText(symbol) }),
);

const TEXTS = bySymbol((symbol) =>
	define(
		symbol,
		'text, text',
		TEXT_COMPARISONS[symbol],
		TEXT_EQUALITY,
		TEXT_ORDERING,
		symbol === '=' || symbol === '<>' ? { inline: operatorText(symbol) } : {},
	),
);

/** Equality of any value with one whose form says all: a string or a boolean equals nothing but itself. */
function mixed(symbol: '=' | '<>', types: string, inline: (texts: readonly string[]) => string): ScalarFunction {
	return define(symbol, types, ANY_COMPARISONS[symbol], CYPHER_EQUALITY, CYPHER_ORDERING, { inline });
}

/** An integer also equals a boxed float; `==` compares a bigint with a number by their mathematical values. */
function sameAsInteger(any: string, integer: string): string {
	return `(${any} === ${integer} || (typeof ${any} === 'object' && (${any}).value == ${integer}))`;
}

const MIXED: ReadonlyMap<string, ScalarFunction> = new Map([
	['= dynamic int8', mixed('=', 'dynamic, int8', ([any, integer]) => sameAsInteger(any!, integer!))],
	['= int8 dynamic', mixed('=', 'int8, dynamic', ([integer, any]) => sameAsInteger(any!, integer!))],
	['<> dynamic int8', mixed('<>', 'dynamic, int8', ([any, integer]) => `!${sameAsInteger(any!, integer!)}`)],
	['<> int8 dynamic', mixed('<>', 'int8, dynamic', ([integer, any]) => `!${sameAsInteger(any!, integer!)}`)],
	...(['text', 'bool'] as const).flatMap((type) =>
		(['=', '<>'] as const).flatMap((symbol): [string, ScalarFunction][] => [
			[`${symbol} dynamic ${type}`, mixed(symbol, `dynamic, ${type}`, operatorText(symbol))],
			[`${symbol} ${type} dynamic`, mixed(symbol, `${type}, dynamic`, operatorText(symbol))],
		]),
	),
]);

function comparisonFor(symbol: ComparisonSymbol, left: Type, right: Type): ScalarFunction {
	if (left.oid === right.oid) {
		if (left.oid === INT8.oid) return INTEGERS[symbol];
		if (left.oid === TEXT.oid) return TEXTS[symbol];
		if (left.oid === BOOL.oid) return BOOLEANS[symbol];
	}
	return MIXED.get(`${symbol} ${left.name} ${right.name}`) ?? COMPARISONS[symbol];
}
