/** The type that the branches of CASE, COALESCE, UNION, VALUES, ARRAY and IN agree on (parse_coerce.c, select_common_type). */
import type { Expression } from '../../query/algebra/expression.ts';
import { baseTypeOf, TEXT, UNKNOWN } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { canCoerce, coerceType } from './coercion.ts';
import type { StatementContext } from './statement-context.ts';

/** `what` names the construct in the error ("CASE", "UNION"); null: returns null instead of raising. */
export function commonType(context: StatementContext, expressions: readonly Expression[], what: string): Type;
export function commonType(context: StatementContext, expressions: readonly Expression[], what: null): Type | null;
export function commonType(context: StatementContext, expressions: readonly Expression[], what: string | null): Type | null {
	const mismatch = (left: Type, right: Type, index: number): null => {
		if (what === null) return null;
		throw context.error('42804', `${what} types ${context.typeName(left)} and ${context.typeName(right)} cannot be matched`, expressions[index]!.position ?? 0);
	};
	return chooseCommonType(
		context,
		expressions.map((e) => e.type),
		mismatch,
	);
}

/** The same for bare types; null when they do not agree. */
export function commonTypeOf(context: StatementContext, types: readonly Type[]): Type | null {
	return chooseCommonType(context, types, () => null);
}

function chooseCommonType(context: StatementContext, types: readonly Type[], mismatch: (left: Type, right: Type, index: number) => null): Type | null {
	const first = types[0]!;
	if (first.oid !== UNKNOWN.oid && types.every((t) => t.oid === first.oid)) return first;
	let chosen = baseTypeOf(first, context.catalog);
	for (let i = 1; i < types.length; i++) {
		const next = baseTypeOf(types[i]!, context.catalog);
		if (next.oid === UNKNOWN.oid || next.oid === chosen.oid) continue;
		if (chosen.oid === UNKNOWN.oid) chosen = next;
		else if (next.category !== chosen.category) return mismatch(chosen, next, i);
		else if (!chosen.preferred && canCoerce(context, chosen, next, 'implicit') && !canCoerce(context, next, chosen, 'implicit')) chosen = next;
	}
	return chosen.oid === UNKNOWN.oid ? TEXT : chosen;
}

/** The typmod that all expressions share; −1 otherwise. */
export function commonTypmod(context: StatementContext, expressions: readonly Expression[], type: Type): number {
	let typmod = -2;
	for (const expression of expressions) {
		if (expression.type.oid !== type.oid) return -1;
		const own = context.typmodOf(expression);
		if (typmod === -2) typmod = own;
		else if (typmod !== own) return -1;
	}
	return typmod === -2 ? -1 : typmod;
}

/** Converts one expression to the type chosen for all; 42846 when it cannot be. */
export function coerceToCommon(context: StatementContext, expression: Expression, type: Type, what: string): Expression {
	if (expression.type.oid === type.oid) return expression;
	if (canCoerce(context, expression.type, type, 'implicit')) return coerceType(context, expression, type, -1, 'implicit');
	throw context.error('42846', `${what} could not convert type ${context.typeName(expression.type)} to ${context.typeName(type)}`, expression.position ?? 0);
}
