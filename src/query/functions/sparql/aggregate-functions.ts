/**
 * Aggregates of terms: SPARQL 1.1 Query Language, section 18.5.1. A row whose argument is an error or unbound makes SUM and AVG
 * of its group an error (null); COUNT, SAMPLE, MIN, MAX and GROUP_CONCAT pass over it. Over no rows SUM and AVG are 0.
 */
import { TEXT } from '../../../value/builtin-types.ts';
import { inlineNumber, inlineTag, TAG_DECIMAL } from '../../../value/rdf-inline.ts';
import { type Literal, type RdfTerm, stringLiteral, termKey } from '../../../value/rdf-term.ts';
import type { AggregateFunction, ScalarFunction } from '../contracts.ts';
import { orderTerms } from './comparison.ts';
import { termAggregate, termFunction } from './define.ts';
import { DECIMAL, DOUBLE, integerLiteral, isNumericRank, meaningOf } from './meaning.ts';
import { arithmetic } from './numeric.ts';
import type { TermSpace } from './term-space.ts';

/** A sum so far: integers below 2^53 in `small`, everything else in `total`. */
class Sum {
	small = 0;
	count = 0;
	total: Literal | null = null;
	failed = false;
}

const ZERO = integerLiteral(0);

function addTo(sum: Sum, term: RdfTerm | null): Sum {
	sum.count++;
	if (sum.failed) return sum;
	if (term === null || term.termType !== 'Literal') sum.failed = true;
	else {
		const { rank, value } = meaningOf(term);
		if (!isNumericRank(rank)) sum.failed = true;
		else if (rank < DECIMAL && typeof value === 'number' && Number.isSafeInteger(sum.small + value)) sum.small += value;
		else sum.total = sum.total === null ? term : arithmetic('+', sum.total, term);
	}
	return sum;
}

function totalOf(sum: Sum): Literal | null {
	if (sum.failed) return null;
	if (sum.total === null) return integerLiteral(sum.small);
	const total = arithmetic('+', sum.total, integerLiteral(sum.small));
	// One number of a derived type alone is still a sum of integers; doubles keep their type.
	return total === null || meaningOf(total).rank > DOUBLE ? null : total;
}

/** Of ids: inline integers are added as they are. */
function addId(sum: Sum, space: TermSpace, id: number | null): Sum {
	if (id === null) return addTo(sum, null);
	const value = inlineNumber(id);
	const total = sum.small + value;
	if (!Number.isInteger(value) || inlineTag(id) === TAG_DECIMAL || !Number.isSafeInteger(total)) return addTo(sum, space.term(id));
	sum.count++;
	sum.small = total;
	return sum;
}

/** SUM and AVG of (space, id). */
export const sumOfIds: AggregateFunction = termAggregate('sum', { create: () => new Sum(), step: addId, finish: totalOf }, false);
export const averageOfIds: AggregateFunction = termAggregate('avg', { create: () => new Sum(), step: addId, finish: meanOf }, false);

export const sumAggregate: AggregateFunction = termAggregate('sum', { create: () => new Sum(), step: addTo, finish: totalOf }, false);

function meanOf(sum: Sum): Literal | null {
	if (sum.count === 0) return ZERO;
	const total = totalOf(sum);
	return total === null ? null : arithmetic('/', total, integerLiteral(sum.count));
}

export const averageAggregate: AggregateFunction = termAggregate('avg', { create: () => new Sum(), step: addTo, finish: meanOf }, false);

function extreme(name: string, sign: number): AggregateFunction {
	return termAggregate(
		name,
		{
			create: () => null,
			step: (best: RdfTerm | null, term: RdfTerm) => (best === null || sign * orderTerms(term, best) > 0 ? term : best),
			finish: (best: RdfTerm | null) => best,
		},
		true,
	);
}

export const minAggregate: AggregateFunction = extreme('min', -1);
export const maxAggregate: AggregateFunction = extreme('max', 1);

export const sampleAggregate: AggregateFunction = termAggregate(
	'sample',
	{ create: () => null, step: (first: RdfTerm | null, term: RdfTerm) => first ?? term, finish: (first: RdfTerm | null) => first },
	true,
);

/** GROUP_CONCAT: the texts of the terms (`str`), those that have one. */
export function concatAggregate(separator: string): AggregateFunction {
	return termAggregate(
		'group_concat',
		{
			create: () => [] as string[],
			step: (texts: string[], term: RdfTerm) => {
				if (term.termType !== 'BlankNode') texts.push(term.value);
				return texts;
			},
			finish: (texts: string[]) => stringLiteral(texts.join(separator)),
		},
		true,
	);
}

/** A text that is the same for the same terms: for COUNT(DISTINCT *). */
export const rowKey: ScalarFunction = termFunction(
	'row_key',
	(...terms: (RdfTerm | null)[]) => terms.map((term) => (term === null ? '' : termKey(term).replaceAll('\u0000', '\u0000\u0000'))).join('\u0000\u0001'),
	{ strict: false, returns: TEXT },
);
