/**
 * Whether two analysed expressions are the same: what GROUP BY, DISTINCT and ORDER BY compare their items by. Positions do not
 * count, nor do the ids of columns that the expressions make themselves (those of subqueries and of `let`): such ids are paired
 * as they are met, and every pair must turn out to be a definition on both sides.
 */
import type { Expression, SortKey } from '../../query/algebra/expression.ts';
import { PgArray } from '../../value/pg-array.ts';

/** Pairs of ids, left to right and back, and those that were seen to be defined inside. */
interface Pairing {
	readonly right: Map<number, number>;
	readonly left: Map<number, number>;
	readonly defined: Set<number>;
}

export function equalExpressions(a: Expression, b: Expression): boolean {
	if (a === b) return true;
	if (a.kind !== b.kind || a.type.oid !== b.type.oid) return false;
	const pairing: Pairing = { right: new Map(), left: new Map(), defined: new Set() };
	if (!equalNodes(a, b, pairing)) return false;
	for (const [left, right] of pairing.right) if (left !== right && !pairing.defined.has(left)) return false;
	return true;
}

function equalNodes(a: Expression, b: Expression, pairing: Pairing): boolean {
	if (a.kind !== b.kind || a.type.oid !== b.type.oid) return false;
	if (a.kind === 'column') return pairIds(a.id, (b as typeof a).id, pairing);
	if (a.kind === 'let') {
		pairing.defined.add(a.id);
		if (!pairIds(a.id, (b as typeof a).id, pairing)) return false;
		return equalNodes(a.value, (b as typeof a).value, pairing) && equalNodes(a.body, (b as typeof a).body, pairing);
	}
	return equalParts(a as unknown as Record<string, unknown>, b as unknown as Record<string, unknown>, pairing);
}

function pairIds(left: number, right: number, pairing: Pairing): boolean {
	const known = pairing.right.get(left);
	if (known !== undefined) return known === right;
	if (pairing.left.has(right)) return false;
	pairing.right.set(left, right);
	pairing.left.set(right, left);
	return true;
}

const IGNORED = new Set(['position', 'typmodText', 'type']);

function equalParts(a: Record<string, unknown>, b: Record<string, unknown>, pairing: Pairing): boolean {
	for (const key of Object.keys(a)) if (!IGNORED.has(key) && !equalValues(a[key], b[key], pairing)) return false;
	return true;
}

function equalValues(a: unknown, b: unknown, pairing: Pairing): boolean {
	if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
		return a === b || (typeof a === 'number' && typeof b === 'number' && Number.isNaN(a) && Number.isNaN(b));
	if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => equalValues(item, b[i], pairing));
	if (isExpression(a)) return isExpression(b) && equalNodes(a, b, pairing);
	if (isColumn(a)) {
		pairing.defined.add(a.id);
		return isColumn(b) && a.type.oid === b.type.oid && a.typmod === b.typmod && pairIds(a.id, b.id, pairing);
	}
	if (a === b) return true;
	if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
	if (a instanceof PgArray)
		return (
			b instanceof PgArray &&
			[a.elements, a.dimensions, a.lowerBounds].every((part, i) => equalValues(part, [b.elements, b.dimensions, b.lowerBounds][i], pairing))
		);
	// Functions made per call (conversions) are the same when they have the same name and types.
	if (isFunction(a))
		return (
			isFunction(b) && a.oid === 0 && b.oid === 0 && a.name === b.name && a.returnOid === b.returnOid && equalValues(a.argumentOids, b.argumentOids, pairing)
		);
	// Plans that hold ids as plain numbers (of common tables, of unions' sources) are the same only when those are.
	return Object.getPrototypeOf(a) === Object.getPrototypeOf(b) && equalOwn(a as Record<string, unknown>, b as Record<string, unknown>, pairing);
}

/** Plans, and values such as decimals and intervals: equal when all their fields are. */
function equalOwn(a: Record<string, unknown>, b: Record<string, unknown>, pairing: Pairing): boolean {
	const keys = Object.keys(a);
	return keys.length === Object.keys(b).length && keys.every((key) => key === 'position' || equalValues(a[key], b[key], pairing));
}

function isExpression(value: object): value is Expression {
	return 'kind' in value && 'type' in value && typeof (value as { type: unknown }).type === 'object';
}

function isColumn(value: object): value is { id: number; type: { oid: number }; typmod: number } {
	return 'id' in value && 'typmod' in value && 'type' in value && 'name' in value;
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
