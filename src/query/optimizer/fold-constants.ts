/**
 * Evaluates calls of immutable functions on constants once, when the plan is made. A call that throws is left in place: it
 * must fail only when (and if) a row reaches it. Predicates that are constantly true disappear.
 */
import type { TypeLookup } from '../../value/type.ts';
import type { Expression } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import { mapChildren, mapPlanParts } from '../algebra/traverse.ts';

export function foldConstants(plan: Plan, types: TypeLookup): Plan {
	const by = { expression: (e: Expression): Expression => foldExpression(mapChildren(e, by), types), plan: (p: Plan): Plan => fold(mapPlanParts(p, by)) };
	return by.plan(plan);
}

function fold(plan: Plan): Plan {
	if (plan.kind === 'filter' && plan.predicate.kind === 'constant' && plan.predicate.value === true) return plan.input;
	return plan;
}

function foldExpression(e: Expression, types: TypeLookup): Expression {
	if (e.kind === 'and' || e.kind === 'or') return foldLogic(e);
	if (e.kind === 'not' && e.operand.kind === 'constant') return { kind: 'constant', type: e.type, value: e.operand.value === null ? null : !e.operand.value };
	if (e.kind !== 'call' || e.function.volatility !== 'immutable' || e.function.context) return e;
	const values: unknown[] = [];
	for (const a of e.arguments) {
		if (a.kind !== 'constant') return e;
		values.push(a.value);
	}
	if (e.function.strict && values.includes(null)) return { kind: 'constant', type: e.type, value: null };
	try {
		const call =
			e.function.evaluate ??
			e.function.bind!({ argumentTypes: e.arguments.map((a) => a.type), returnType: e.type, typmod: e.typmod, types, variadic: e.variadic ?? false });
		return { kind: 'constant', type: e.type, value: call(...(values as never[])) };
	} catch {
		return e; // fails where it runs, if it runs
	}
}

function foldLogic(e: Extract<Expression, { kind: 'and' | 'or' }>): Expression {
	const absorbing = e.kind === 'or';
	const operands: Expression[] = [];
	for (const o of e.operands) {
		if (o.kind === 'constant' && o.value === absorbing) return o;
		if (!(o.kind === 'constant' && o.value === !absorbing)) operands.push(o);
	}
	if (operands.length === e.operands.length) return e;
	if (operands.length === 0) return { kind: 'constant', type: e.type, value: !absorbing };
	return operands.length === 1 ? operands[0]! : { ...e, operands };
}
