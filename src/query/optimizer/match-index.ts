/**
 * Finds the bounds that predicates give for an index: equal values for its first columns, then at most one range. A predicate
 * fits when one side is the column itself, the other does not depend on the table, and both have the same key bytes.
 */
import { ENGINE_ABILITIES } from '../../storage/engine-abilities.ts';
import type { IndexObject, TableObject } from '../../transaction/catalog-objects.ts';
import { DYNAMIC } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import type { Column, ColumnId, Expression } from '../algebra/expression.ts';
import type { AccessBounds, ScanColumn } from '../algebra/plan.ts';
import { columnsRead, hasSubquery, isVolatile } from '../algebra/traverse.ts';
import { likeBounds } from './like-bounds.ts';

/** A predicate as a restriction of one column. */
export interface Restriction {
	readonly attribute: number;
	readonly operator: '=' | '<' | '<=' | '>' | '>=' | 'is null' | 'in' | 'like';
	/** The value, or for 'in' the values. */
	readonly values: readonly Expression[];
	readonly predicate: Expression;
	/** True when bounds made of it say all that the predicate says. */
	readonly exact: boolean;
}

export const MIRROR = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;
const INTEGER_RANGE: Readonly<Record<string, readonly [number, number]>> = { int2: [-32768, 32767], int4: [-2147483648, 2147483647], oid: [0, 4294967295] };
const INTEGER_WIDTH: Readonly<Record<string, number>> = { int2: 2, int4: 4, int8: 8 };
/** Types whose values are dynamic values without a change. */
const DYNAMIC_AS_THEY_ARE = new Set(['bool', 'int2', 'int4', 'int8', 'text']);
const TEXT_LIKE = new Set(['text', 'varchar', 'unknown']);

/** Whether a value can bound a column of a type. */
type Fits = (value: Expression, type: Type) => boolean;

/** All restrictions that `predicates` put on single columns of a scan, by values that fit them: those with the same key bytes, or as `fits` says. */
export function restrictionsOf(scan: readonly ScanColumn[], predicates: readonly Expression[], fits: Fits = hasSameKey): Restriction[] {
	const columns = new Map<ColumnId, { attribute: number; column: Column }>();
	for (const s of scan) if (s.number > 0) columns.set(s.column.id, { attribute: s.number, column: s.column });
	const found: Restriction[] = [];
	for (const predicate of predicates) {
		const restriction = restrictionOf(predicate, columns, fits);
		if (restriction !== null) found.push(...restriction);
	}
	return found;
}

type Columns = ReadonlyMap<ColumnId, { attribute: number; column: Column }>;

function restrictionOf(predicate: Expression, columns: Columns, fits: Fits): Restriction[] | null {
	if (predicate.kind === 'is-null' && !predicate.negated && !predicate.row && predicate.operand.kind === 'column') {
		const target = columns.get(predicate.operand.id);
		return target ? [{ attribute: target.attribute, operator: 'is null', values: [], predicate, exact: true }] : null;
	}
	if (predicate.kind === 'in-list' && predicate.left.kind === 'column') {
		const target = columns.get(predicate.left.id);
		if (!target || !predicate.list.every((e) => e.kind === 'constant' && e.value !== null && fits(e, target.column.type))) return null;
		const byKey = new Map(predicate.list.map((e) => [predicate.equality.key((e as { value: unknown }).value), e]));
		return [{ attribute: target.attribute, operator: 'in', values: [...byKey.values()], predicate, exact: true }];
	}
	if (predicate.kind === 'column') return booleanColumn(predicate, columns, true, predicate);
	if (predicate.kind === 'not' && predicate.operand.kind === 'column') return booleanColumn(predicate.operand, columns, false, predicate);
	if (predicate.kind !== 'call' || predicate.arguments.length !== 2) return null;
	const [left, right] = predicate.arguments as readonly [Expression, Expression];
	const comparison = predicate.function.comparison;
	if (comparison === undefined) {
		const target = left.kind === 'column' ? columns.get(left.id) : undefined;
		if (target === undefined || !TEXT_LIKE.has(target.column.type.name) || !independent(right, columns)) return null;
		const bounds = likeBounds(predicate, right);
		return bounds === null ? null : [{ attribute: target.attribute, operator: 'like', values: bounds, predicate, exact: false }];
	}
	if (comparison.operator === '<>') return null;
	const exact = comparison.partial !== true;
	const direct = asColumn(left, right, columns, fits);
	if (direct !== null) return [{ attribute: direct, operator: comparison.operator, values: [right], predicate, exact }];
	const mirrored = asColumn(right, left, columns, fits);
	if (mirrored !== null) return [{ attribute: mirrored, operator: MIRROR[comparison.operator], values: [left], predicate, exact }];
	return null;
}

function booleanColumn(operand: Extract<Expression, { kind: 'column' }>, columns: Columns, value: boolean, predicate: Expression): Restriction[] | null {
	const target = columns.get(operand.id);
	if (!target || target.column.type.name !== 'bool') return null;
	return [{ attribute: target.attribute, operator: '=', values: [{ kind: 'constant', value, type: target.column.type }], predicate, exact: true }];
}

/** The attribute when `column` is a column of the scan that `value` can bound. */
function asColumn(column: Expression, value: Expression, columns: Columns, fits: Fits): number | null {
	if (column.kind !== 'column') return null;
	const target = columns.get(column.id);
	if (target === undefined || !independent(value, columns) || !fits(value, target.column.type)) return null;
	return target.attribute;
}

