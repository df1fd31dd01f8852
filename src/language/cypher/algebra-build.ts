/** Small constructors of expressions for the compiler: calls of functions with the type they return, constants, conditions. */
import type { Column, ColumnId, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { columnsRead, isVolatile, substitute } from '../../query/algebra/traverse.ts';
import type { ScalarFunction, SetFunction } from '../../query/functions/contracts.ts';
import type { CypherLibrary } from '../../query/functions/cypher/contracts.ts';
import { sqlFunctions } from '../../query/functions/sql-functions.ts';
import { BOOL, builtinTypes, DYNAMIC, INT8, TEXT } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';

export const NULL: Expression = { kind: 'constant', value: null, type: DYNAMIC };
export const TRUE: Expression = { kind: 'constant', value: true, type: BOOL };

export function callOf(called: ScalarFunction, items: readonly Expression[], position = 0): Expression {
	const chosen = called.specialize?.(
		items.map((item) => item.type),
		builtinTypes,
	);
	return { kind: 'call', function: chosen ?? called, arguments: items, typmod: -1, type: builtinTypes.typeByOid(called.returnOid) ?? DYNAMIC, position };
}

export function constantOf(value: unknown, type: Type): Expression {
	return { kind: 'constant', value, type };
}

export function textOf(value: string): Expression {
	return { kind: 'constant', value, type: TEXT };
}

export function reference(column: Column): Expression {
	return { kind: 'column', id: column.id, type: column.type };
}

export function referenceTo(id: ColumnId, type: Type): Expression {
	return { kind: 'column', id, type };
}

export function isNull(operand: Expression, negated = false): Expression {
	return { kind: 'is-null', operand, negated, row: false, type: BOOL };
}

export function notOf(operand: Expression): Expression {
	return { kind: 'not', operand, type: BOOL };
}

export function allOf(operands: readonly Expression[]): Expression {
	return operands.length === 1 ? operands[0]! : { kind: 'and', operands, type: BOOL };
}

export function anyOf(operands: readonly Expression[]): Expression {
	return operands.length === 1 ? operands[0]! : { kind: 'or', operands, type: BOOL };
}

/** SQL's equality of int8 or text: what identities and types are compared by. */
function sqlEqual(type: Type): ScalarFunction {
	const entry = sqlFunctions.operators('=').find((o) => o.leftOid === type.oid && o.rightOid === type.oid);
	if (entry === undefined) throw new TypeError(`type ${type.name} has no equality`);
	return entry.function;
}

const INT8_EQUAL = sqlEqual(INT8);
const TEXT_EQUAL = sqlEqual(TEXT);

/** Whether two ids, or two texts, are the same. */
export function sameOf(left: Expression, right: Expression): Expression {
	return callOf(left.type.oid === TEXT.oid ? TEXT_EQUAL : INT8_EQUAL, [left, right]);
}

/** One item of a projection. */
export interface ProjectedItem {
	readonly column: Column;
	readonly expression: Expression;
}

/**
 * Exactly these items. Over another projection the two become one, where no expression would be computed more often than before and nothing
 * that does more than to give a value would be left out.
 */
export function projectOf(input: Plan, items: readonly ProjectedItem[]): Plan {
	const merged = input.kind === 'project' ? mergedItems(input.items, items) : null;
	const [under, kept] = merged !== null && input.kind === 'project' ? [input.input, merged] : [input, items];
	return { kind: 'project', input: under, items: kept, columns: kept.map((item) => item.column) };
}

/** The outer items over the input of the inner ones; null where they must stay apart. */
function mergedItems(inner: readonly ProjectedItem[], outer: readonly ProjectedItem[]): readonly ProjectedItem[] | null {
	const replacements = new Map(inner.map((item) => [item.column.id, item.expression]));
	/** Computed by the inner items, and not taken yet. */
	const computed = new Map(inner.filter(isComputed).map((item) => [item.column.id, false]));
	for (const { expression } of outer) {
		if (expression.kind !== 'column') {
			for (const id of columnsRead(expression)) if (computed.has(id)) return null;
		} else if (computed.get(expression.id) === true) return null;
		else if (computed.has(expression.id)) computed.set(expression.id, true);
	}
	for (const item of inner) if (computed.get(item.column.id) === false && isVolatile(item.expression)) return null;
	return outer.map((item) => ({ column: item.column, expression: substitute(item.expression, replacements) }));
}

function isComputed({ expression }: ProjectedItem): boolean {
	return expression.kind !== 'column' && expression.kind !== 'constant';
}

/** The elements of a list as rows; a long range is not made first. */
export function elementRows(library: CypherLibrary, list: Expression): { readonly function: SetFunction; readonly arguments: readonly Expression[] } {
	const rows = list.kind === 'call' ? library.elementsOf(list.function) : undefined;
	return rows !== undefined && list.kind === 'call' ? { function: rows, arguments: list.arguments } : { function: library.unwind, arguments: [list] };
}
