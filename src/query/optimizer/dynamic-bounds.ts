/**
 * Ranges of an index whose key is dynamic: comparisons hold within one kind of values only, so a range that a query leaves open
 * at one end is closed where the kind of its bound begins or ends. NaN lies in the range of numbers, and a bound may be of a kind
 * without an order: the predicate itself is still checked.
 */
import { DYNAMIC } from '../../value/builtin-types.ts';
import type { DynamicValue } from '../../value/dynamic.ts';
import { KindBound } from '../../value/key-dynamic.ts';
import type { Expression } from '../algebra/expression.ts';
import type { ScalarFunction } from '../functions/contracts.ts';
import { scalar } from '../functions/define.ts';
import { prefixSuccessor } from './like-bounds.ts';
import { computedAttribute, type Restriction } from './match-index.ts';

const KIND_BOUND = scalar(0, 'kind_bound(dynamic) dynamic', (value: DynamicValue) => new KindBound(value));
/** A bound that is no string serves a predicate that is unknown: any range will do. */
const PREFIX_END = scalar(0, 'prefix_end(dynamic) dynamic', (value: DynamicValue) => (typeof value === 'string' ? prefixSuccessor(value) : value));

function callOf(definition: ScalarFunction, value: Expression): Expression {
	return { kind: 'call', function: definition, arguments: [value], typmod: -1, type: DYNAMIC };
}

type RangeOperator = '<' | '<=' | '>' | '>=';

/** What closes a range that one comparison leaves open. */
export function kindRestriction(operator: RangeOperator, value: Expression, at: number, predicate: Expression): Restriction {
	const other = operator === '<' || operator === '<=' ? '>=' : '<=';
	return { attribute: computedAttribute(at), operator: other, values: [callOf(KIND_BOUND, value)], predicate, exact: false };
}

/** The strings that begin with a value. */
export function prefixRestriction(value: Expression, at: number, predicate: Expression): Restriction {
	return { attribute: computedAttribute(at), operator: 'like', values: [value, callOf(PREFIX_END, value)], predicate, exact: false };
}
