/** Names of groups: texts that are equal for values that are equal, and the predicate that finds a group's rows. */
import type { Column, Expression } from '../query/algebra/expression.ts';
import type { Equality } from '../query/functions/contracts.ts';
import { sqlFunctions } from '../query/functions/sql-functions.ts';
import { BOOL } from '../value/builtin-types.ts';

/** The part of a name that one value makes. */
export function namePart(equality: Equality, value: unknown): string {
	if (value === null) return '-';
	const key = String(equality.key(value));
	return `${key.length}:${key}`;
}

/** Whether columns hold these values, which are the parameters; nulls are in the predicate itself. */
export function isGroup(columns: readonly Column[], equalities: readonly Equality[], values: readonly unknown[]): Expression {
	const operands = columns.map((column, index): Expression => {
		const left: Expression = { kind: 'column', id: column.id, type: column.type };
		if (values[index] === null) return { kind: 'is-null', operand: left, negated: false, row: false, type: BOOL };
		const right: Expression = { kind: 'parameter', index, type: column.type };
		const operator = sqlFunctions.operators('=').find((one) => one.leftOid === column.type.oid && one.rightOid === column.type.oid);
		if (operator === undefined) return { kind: 'is-distinct', left, right, equality: equalities[index]!, negated: true, type: BOOL };
		return { kind: 'call', function: operator.function, arguments: [left, right], typmod: -1, type: BOOL };
	});
	return operands.length === 0 ? { kind: 'constant', value: true, type: BOOL } : { kind: 'and', operands, type: BOOL };
}

/** Which of a group's values are null, as text: one program serves groups that agree in it. */
export function nullsOf(values: readonly unknown[]): string {
	return values.map((value) => (value === null ? '-' : 'v')).join('');
}
