/**
 * Indexes over expressions, over the elements of an array, and with a predicate: which of a query's predicates they serve.
 *
 * An index with a predicate is used only where each of its conditions stands, written the same, among the query's predicates; a
 * key expression where it stands on one side of a comparison whose other side does not depend on the table. Expressions are the
 * same when they are built of the same functions, constants and columns of the table. An element of an array is asked for by
 * `value = ANY (array)` or by a function that is said to do the same (`ScalarFunction.containment`).
 */
import type { IndexObject } from '../../transaction/catalog-objects.ts';
import type { ColumnId, Expression } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import { columnsRead, hasSubquery, isVolatile } from '../algebra/traverse.ts';
import type { Equality, ScalarFunction } from '../functions/contracts.ts';
import { computedIndexes, type IndexTerms, type OptimizerContext } from './context.ts';
import { kindRestriction, prefixRestriction } from './dynamic-bounds.ts';
import { computedAttribute, type IndexMatch, MIRROR, matchIndex, type Restriction } from './match-index.ts';

type Scan = Extract<Plan, { kind: 'scan' }>;
type Attributes = ReadonlyMap<ColumnId, number>;

/** How such indexes can be read under these predicates. `restrictions` are those of plain columns. */
export function computedMatches(scan: Scan, restrictions: readonly Restriction[], predicates: readonly Expression[], context: OptimizerContext): IndexMatch[] {
	const indexes = computedIndexes(scan.table, context.catalog);
	if (indexes.length === 0 || predicates.length === 0) return [];
	const attributes: Attributes = new Map(scan.scan.filter((s) => s.number > 0).map((s) => [s.column.id, s.number]));
	const given = { scan, attributes, restrictions, predicates };
	return indexes.map((index) => matchOf(given, index, context)).filter((match) => match !== null);
}

interface Given {
	readonly scan: Scan;
	readonly attributes: Attributes;
	readonly restrictions: readonly Restriction[];
	readonly predicates: readonly Expression[];
}

function matchOf({ scan, attributes, restrictions, predicates }: Given, index: IndexObject, context: OptimizerContext): IndexMatch | null {
	if (index.columns[0]!.each === true) {
		const found = elementRestrictions(index.columns[0]!.column, attributes, predicates);
		return found.length === 0 ? null : matchIndex(scan.table, index, found);
	}
	const terms = context.indexTerms?.(scan.table, index) ?? null;
	if (terms === null) return null;
	const implied: Expression[] = [];
	for (const condition of terms.conditions) {
		const same = predicates.find((p) => isSame(condition, p, terms.attributes, attributes));
		if (same === undefined) return null;
		implied.push(same);
	}
	const keyed = terms.keys.flatMap((key, at) => (key === null ? [] : keyRestrictions(key, at, terms, attributes, predicates)));
	const match = matchIndex(scan.table, index, [...restrictions, ...keyed]);
	if (match.equalCount === 0 && !match.hasRange) return null;
	return { ...match, used: new Set([...match.used, ...implied]) };
}

/** Predicates that ask for an element of a column. */
function elementRestrictions(column: number, attributes: Attributes, predicates: readonly Expression[]): Restriction[] {
	const found: Restriction[] = [];
	for (const predicate of predicates) {
		const asked = elementOf(predicate);
		if (asked === null || asked.array.kind !== 'column' || attributes.get(asked.array.id) !== column) continue;
		if (!isIndependent(asked.element, attributes)) continue;
		found.push({ attribute: computedAttribute(0), operator: '=', values: [asked.element], predicate, exact: true });
	}
	return found;
}

function elementOf(predicate: Expression): { readonly array: Expression; readonly element: Expression } | null {
	if (predicate.kind === 'quantified' && !predicate.all && predicate.function.comparison?.operator === '=') {
		if (predicate.left.type.oid !== predicate.elementType.oid) return null;
		return { array: predicate.array, element: predicate.left };
	}
	if (predicate.kind === 'call' && predicate.function.containment === true) return { array: predicate.arguments[0]!, element: predicate.arguments[1]! };
	return null;
}

