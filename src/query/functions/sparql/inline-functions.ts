/**
 * The usual operations on ids of short numbers, without making terms of them: comparison with a constant, sums, the order of ORDER
 * BY. Each falls back to the terms where an id is not that of an inline number, and gives what the operation on terms gives.
 */
import { inlineNumber } from '../../../value/rdf-inline.ts';
import { Literal, type RdfTerm } from '../../../value/rdf-term.ts';
import type { Ordering, ScalarFunction } from '../contracts.ts';
import { compareValues, orderTerms, valueEquals } from './comparison.ts';
import { termFunction, testFunction } from './define.ts';
import { DECIMAL, INTEGER, isNumericRank, meaningOf } from './meaning.ts';
import { toDouble } from './numeric.ts';
import type { TermSpace } from './term-space.ts';

/** Digits of which a double tells all numbers apart. */
const EXACT_DIGITS = 15;

/** A numeric constant as the double that stands for it beside inline numbers; null when it is none, or too long for one. */
export function comparableNumber(term: RdfTerm): number | null {
	if (!(term instanceof Literal) || term.value.length > EXACT_DIGITS) return null;
	const { rank, value } = meaningOf(term);
	if (rank !== INTEGER && rank !== DECIMAL) return null;
	return toDouble(rank, value);
}

type Test = (order: number) => boolean;

/** (space, id, the constant's number, the constant). */
function compared(name: string, holds: Test, terms: (left: RdfTerm, right: RdfTerm) => boolean | null): ScalarFunction {
	return testFunction(name, (space: TermSpace, id: number, number: number, constant: RdfTerm) => {
		const value = inlineNumber(id);
		return Number.isNaN(value) ? terms(space.term(id), constant) : holds(value - number);
	});
}

function orderedBy(holds: Test): (left: RdfTerm, right: RdfTerm) => boolean | null {
	return (left, right) => {
		const order = compareValues(left, right);
		return order === null ? null : holds(order);
	};
}

function comparison(name: string, holds: Test): [string, ScalarFunction] {
	return [name, compared(name, holds, orderedBy(holds))];
}

/** Comparisons of an id with a numeric constant, by operator. */
export const idComparisons: ReadonlyMap<string, ScalarFunction> = new Map<string, ScalarFunction>([
	comparison('<', (order) => order < 0),
	comparison('<=', (order) => order <= 0),
	comparison('>', (order) => order > 0),
	comparison('>=', (order) => order >= 0),
	['=', compared('=', (order) => order === 0, valueEquals)],
	[
		'!=',
		compared(
			'!=',
			(order) => order !== 0,
			(left, right) => {
				const equal = valueEquals(left, right);
				return equal === null ? null : !equal;
			},
		),
	],
]);

/** The operator with its sides exchanged. */
export const MIRRORED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '=': '=', '!=': '!=' };

/** A term that is looked up when it is compared. */
class LateTerm {
	readonly #space: TermSpace;
	readonly id: number;

	constructor(space: TermSpace, id: number) {
		this.#space = space;
		this.id = id;
	}

	get term(): RdfTerm {
		return this.#space.term(this.id);
	}
}

/** What ORDER BY compares of an id: the number itself, or a term made when needed. */
export const sortKeyOfId: ScalarFunction = termFunction('sort_key', (space: TermSpace, id: number) => {
	const value = inlineNumber(id);
	return Number.isNaN(value) ? new LateTerm(space, id) : value;
});

/** The order of `sortKeyOfId`'s values. */
export const sortKeyOrdering: Ordering = {
	name: 'SPARQL order',
	primitive: false,
	compare: (left, right) => {
		if (typeof left === 'number') return typeof right === 'number' ? left - right : compareNumber(left, (right as LateTerm).term);
		if (typeof right === 'number') return -compareNumber(right, (left as LateTerm).term);
		const [a, b] = [left as LateTerm, right as LateTerm];
		return a.id === b.id ? 0 : orderTerms(a.term, b.term);
	},
};

/** A number before or behind a term that is not inline. */
function compareNumber(value: number, term: RdfTerm): number {
	if (term.termType !== 'Literal') return 1;
	const meaning = meaningOf(term);
	if (!isNumericRank(meaning.rank)) return meaning.rank < INTEGER && meaning.rank > 1 ? 1 : -1;
	const other = toDouble(meaning.rank, meaning.value);
	return Number.isNaN(other) ? 1 : value - other;
}
