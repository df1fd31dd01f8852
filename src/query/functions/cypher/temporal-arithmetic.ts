/**
 * `+`, `-`, `*` and `/` where a temporal value takes part: what the operators of the library ask when their operands are not both
 * numbers. undefined means that the operands are none of ours.
 */
import { asNumber, type DynamicNumber, type DynamicValue, IntegralFloat, isNumberValue } from '../../../value/dynamic.ts';
import type { Int8 } from '../../../value/int8.ts';
import { CypherDuration } from '../../../value/temporal/cypher-duration.ts';
import {
	addDurations,
	addToInstant,
	divideDuration,
	multiplyDuration,
	subtractDurations,
	subtractFromInstant,
} from '../../../value/temporal/duration-arithmetic.ts';
import { type Instant, isInstant } from '../../../value/temporal/temporal-value.ts';

/** Duration + duration, instant + duration, duration + instant. */
export function temporalSum(left: DynamicValue, right: DynamicValue): CypherDuration | Instant | undefined {
	if (right instanceof CypherDuration) {
		if (left instanceof CypherDuration) return addDurations(left, right);
		return isInstant(left) ? addToInstant(left, right) : undefined;
	}
	return left instanceof CypherDuration && isInstant(right) ? addToInstant(right, left) : undefined;
}

/** Duration − duration, instant − duration. */
export function temporalDifference(left: DynamicValue, right: DynamicValue): CypherDuration | Instant | undefined {
	if (!(right instanceof CypherDuration)) return undefined;
	if (left instanceof CypherDuration) return subtractDurations(left, right);
	return isInstant(left) ? subtractFromInstant(left, right) : undefined;
}

/** Duration × number, in either order. */
export function temporalProduct(left: DynamicValue, right: DynamicValue): CypherDuration | undefined {
	if (left instanceof CypherDuration && isNumberValue(right)) return multiplyDuration(left, exactNumber(right));
	if (right instanceof CypherDuration && isNumberValue(left)) return multiplyDuration(right, exactNumber(left));
	return undefined;
}

/** Duration ÷ number. */
export function temporalQuotient(left: DynamicValue, right: DynamicValue): CypherDuration | undefined {
	return left instanceof CypherDuration && isNumberValue(right) ? divideDuration(left, exactNumber(right)) : undefined;
}

function exactNumber(value: DynamicNumber): Int8 {
	return value instanceof IntegralFloat ? asNumber(value) : value;
}
