/** Whether two analysed expressions are the same: what GROUP BY, DISTINCT and ORDER BY compare their items by. */
import type { Expression, SortKey } from '../../query/algebra/expression.ts';
import { PgArray } from '../../value/pg-array.ts';

/** Structural equality; positions do not count. Subqueries are equal only when they are the same object. */
export function equalExpressions(a: Expression, b: Expression): boolean {
	if (a === b) return true;
	if (a.kind !== b.kind || a.type.oid !== b.type.oid) return false;
	return equalParts(a as unknown as Record<string, unknown>, b as unknown as Record<string, unknown>);
}

const IGNORED = new Set(['position', 'typmodText']);

function equalParts(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
	for (const key of Object.keys(a)) {
		if (IGNORED.has(key) || key === 'type') continue;
		if (!equalValues(a[key], b[key])) return false;
	}
	return true;
}

function equalValues(a: unknown, b: unknown): boolean {
	if (a === b) return true;
	if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
		return typeof a === 'number' && typeof b === 'number' && Number.isNaN(a) && Number.isNaN(b);
	if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => equalValues(item, b[i]));
	if (isExpression(a)) return isExpression(b) && equalExpressions(a, b);
	if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
	if (a instanceof PgArray)
		return b instanceof PgArray && equalValues(a.elements, b.elements) && equalValues(a.dimensions, b.dimensions) && equalValues(a.lowerBounds, b.lowerBounds);
	// Functions made per call (conversions) are the same when they have the same name and types.
	if (isFunction(a))
		return isFunction(b) && a.oid === 0 && b.oid === 0 && a.name === b.name && a.returnOid === b.returnOid && equalValues(a.argumentOids, b.argumentOids);
	if ('columns' in a && 'kind' in a) return false;
	return Object.getPrototypeOf(a) === Object.getPrototypeOf(b) && equalOwn(a as Record<string, unknown>, b as Record<string, unknown>);
}

/** Values such as decimals and intervals: equal when all their fields are. */
function equalOwn(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
	const keys = Object.keys(a);
	return keys.length === Object.keys(b).length && keys.every((key) => equalValues(a[key], b[key]));
}

function isExpression(value: object): value is Expression {
	return 'kind' in value && 'type' in value && typeof (value as { type: unknown }).type === 'object';
}

function isFunction(value: object): value is { oid: number; name: string; returnOid: number; argumentOids: readonly number[] } {
	return 'volatility' in value && 'argumentOids' in value;
}

export function equalSortKeys(a: readonly SortKey[], b: readonly SortKey[]): boolean {
	return a.length === b.length && a.every((key, i) => equalSortKey(key, b[i]!));
}

function equalSortKey(a: SortKey, b: SortKey): boolean {
	return a.descending === b.descending && a.nullsFirst === b.nullsFirst && a.ordering === b.ordering && equalExpressions(a.expression, b.expression);
}

export function equalLists(a: readonly Expression[], b: readonly Expression[]): boolean {
	return a.length === b.length && a.every((e, i) => equalExpressions(e, b[i]!));
}
