/**
 * Finds the windows that predicates give for spatial indexes: a lower and an upper bound for each of their columns, where there
 * are any. A window only narrows what is read: all predicates stay above it.
 *
 * How many rows lie in it is reckoned from the frames of the index, as if rows were spread evenly over them. Two columns of one
 * frame, the one bounded from above and the other from below, are the ends of an interval that is to meet another: their bounds
 * are reckoned together, as intervals are short as a rule.
 */
import type { FrameShape } from '../../storage/rtree/coordinate-frame.ts';
import type { IndexObject } from '../../transaction/catalog-objects.ts';
import type { Decimal } from '../../value/decimal.ts';
import type { Type } from '../../value/type.ts';
import type { Expression } from '../algebra/expression.ts';
import type { Plan, WindowSide } from '../algebra/plan.ts';
import { type OptimizerContext, usableIndexes } from './context.ts';
import { type Restriction, restrictionsOf } from './match-index.ts';

type Scan = Extract<Plan, { kind: 'scan' }>;

/** Shares of the rows between bounds that are not known yet. */
const HALF_SHARE = 0.33;
const RANGE_SHARE = 0.01;
/** Of rows that an interval meets by its own length. */
const INTERVAL_SHARE = 0.01;

const NUMBERS = new Set(['int2', 'int4', 'int8', 'float4', 'float8', 'numeric']);

/** Bounds of any number's type do for a column of another: windows compare doubles. */
function comparesWith(value: Expression, type: Type): boolean {
	return value.type.oid === type.oid || (NUMBERS.has(value.type.name) && NUMBERS.has(type.name));
}

export interface WindowMatch {
	readonly index: IndexObject;
	readonly window: readonly WindowSide[];
	/** Predicates that gave a bound. */
	readonly used: ReadonlySet<Expression>;
}

/** The spatial indexes of a table for which predicates give some bound, best bounded first. */
export function windowMatches(scan: Scan, predicates: readonly Expression[], context: OptimizerContext): WindowMatch[] {
	const indexes = usableIndexes(scan.table, context.catalog, 'rtree');
	if (indexes.length === 0 || context.without?.has('window')) return [];
	const restrictions = restrictionsOf(scan.scan, predicates, comparesWith);
	const matches = indexes.map((index) => windowOf(index, restrictions)).filter((match) => match.used.size > 0);
	return matches.sort((a, b) => b.used.size - a.used.size);
}

function windowOf(index: IndexObject, restrictions: readonly Restriction[]): WindowMatch {
	const used = new Set<Expression>();
	const window = index.columns.map(({ column }): WindowSide => {
		const side: { lower: Expression | null; upper: Expression | null } = { lower: null, upper: null };
		for (const { attribute, operator, values, predicate } of restrictions) {
			if (attribute !== column) continue;
			const isLower = side.lower === null && (operator === '=' || operator === '>' || operator === '>=');
			const isUpper = side.upper === null && (operator === '=' || operator === '<' || operator === '<=');
			if (isLower) side.lower = values[0]!;
			if (isUpper) side.upper = values[0]!;
			if (isLower || isUpper) used.add(predicate);
		}
		return side;
	});
	return { index, window, used };
}

/** The value of a constant as a coordinate; null where it is not known yet. */
function coordinate(bound: Expression | null): number | null {
	if (bound?.kind !== 'constant' || bound.value === null) return null;
	return typeof bound.value === 'object' ? (bound.value as Decimal).toNumber() : Number(bound.value);
}

/** About which share of an index's rows a window holds. */
export function windowShare(index: IndexObject, window: readonly WindowSide[]): number {
	const frames = index.spatial?.frames ?? [];
	const isDone = window.map(() => false);
	let share = 1;
	window.forEach((side, j) => {
		if (isDone[j]) return;
		const other = window.findIndex((candidate, k) => k > j && !isDone[k] && isInterval(side, candidate, frames[j], frames[k]));
		if (other >= 0) {
			isDone[other] = true;
			share *= Math.min(1, sideShare({ lower: side.lower ?? window[other]!.lower, upper: side.upper ?? window[other]!.upper }, frames[j]) + INTERVAL_SHARE);
		} else share *= sideShare(side, frames[j]);
	});
	return share;
}

/** One is bounded from above alone, the other from below alone, and both are of one kind. */
function isInterval(a: WindowSide, b: WindowSide, frameOfA: FrameShape | undefined, frameOfB: FrameShape | undefined): boolean {
	const hasOneSide = (a.lower === null) !== (a.upper === null) && (b.lower === null) !== (b.upper === null);
	const isSameFrame = frameOfA?.centre === frameOfB?.centre && frameOfA?.reach === frameOfB?.reach;
	return hasOneSide && isSameFrame && (a.lower === null) !== (b.lower === null);
}

function sideShare({ lower, upper }: WindowSide, frame: FrameShape | undefined): number {
	if (lower === null && upper === null) return 1;
	const low = coordinate(lower);
	const high = coordinate(upper);
	if (frame === undefined || (lower !== null && low === null) || (upper !== null && high === null))
		return lower !== null && upper !== null ? RANGE_SHARE : HALF_SHARE;
	const from = Math.max(low ?? Number.NEGATIVE_INFINITY, frame.centre - frame.reach);
	const to = Math.min(high ?? Number.POSITIVE_INFINITY, frame.centre + frame.reach);
	return Math.min(1, Math.max((to - from) / (2 * frame.reach), 1e-6));
}
