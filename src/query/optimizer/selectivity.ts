/**
 * The share of rows that predicates let through: by the statistics of the columns that they compare, where a table was analysed; else
 * by constants (after Selinger et al. 1979). Predicates of different columns are taken to be independent; two that are the ends of a
 * range of one column are taken together.
 */
import type { ColumnId, Expression } from '../algebra/expression.ts';
import { knownColumn } from './column-origins.ts';
import type { OptimizerContext } from './context.ts';
import { MIRROR } from './match-index.ts';
import { equalShare, type KnownColumn, type RangeEnd, shareBetween } from './value-statistics.ts';

export const EQUAL_SHARE = 0.005;
export const RANGE_SHARE = 0.33;
const OTHER_SHARE = 0.25;
const NULL_SHARE = 0.05;

export type Operator = keyof typeof MIRROR | '<>';

/** `column operator value`, of a column that something is known of. */
interface Comparison {
	readonly id: ColumnId;
	readonly known: KnownColumn;
	readonly operator: Operator;
	/** undefined: only the execution knows it. */
	readonly value: unknown;
}

/** The share of rows that all of the predicates let through. */
export function selectivityOf(predicates: readonly Expression[], context: OptimizerContext): number {
	if (predicates.length === 1) return selectivity(predicates[0]!, context);
	let share = 1;
	const ranges = new Map<ColumnId, { known: KnownColumn; lower: RangeEnd | null; upper: RangeEnd | null; rest: number }>();
	for (const predicate of predicates) {
		const comparison = comparisonOf(predicate, context);
		if (comparison === null || comparison.value === undefined || comparison.operator === '=' || comparison.operator === '<>') {
			share *= selectivity(predicate, context);
			continue;
		}
		const { id, known, operator, value } = comparison;
		let range = ranges.get(id);
		if (range === undefined) ranges.set(id, (range = { known, lower: null, upper: null, rest: 1 }));
		const side = operator === '>' || operator === '>=' ? 'lower' : 'upper';
		if (range[side] === null) range[side] = { value, inclusive: operator === '>=' || operator === '<=' };
		else range.rest *= selectivity(predicate, context);
	}
	for (const { known, lower, upper, rest } of ranges.values()) {
		const ends = (lower === null ? 0 : 1) + (upper === null ? 0 : 1);
		share *= rest * (shareBetween(known, lower, upper) ?? RANGE_SHARE ** ends);
	}
	return share;
}

/** The share of rows that a predicate lets through. */
export function selectivity(predicate: Expression, context: OptimizerContext): number {
	switch (predicate.kind) {
		case 'and':
			return selectivityOf(predicate.operands, context);
		case 'or':
			return 1 - predicate.operands.reduce((share, o) => share * (1 - selectivity(o, context)), 1);
		case 'not':
			return 1 - selectivity(predicate.operand, context);
		case 'is-null': {
			const share = knownColumn(predicate.operand, context)?.statistics.nullShare ?? NULL_SHARE;
			return predicate.negated ? 1 - share : share;
		}
		case 'in-list': {
			const known = knownColumn(predicate.left, context);
			const shareOf = (value: Expression): number => (known === null ? null : equalShare(known, likelyValue(value, context))) ?? EQUAL_SHARE;
			return Math.min(
				1,
				predicate.list.reduce((share, value) => share + shareOf(value), 0),
			);
		}
		case 'quantified': {
			const known = predicate.function.comparison?.operator === '=' ? knownColumn(predicate.left, context) : null;
			return Math.min(1, ((known === null ? null : equalShare(known, undefined)) ?? EQUAL_SHARE) * 5);
		}
		case 'column': {
			const known = knownColumn(predicate, context);
			return (known === null ? null : equalShare(known, true)) ?? OTHER_SHARE;
		}
		case 'constant':
			return predicate.value === true ? 1 : 0;
		case 'call':
			return callShare(predicate, context);
		default:
			return OTHER_SHARE;
	}
}

function callShare(predicate: Extract<Expression, { kind: 'call' }>, context: OptimizerContext): number {
	const operator = predicate.function.comparison?.operator;
	if (operator === undefined) return OTHER_SHARE;
	const comparison = comparisonOf(predicate, context);
	const share = comparison === null ? null : comparisonShare(comparison.known, comparison.operator, comparison.value);
	if (share !== null) return share;
	if (operator === '=') return EQUAL_SHARE;
	return operator === '<>' ? 1 - EQUAL_SHARE : RANGE_SHARE;
}

function comparisonShare(known: KnownColumn, operator: Operator, value: unknown): number | null {
	if (operator === '=') return equalShare(known, value);
	if (operator === '<>') {
		const share = equalShare(known, value);
		return share === null ? null : Math.max(0, 1 - known.statistics.nullShare - share);
	}
	if (value === undefined) return null;
	if (value === null) return 0;
	const end = { value, inclusive: operator === '<=' || operator === '>=' };
	return operator === '<' || operator === '<=' ? shareBetween(known, null, end) : shareBetween(known, end, null);
}

/** A predicate as a comparison of a column that something is known of. Two columns are compared as with a value that nobody knows. */
function comparisonOf(predicate: Expression, context: OptimizerContext): Comparison | null {
	if (predicate.kind !== 'call' || predicate.arguments.length !== 2) return null;
	const { comparison } = predicate.function;
	if (comparison === undefined) return null;
	const [left, right] = predicate.arguments as readonly [Expression, Expression];
	const of = (column: Expression, other: Expression, operator: Operator): Comparison | null => {
		const known = knownColumn(column, context);
		if (known === null || column.kind !== 'column') return null;
		const isComparable = known.statistics.ordering?.name === comparison.ordering.name;
		return { id: column.id, known, operator, value: isComparable ? comparedValue(known, operator, other, context) : undefined };
	};
	const { operator } = comparison;
	return of(left, right, operator) ?? of(right, left, operator === '<>' ? operator : MIRROR[operator]);
}

/** The value that an expression is likely to have; undefined where only the execution knows. */
export function likelyValue(expression: Expression, context: OptimizerContext): unknown {
	if (expression.kind === 'constant') return expression.value;
	return expression.kind === 'parameter' ? (expression.likely ?? context.parameterValues?.[expression.index]) : undefined;
}

/** The same of a value that a column is compared with; that the estimate hangs on it is noted. */
export function comparedValue(known: KnownColumn, operator: Operator, value: Expression, context: OptimizerContext): unknown {
	if (value.kind === 'parameter' && value.likely === undefined && context.noteUse !== undefined && varies(known, operator)) {
		const name = `${value.index} ${operator} ${known.table.id}.${known.attribute}`;
		const share = (given: unknown): number => comparisonShare(known, operator, given) ?? EQUAL_SHARE;
		context.noteUse({ parameter: value.index, name, share });
	}
	return likelyValue(value, context);
}

/** Whether some values of a column are more frequent than others. */
function varies({ statistics }: KnownColumn, operator: Operator): boolean {
	if (operator === '=' || operator === '<>') return statistics.common.length > 0;
	return statistics.common.length > 0 || statistics.bounds.length > 0;
}
