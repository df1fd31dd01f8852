/** The concrete types of one call: polymorphic ones bound, arguments converted, and the result's type. */
import type { Expression } from '../../query/algebra/expression.ts';
import { RECORD, UNKNOWN } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { canCoerce, cannotCast, coerceType } from './coercion.ts';
import { commonTypeOf } from './common-type.ts';
import { bindPolymorphic, concreteType, isPolymorphic } from './polymorphic.ts';
import type { StatementContext } from './statement-context.ts';

export interface BoundSignature {
	readonly argumentTypes: readonly Type[];
	readonly returnType: Type;
}

/** Binds declared types to actual ones; 42804 when polymorphic arguments disagree. */
export function bindSignature(
	context: StatementContext,
	actual: readonly Type[],
	declared: readonly number[],
	returnOid: number,
	position: number,
): BoundSignature {
	if (!declared.some(isPolymorphic)) {
		return { argumentTypes: declared.map((oid) => context.type(oid)), returnType: context.type(returnOid) };
	}
	const binding = bindPolymorphic(context, actual, declared, commonTypeOf);
	if (typeof binding === 'string') {
		const [message, detail] = binding.split('|');
		throw context.error('42804', message!, position, detail === undefined ? {} : { detail });
	}
	const undetermined = () => context.error('42804', 'could not determine polymorphic type because input has type unknown', position);
	const argumentTypes = declared.map((oid) => {
		const type = concreteType(context, oid, binding);
		if (type === null) throw undetermined();
		return type;
	});
	const returnType = isPolymorphic(returnOid) ? concreteType(context, returnOid, binding) : context.type(returnOid);
	if (returnType === null) throw undetermined();
	return { argumentTypes, returnType };
}

/** Whether the polymorphic part of a signature can be satisfied at all. */
export function polymorphicFits(context: StatementContext, actual: readonly Type[], declared: readonly number[]): boolean {
	return !declared.some(isPolymorphic) || typeof bindPolymorphic(context, actual, declared, commonTypeOf) !== 'string';
}

/** Converts arguments implicitly to the declared types. */
export function coerceArguments(context: StatementContext, args: readonly Expression[], types: readonly Type[], position: number): Expression[] {
	return args.map((argument, i) => coerceArgument(context, argument, types[i]!, position));
}

function coerceArgument(context: StatementContext, argument: Expression, type: Type, position: number): Expression {
	if (argument.type.oid === type.oid) return argument;
	if (!canCoerce(context, argument.type, type, 'implicit')) throw cannotCast(context, argument.type, type, position);
	return coerceType(context, argument, type, -1, 'implicit');
}

/** Record type with the given fields: rows of subqueries and of functions with several outputs. */
export function recordType(fields: readonly { readonly name: string; readonly type: Type; readonly typmod?: number }[]): Type {
	return {
		...RECORD,
		fields: fields.map((f) => ({ name: f.name, typeOid: f.type.oid, typmod: f.typmod ?? -1, ...(f.type.oid === RECORD.oid ? { type: f.type } : {}) })),
	};
}

/** Names of argument types as errors print them: `integer, unknown`. */
export function signatureText(context: StatementContext, types: readonly Type[]): string {
	return types.map((t) => context.typeName(t)).join(', ');
}

export function isUnknown(expression: Expression): boolean {
	return expression.type.oid === UNKNOWN.oid;
}
