/** Operators and functions on the values of terms: SPARQL 1.1 Query Language, sections 17.3 and 17.4. By name in lower case and count of arguments. */
import { createHash } from 'node:crypto';
import { Decimal } from '../../../value/decimal.ts';
import { Literal, NamedNode, type RdfTerm, stringLiteral, XSD, XSD_DATE_TIME } from '../../../value/rdf-term.ts';
import type { FunctionContext, ScalarFunction } from '../contracts.ts';
import { casts } from './casts.ts';
import { compareValues, valueEquals } from './comparison.ts';
import { type Evaluate, termFunction, testFunction } from './define.ts';
import { DATE, DATE_TIME, decimalLiteral, doubleLiteral, integerLiteral, meaningOf, TIME } from './meaning.ts';
import { type Moment, zoneText } from './moment.ts';
import { type Arithmetic, arithmetic, rounded } from './numeric.ts';
import { dayTimeText } from './span.ts';
import {
	after,
	before,
	characterCount,
	concat,
	encodeForUri,
	langMatches,
	mapText,
	matches,
	plainOf,
	replace,
	stringOf,
	substring,
	testText,
} from './string-functions.ts';

/** `=` and `!=`: null is an error. */
export const equalValues: ScalarFunction = testFunction('=', valueEquals);
export const differentValues: ScalarFunction = testFunction('!=', (a: RdfTerm, b: RdfTerm) => {
	const equal = valueEquals(a, b);
	return equal === null ? null : !equal;
});

function ordered(name: string, holds: (order: number) => boolean): ScalarFunction {
	return testFunction(name, (a: RdfTerm, b: RdfTerm) => {
		const order = compareValues(a, b);
		return order === null ? null : holds(order);
	});
}

function calculated(operator: Arithmetic): ScalarFunction {
	return termFunction(operator, (a: RdfTerm, b: RdfTerm) => arithmetic(operator, a, b));
}

/** A part of a date or time. */
function part(name: string, ranks: readonly number[], of: (moment: Moment) => Literal | null): [string, ScalarFunction] {
	return [
		`${name}/1`,
		termFunction(name, (term: RdfTerm) => {
			if (term.termType !== 'Literal') return null;
			const { rank, value } = meaningOf(term);
			return ranks.includes(rank) ? of(value as Moment) : null;
		}),
	];
}

const DATES = [DATE_TIME, DATE];
const CLOCKS = [DATE_TIME, TIME];
const ALL = [DATE_TIME, DATE, TIME];

const DAY_TIME_DURATION = new NamedNode(`${XSD}dayTimeDuration`);

function hash(name: string, algorithm: string): [string, ScalarFunction] {
	return [
		`${name}/1`,
		termFunction(name, (term: RdfTerm) => {
			const text = plainOf(term);
			return text === null ? null : stringLiteral(createHash(algorithm).update(text).digest('hex'));
		}),
	];
}

/** The time at which the statement began, the same for all of it. */
function now(context: FunctionContext): Literal {
	return new Literal(new Date(Math.floor(context.statementTimeUs / 1000)).toISOString(), '', XSD_DATE_TIME);
}

