/** Small constructors for plans and expressions, which keep invariant (1) of `plan.ts`: `columns` says exactly what comes out. */
import type { Column, Expression } from './expression.ts';
import type { JoinType, Plan } from './plan.ts';
import { conjunction } from './traverse.ts';

export function columnOf(column: Column): Expression {
	return { kind: 'column', id: column.id, type: column.type };
}

/** The input itself when there is nothing to filter by. */
export function filterBy(input: Plan, predicates: readonly Expression[]): Plan {
	const predicate = conjunction(predicates);
	return predicate === null ? input : { kind: 'filter', input, predicate, columns: input.columns };
}

/** Puts the input's columns in the wanted order (or a part of them); the input itself when they are so already. */
export function reorder(input: Plan, columns: readonly Column[]): Plan {
	if (input.columns.length === columns.length && columns.every((c, i) => input.columns[i]!.id === c.id)) return input;
	return { kind: 'project', input, columns, items: columns.map((column) => ({ column, expression: columnOf(column) })) };
}

export function joinColumns(type: JoinType, left: Plan, right: Plan): readonly Column[] {
	return type === 'semi' || type === 'anti' ? left.columns : [...left.columns, ...right.columns];
}

export function joinOf(type: JoinType, left: Plan, right: Plan, on: readonly Expression[]): Plan {
	return { kind: 'join', type, left, right, on: conjunction(on), columns: joinColumns(type, left, right) };
}
