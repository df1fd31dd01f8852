/**
 * Polymorphic types: whether actual argument types fit declared ones such as anyelement and anycompatiblearray, and what they
 * stand for in one call (parse_coerce.c, check_generic_type_consistency and enforce_generic_type_consistency). Ranges are
 * left out: there are no range types.
 */
import {
	ANYARRAY,
	ANYCOMPATIBLE,
	ANYCOMPATIBLEARRAY,
	ANYCOMPATIBLENONARRAY,
	ANYCOMPATIBLERANGE,
	ANYELEMENT,
	ANYENUM,
	ANYNONARRAY,
	ANYRANGE,
	arrayOf,
	baseTypeOf,
	elementOf,
	TEXT,
	UNKNOWN,
} from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import type { StatementContext } from './statement-context.ts';

const FIRST_FAMILY: ReadonlySet<number> = new Set([ANYELEMENT.oid, ANYARRAY.oid, ANYNONARRAY.oid, ANYENUM.oid, ANYRANGE.oid]);
const SECOND_FAMILY: ReadonlySet<number> = new Set([ANYCOMPATIBLE.oid, ANYCOMPATIBLEARRAY.oid, ANYCOMPATIBLENONARRAY.oid, ANYCOMPATIBLERANGE.oid]);

export function isPolymorphic(oid: number): boolean {
	return FIRST_FAMILY.has(oid) || SECOND_FAMILY.has(oid);
}

/** What the polymorphic types of one call stand for. */
export interface PolymorphicBinding {
	readonly element: Type | null;
	readonly array: Type | null;
	readonly compatible: Type | null;
	readonly compatibleArray: Type | null;
}

/** Chooses the common type for the anycompatible family; given by `common-type.ts`. */
export type CommonTypeChooser = (context: StatementContext, types: readonly Type[]) => Type | null;

/** The binding, or the reason why there is none. */
export function bindPolymorphic(
	context: StatementContext,
	actual: readonly Type[],
	declared: readonly number[],
	choose: CommonTypeChooser,
): PolymorphicBinding | string {
	const first = bindFirstFamily(context, actual, declared);
	if (typeof first === 'string') return first;
	const second = bindSecondFamily(context, actual, declared, choose);
	if (typeof second === 'string') return second;
	return { ...first, ...second };
}

function bindFirstFamily(
	context: StatementContext,
	actual: readonly Type[],
	declared: readonly number[],
): { element: Type | null; array: Type | null } | string {
	let element: Type | null = null;
	let array: Type | null = null;
	let any = false;
	for (let i = 0; i < declared.length; i++) {
		const oid = declared[i]!;
		if (!FIRST_FAMILY.has(oid)) continue;
		any = true;
		const type = actual[i]!;
		if (type.oid === UNKNOWN.oid) continue;
		if (oid === ANYARRAY.oid) {
			const base = baseTypeOf(type, context.catalog);
			if (array !== null && array.oid !== base.oid)
				return `arguments declared "anyarray" are not all alike|${context.typeName(array)} versus ${context.typeName(base)}`;
			array = base;
		} else {
			if (element !== null && element.oid !== type.oid)
				return `arguments declared "anyelement" are not all alike|${context.typeName(element)} versus ${context.typeName(type)}`;
			element ??= type;
		}
	}
	if (!any) return { element, array };
	if (array !== null && array.oid !== ANYARRAY.oid) {
		const inside = elementOf(array, context.catalog);
		if (inside === undefined || array.kind !== 'array') return `argument declared anyarray is not an array but type ${context.typeName(array)}`;
		if (element === null) element = inside;
		else if (element.oid !== inside.oid)
			return `argument declared anyarray is not consistent with argument declared anyelement|${context.typeName(array)} versus ${context.typeName(element)}`;
	}
	if (element !== null) {
		if (declared.includes(ANYNONARRAY.oid) && element.kind === 'array') return `type matched to anynonarray is an array type: ${context.typeName(element)}`;
		if (declared.includes(ANYENUM.oid) && element.kind !== 'enum') return `type matched to anyenum is not an enum type: ${context.typeName(element)}`;
	}
	return { element, array };
}

function bindSecondFamily(
	context: StatementContext,
	actual: readonly Type[],
	declared: readonly number[],
	choose: CommonTypeChooser,
): { compatible: Type | null; compatibleArray: Type | null } | string {
	const types: Type[] = [];
	let any = false;
	let nonArray = false;
	for (let i = 0; i < declared.length; i++) {
		const oid = declared[i]!;
		if (!SECOND_FAMILY.has(oid)) continue;
		any = true;
		nonArray ||= oid === ANYCOMPATIBLENONARRAY.oid;
		const type = actual[i]!;
		if (type.oid === UNKNOWN.oid) continue;
		if (oid === ANYCOMPATIBLEARRAY.oid) {
			const base = baseTypeOf(type, context.catalog);
			const inside = base.kind === 'array' ? elementOf(base, context.catalog) : undefined;
			if (inside === undefined) return `argument declared anycompatiblearray is not an array but type ${context.typeName(type)}`;
			types.push(inside);
		} else types.push(type);
	}
	if (!any) return { compatible: null, compatibleArray: null };
	const compatible = types.length === 0 ? TEXT : choose(context, types);
	if (compatible === null) return 'arguments of anycompatible family cannot be cast to a common type';
	if (nonArray && compatible.kind === 'array') return `type matched to anycompatiblenonarray is an array type: ${context.typeName(compatible)}`;
	return { compatible, compatibleArray: arrayOf(compatible, context.catalog) ?? null };
}

/** The concrete type of a declared one under a binding; null when it cannot be told. Unknown arguments of anyelement are text. */
export function concreteType(context: StatementContext, oid: number, binding: PolymorphicBinding): Type | null {
	switch (oid) {
		case ANYELEMENT.oid:
		case ANYNONARRAY.oid:
		case ANYENUM.oid:
			return binding.element;
		case ANYARRAY.oid:
			return binding.array ?? (binding.element === null ? null : (arrayOf(binding.element, context.catalog) ?? null));
		case ANYCOMPATIBLE.oid:
		case ANYCOMPATIBLENONARRAY.oid:
			return binding.compatible;
		case ANYCOMPATIBLEARRAY.oid:
			return binding.compatibleArray;
		default:
			return context.catalog.typeByOid(oid) ?? null;
	}
}
