/**
 * When terms are the same, equal, less: three questions of SPARQL 1.1 Query Language. `sameTerm` is what joins, DISTINCT and
 * grouping go by; `valueEquals` and `compareValues` are the operators `=` and `<` (section 17.3, null for an error);
 * `orderTerms` is ORDER BY's order (section 15.1), which is total here: what the standard leaves open is ordered by kind and text.
 */
import { type Literal, type RdfTerm, sameTerm, termKey } from '../../../value/rdf-term.ts';
import { compareText } from '../../../value/text-order.ts';
import type { Equality, Ordering } from '../contracts.ts';
import {
	BOOLEAN,
	DATE,
	DATE_TIME,
	DOUBLE,
	DURATION,
	FLOAT,
	GREGORIAN,
	INTEGER,
	INVALID,
	isNumericRank,
	LANG_STRING,
	type Meaning,
	meaningOf,
	OTHER,
	STRING,
	TIME,
} from './meaning.ts';
import { compareMoments, type Moment } from './moment.ts';
import { toDecimal, toDouble } from './numeric.ts';
import { compareSpans, type Span } from './span.ts';

export const termEquality: Equality = {
	name: 'same term',
	identity: false,
	equals: (left, right) => sameTerm(left as RdfTerm, right as RdfTerm),
	key: (value) => termKey(value as RdfTerm),
};

export const termOrdering: Ordering = {
	name: 'SPARQL order',
	primitive: false,
	compare: (left, right) => orderTerms(left as RdfTerm, right as RdfTerm),
};

/** Numbers: negative, 0, positive, or NaN when one is NaN. */
export function compareNumbers(a: Meaning, b: Meaning): number {
	if (a.rank === INTEGER && b.rank === INTEGER) return (a.value as number) < (b.value as number) ? -1 : (a.value as number) > (b.value as number) ? 1 : 0;
	if (a.rank >= FLOAT || b.rank >= FLOAT) {
		const [x, y] = [toDouble(a.rank, a.value), toDouble(b.rank, b.value)];
		return x < y ? -1 : x > y ? 1 : x === y ? 0 : Number.NaN;
	}
	return toDecimal(a.rank, a.value).compare(toDecimal(b.rank, b.value));
}

/** Values of two literals whose types can be compared: a number, NaN when nothing holds; null when they cannot be. */
function compareMeanings(left: Literal, a: Meaning, right: Literal, b: Meaning): number | null {
	if (isNumericRank(a.rank) && isNumericRank(b.rank)) return compareNumbers(a, b);
	if (a.rank !== b.rank) return null;
	switch (a.rank) {
		case STRING:
			return left.value === right.value ? 0 : compareText(left.value, right.value);
		case BOOLEAN:
			return Number(a.value) - Number(b.value);
		case DATE_TIME:
		case DATE:
		case TIME:
			return compareMoments(a.value as Moment, b.value as Moment);
		case GREGORIAN:
			return left.datatype.value === right.datatype.value ? compareMoments(a.value as Moment, b.value as Moment) : null;
		case DURATION:
			return compareSpans(a.value as Span, b.value as Span);
		default:
			return null;
	}
}

/** The operator `=`: null is an error. */
export function valueEquals(left: RdfTerm, right: RdfTerm): boolean | null {
	if (left.termType !== 'Literal' || right.termType !== 'Literal') return sameTerm(left, right);
	const a = meaningOf(left);
	const b = meaningOf(right);
	const order = compareMeanings(left, a, right, b);
	if (order !== null) return order === 0;
	if (sameTerm(left, right)) return true;
	// Spans of which neither is less are different; so are two literals of which one has a language.
	if (a.rank === DURATION && b.rank === DURATION) return false;
	if (a.rank === LANG_STRING || b.rank === LANG_STRING) return false;
	if (a.rank === INVALID || b.rank === INVALID || a.rank === OTHER || b.rank === OTHER) return null;
	// Both values are known and of types that share none.
	return isComparedByZone(a, b) ? null : false;
}

function isComparedByZone(a: Meaning, b: Meaning): boolean {
	return a.rank === b.rank && a.rank >= DATE_TIME;
}

/** For `<` and kin: negative, 0, positive, NaN when none holds; null is an error. */
export function compareValues(left: RdfTerm, right: RdfTerm): number | null {
	if (left.termType !== 'Literal' || right.termType !== 'Literal') return null;
	const a = meaningOf(left);
	return a.rank === INVALID || a.rank === OTHER ? null : compareMeanings(left, a, right, meaningOf(right));
}

/** Blank nodes before IRIs before literals. */
function kindOf(term: RdfTerm): number {
	return term.termType === 'BlankNode' ? 0 : term.termType === 'Literal' ? 2 : 1;
}

/** Which literals stand together: numbers, strings, … */
function groupOf(rank: number): number {
	return isNumericRank(rank) ? DOUBLE : rank === INVALID || rank === OTHER ? 100 : rank;
}

/** ORDER BY's order of two bound terms. */
export function orderTerms(left: RdfTerm, right: RdfTerm): number {
	if (left === right) return 0;
	const kind = kindOf(left) - kindOf(right);
	if (kind !== 0) return kind;
	if (left.termType !== 'Literal' || right.termType !== 'Literal') return compareText(left.value, right.value);
	const a = meaningOf(left);
	const b = meaningOf(right);
	const group = groupOf(a.rank) - groupOf(b.rank);
	if (group !== 0) return group;
	const order = compareMeanings(left, a, right, b);
	if (order !== null && !Number.isNaN(order) && order !== 0) return order;
	if (Number.isNaN(order ?? 0)) {
		// NaN comes before all numbers.
		const [x, y] = [Number.isNaN(a.value), Number.isNaN(b.value)];
		if (x !== y) return x ? -1 : 1;
	}
	if (order === null && a.value !== null && 'us' in (a.value as object)) {
		const difference = (a.value as Moment).us - (b.value as Moment).us;
		if (difference !== 0) return difference;
	}
	// The same value, or none: by text, then by language and datatype.
	if (order === 0 && groupOf(a.rank) === DOUBLE) return 0;
	return (
		compareText(left.value, right.value) ||
		compareText(left.language.toLowerCase(), right.language.toLowerCase()) ||
		compareText(left.datatype.value, right.datatype.value)
	);
}