/** Predicates on an index's key expression: comparisons, lists of constants, beginnings of texts. What closes open ranges comes last. */
function keyRestrictions(key: Expression, at: number, terms: IndexTerms, attributes: Attributes, predicates: readonly Expression[]): Restriction[] {
	const found: Restriction[] = [];
	const closing: Restriction[] = [];
	const isKey = (e: Expression): boolean => isSame(key, e, terms.attributes, attributes);
	// Values of other types may have other key bytes; those of a dynamic key tell their own type.
	const fits = (value: Expression): boolean => isIndependent(value, attributes) && (key.type.kind === 'dynamic' || value.type.oid === key.type.oid);
	for (const predicate of predicates) {
		if (predicate.kind === 'in-list' && isKey(predicate.left)) {
			const list = predicate.list.filter((item) => !(item.kind === 'constant' && item.value === null));
			if (list.every((item) => item.kind === 'constant' && fits(item)))
				found.push({ attribute: computedAttribute(at), operator: 'in', values: distinctConstants(list, predicate.equality), predicate, exact: true });
			continue;
		}
		if (predicate.kind !== 'call' || predicate.arguments.length !== 2) continue;
		const [left, right] = predicate.arguments as readonly [Expression, Expression];
		const { comparison, prefixTest } = predicate.function;
		if (prefixTest === true && key.type.kind === 'dynamic' && isKey(left) && fits(right)) found.push(prefixRestriction(right, at, predicate));
		if (comparison === undefined || comparison.operator === '<>') continue;
		const isLeft = isKey(left);
		if (!isLeft && !isKey(right)) continue;
		const value = isLeft ? right : left;
		if (!fits(value)) continue;
		const operator = isLeft ? comparison.operator : MIRROR[comparison.operator];
		found.push({ attribute: computedAttribute(at), operator, values: [value], predicate, exact: comparison.partial !== true });
		if (key.type.kind === 'dynamic' && operator !== '=') closing.push(kindRestriction(operator, value, at, predicate));
	}
	return [...found, ...closing];
}

function distinctConstants(list: readonly Expression[], equality: Equality): Expression[] {
	return [...new Map(list.map((item) => [equality.key((item as { readonly value: unknown }).value), item])).values()];
}

function isIndependent(value: Expression, attributes: Attributes): boolean {
	for (const id of columnsRead(value)) if (attributes.has(id)) return false;
	return !isVolatile(value) && !hasSubquery(value);
}

/** Whether two expressions are the same, over columns of one table that go by other ids in each. */
function isSame(left: Expression, right: Expression, ofLeft: Attributes, ofRight: Attributes): boolean {
	const all = (a: readonly Expression[], b: readonly Expression[]): boolean =>
		a.length === b.length && a.every((item, i) => isSame(item, b[i]!, ofLeft, ofRight));
	if (left.kind === 'column') return right.kind === 'column' && ofLeft.has(left.id) && ofLeft.get(left.id) === ofRight.get(right.id);
	if (left.kind === 'constant') return right.kind === 'constant' && left.type.oid === right.type.oid && left.value === right.value;
	if (left.kind === 'call') return right.kind === 'call' && isSameFunction(left.function, right.function) && all(left.arguments, right.arguments);
	if (left.kind === 'and' || left.kind === 'or') return right.kind === left.kind && all(left.operands, right.operands);
	if (left.kind === 'not') return right.kind === 'not' && isSame(left.operand, right.operand, ofLeft, ofRight);
	if (left.kind === 'is-null')
		return right.kind === 'is-null' && left.negated === right.negated && left.row === right.row && isSame(left.operand, right.operand, ofLeft, ofRight);
	return false;
}

/** A function may be known to several languages by different names. */
export function isSameFunction(left: ScalarFunction, right: ScalarFunction): boolean {
	if (left === right) return true;
	return left.evaluate !== undefined && left.evaluate === right.evaluate && left.volatility === 'immutable';
}