const entries: readonly (readonly [string, Evaluate, 'term' | 'test'])[] = [
	['strlen/1', (a: RdfTerm) => (stringOf(a) === null ? null : integerLiteral(characterCount(a.value))), 'term'],
	['substr/2', (a: RdfTerm, b: RdfTerm) => substring(a, b, undefined), 'term'],
	['substr/3', (a: RdfTerm, b: RdfTerm, c: RdfTerm) => substring(a, b, c), 'term'],
	['ucase/1', (a: RdfTerm) => mapText(a, (text) => text.toUpperCase()), 'term'],
	['lcase/1', (a: RdfTerm) => mapText(a, (text) => text.toLowerCase()), 'term'],
	['strstarts/2', (a: RdfTerm, b: RdfTerm) => testText(a, b, (text, other) => text.startsWith(other)), 'test'],
	['strends/2', (a: RdfTerm, b: RdfTerm) => testText(a, b, (text, other) => text.endsWith(other)), 'test'],
	['contains/2', (a: RdfTerm, b: RdfTerm) => testText(a, b, (text, other) => text.includes(other)), 'test'],
	['strbefore/2', before, 'term'],
	['strafter/2', after, 'term'],
	['encode_for_uri/1', (a: RdfTerm) => (stringOf(a) === null ? null : stringLiteral(encodeForUri(a.value))), 'term'],
	['langmatches/2', (a: RdfTerm, b: RdfTerm) => bothPlain(a, b, langMatches), 'test'],
	['regex/2', (a: RdfTerm, b: RdfTerm) => matches(a, b, undefined), 'test'],
	['regex/3', (a: RdfTerm, b: RdfTerm, c: RdfTerm) => matches(a, b, c), 'test'],
	['replace/3', (a: RdfTerm, b: RdfTerm, c: RdfTerm) => replace(a, b, c, undefined), 'term'],
	['replace/4', replace, 'term'],
	['abs/1', (a: RdfTerm) => rounded('abs', a), 'term'],
	['ceil/1', (a: RdfTerm) => rounded('ceil', a), 'term'],
	['floor/1', (a: RdfTerm) => rounded('floor', a), 'term'],
	['round/1', (a: RdfTerm) => rounded('round', a), 'term'],
	['uminus/1', (a: RdfTerm) => rounded('negate', a), 'term'],
	['uplus/1', (a: RdfTerm) => (rounded('abs', a) === null ? null : a), 'term'],
];

function bothPlain(a: RdfTerm, b: RdfTerm, test: (a: string, b: string) => boolean): boolean | null {
	const left = plainOf(a);
	const right = plainOf(b);
	return left === null || right === null ? null : test(left, right);
}

export const valueFunctions: ReadonlyMap<string, ScalarFunction> = new Map<string, ScalarFunction>([
	['=/2', equalValues],
	['!=/2', differentValues],
	['</2', ordered('<', (order) => order < 0)],
	['<=/2', ordered('<=', (order) => order <= 0)],
	['>/2', ordered('>', (order) => order > 0)],
	['>=/2', ordered('>=', (order) => order >= 0)],
	['+/2', calculated('+')],
	['-/2', calculated('-')],
	['*/2', calculated('*')],
	['//2', calculated('/')],
	...entries.map(([key, evaluate, kind]): [string, ScalarFunction] => {
		const name = key.slice(0, key.indexOf('/'));
		return [key, kind === 'term' ? termFunction(name, evaluate) : testFunction(name, evaluate)];
	}),
	hash('md5', 'md5'),
	hash('sha1', 'sha1'),
	hash('sha256', 'sha256'),
	hash('sha384', 'sha384'),
	hash('sha512', 'sha512'),
	part('year', DATES, (moment) => integerLiteral(moment.year)),
	part('month', DATES, (moment) => integerLiteral(moment.month)),
	part('day', DATES, (moment) => integerLiteral(moment.day)),
	part('hours', CLOCKS, (moment) => integerLiteral(moment.hour)),
	part('minutes', CLOCKS, (moment) => integerLiteral(moment.minute)),
	part('seconds', CLOCKS, (moment) => decimalLiteral(Decimal.parse(moment.second))),
	part('timezone', ALL, ({ zone }) => (zone === null ? null : new Literal(dayTimeText(zone), '', DAY_TIME_DURATION))),
	part('tz', ALL, ({ zone }) => stringLiteral(zoneText(zone))),
	['now/0', termFunction('now', now, { context: true, volatility: 'stable' })],
	['rand/0', termFunction('rand', (context: FunctionContext) => doubleLiteral(context.random()), { context: true, volatility: 'volatile' })],
]);

/** CONCAT of so many arguments. */
export const concatFunction: ScalarFunction = termFunction('concat', (...terms: RdfTerm[]) => concat(terms));

/** Constructor functions by IRI. */
export const castFunctions: ReadonlyMap<string, ScalarFunction> = new Map(
	[...casts].map(([iri, cast]): [string, ScalarFunction] => [iri, termFunction(iri.slice(iri.indexOf('#') + 1), (term: RdfTerm) => cast(term))]),
);