function independent(expression: Expression, columns: Columns): boolean {
	for (const id of columnsRead(expression)) if (columns.has(id)) return false;
	return !isVolatile(expression) && !hasSubquery(expression);
}

/** True when a value of the expression has the same key bytes as the column's own type gives it. */
function hasSameKey(value: Expression, type: Type): boolean {
	if (value.type.oid === type.oid) return true;
	if (type.oid === DYNAMIC.oid) return DYNAMIC_AS_THEY_ARE.has(value.type.name);
	if (TEXT_LIKE.has(value.type.name) && TEXT_LIKE.has(type.name)) return true;
	const from = INTEGER_WIDTH[value.type.name];
	const to = INTEGER_WIDTH[type.name];
	if (from === undefined || to === undefined) return false;
	if (from <= to) return true;
	const range = INTEGER_RANGE[type.name];
	return value.kind === 'constant' && typeof value.value === 'number' && range !== undefined && value.value >= range[0] && value.value <= range[1];
}

export interface IndexMatch {
	readonly index: IndexObject | null;
	readonly bounds: readonly AccessBounds[];
	/** Predicates that the bounds replace. */
	readonly used: ReadonlySet<Expression>;
	readonly equalCount: number;
	readonly hasRange: boolean;
	/** All columns of a unique index are bound. */
	readonly single: boolean;
}

/** The attributes of an index's key in order; for the table's own key `index` is null. What is no column itself has a number below 0, by its place. */
export function keyAttributes(table: TableObject, index: IndexObject | null): readonly number[] {
	return index === null || index.primary
		? table.primaryKey
		: index.columns.map((c, at) => (c.column === 0 || c.each === true ? computedAttribute(at) : c.column));
}

/** Stands for the key column at this place of an index where that is an expression, or the elements of a column. */
export function computedAttribute(at: number): number {
	return -1 - at;
}

/** An engine without order finds rows by whole keys only; secondary indexes always have one. */
export function isReadable(table: TableObject, match: IndexMatch): boolean {
	const isRows = match.index === null || match.index.primary;
	if (!isRows || hasOrder(table)) return true;
	return match.equalCount === table.primaryKey.length && match.bounds.every((bounds) => bounds.equalNulls === undefined);
}

/** Rows come in the order of the table's key, and can be read from some key on. */
export function hasOrder(table: TableObject): boolean {
	return ENGINE_ABILITIES[table.engine].ordered;
}

/** Bounds for one index, as many as the restrictions give. */
export function matchIndex(table: TableObject, index: IndexObject | null, restrictions: readonly Restriction[]): IndexMatch {
	const attributes = keyAttributes(table, index);
	const used = new Set<Expression>();
	let prefixes: { equal: Expression[]; nulls: boolean[] }[] = [{ equal: [], nulls: [] }];
	let position = 0;
	for (; position < attributes.length; position++) {
		const of = restrictions.filter((r) => r.attribute === attributes[position]);
		const one =
			of.find((r) => r.operator === '=') ??
			of.find((r) => r.operator === 'is null') ??
			of.find((r) => r.operator === 'in' && r.values.length * prefixes.length <= 200);
		if (one === undefined) break;
		if (one.exact) used.add(one.predicate);
		const values: (Expression | null)[] = one.operator === 'is null' ? [null] : [...one.values];
		prefixes = prefixes.flatMap((p) => values.map((v) => ({ equal: [...p.equal, v ?? nullOf(of[0]!)], nulls: [...p.nulls, v === null] })));
	}
	const range = rangeOn(attributes[position], index, position, restrictions);
	for (const p of range.used) used.add(p);
	const bounds = prefixes.map((p) => ({ equal: p.equal, lower: range.lower, upper: range.upper, ...(p.nulls.some(Boolean) ? { equalNulls: p.nulls } : {}) }));
	const unique = index === null || index.unique;
	return {
		index,
		bounds,
		used,
		equalCount: position,
		hasRange: range.lower !== null || range.upper !== null,
		single: unique && position === attributes.length && position > 0,
	};
}

function nullOf(restriction: Restriction): Expression {
	return { kind: 'constant', value: null, type: restriction.predicate.type };
}

type Edge = AccessBounds['lower'];

function rangeOn(
	attribute: number | undefined,
	index: IndexObject | null,
	position: number,
	restrictions: readonly Restriction[],
): { lower: Edge; upper: Edge; used: Expression[] } {
	let lower: Edge = null;
	let upper: Edge = null;
	const used: Expression[] = [];
	if (attribute === undefined || index?.columns[position]?.descending) return { lower, upper, used };
	for (const r of restrictions) {
		if (r.attribute !== attribute) continue;
		if ((r.operator === '>' || r.operator === '>=') && lower === null) lower = { expression: r.values[0]!, inclusive: r.operator === '>=' };
		else if ((r.operator === '<' || r.operator === '<=') && upper === null) upper = { expression: r.values[0]!, inclusive: r.operator === '<=' };
		else if (r.operator === 'like' && lower === null && upper === null) {
			lower = { expression: r.values[0]!, inclusive: true };
			upper = { expression: r.values[1]!, inclusive: false };
		} else continue;
		if (r.exact) used.push(r.predicate);
	}
	return { lower, upper, used };
}
