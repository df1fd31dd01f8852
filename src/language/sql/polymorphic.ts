/**
 * Polymorphic types: whether actual argument types fit declared ones such as anyelement and anycompatiblearray, and what they
 * stand for in one call (parse_coerce.c, check_generic_type_consistency and enforce_generic_type_consistency).
 */
import {
	ANYARRAY,
	ANYCOMPATIBLE,
	ANYCOMPATIBLEARRAY,
	ANYCOMPATIBLEMULTIRANGE,
	ANYCOMPATIBLENONARRAY,
	ANYCOMPATIBLERANGE,
	ANYELEMENT,
	ANYENUM,
	ANYMULTIRANGE,
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

const FIRST_FAMILY: ReadonlySet<number> = new Set([ANYELEMENT.oid, ANYARRAY.oid, ANYNONARRAY.oid, ANYENUM.oid, ANYRANGE.oid, ANYMULTIRANGE.oid]);
const SECOND_FAMILY: ReadonlySet<number> = new Set([
	ANYCOMPATIBLE.oid,
	ANYCOMPATIBLEARRAY.oid,
	ANYCOMPATIBLENONARRAY.oid,
	ANYCOMPATIBLERANGE.oid,
	ANYCOMPATIBLEMULTIRANGE.oid,
]);

export function isPolymorphic(oid: number): boolean {
	return FIRST_FAMILY.has(oid) || SECOND_FAMILY.has(oid);
}

/** Why a result of a type cannot be told from arguments of these types; null where it can, or needs not be. */
export function undeterminedResult(context: StatementContext, resultOid: number, argumentOids: readonly number[]): string | null {
	const family = FIRST_FAMILY.has(resultOid) ? FIRST_FAMILY : SECOND_FAMILY.has(resultOid) ? SECOND_FAMILY : null;
	if (family === null) return null;
	const ranges = [ANYRANGE, ANYMULTIRANGE, ANYCOMPATIBLERANGE, ANYCOMPATIBLEMULTIRANGE].filter((t) => family.has(t.oid)).map((t) => t.oid);
	const needed = ranges.includes(resultOid) ? ranges : [...family];
	if (argumentOids.some((oid) => needed.includes(oid))) return null;
	const names = needed.map((oid) => context.typeName(context.type(oid)));
	const list = names.length === 2 ? names.join(' or ') : `${names.slice(0, -1).join(', ')}, or ${names.at(-1)}`;
	return `A result of type ${context.typeName(context.type(resultOid))} requires at least one input of type ${list}.`;
}

/** What the polymorphic types of one call stand for. */
export interface PolymorphicBinding {
	readonly element: Type | null;
	readonly array: Type | null;
	readonly range: Type | null;
	readonly compatible: Type | null;
	readonly compatibleArray: Type | null;
	readonly compatibleRange: Type | null;
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
): { element: Type | null; array: Type | null; range: Type | null } | string {
	let element: Type | null = null;
	let array: Type | null = null;
	let range: Type | null = null;
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
		} else if (oid === ANYRANGE.oid || oid === ANYMULTIRANGE.oid) {
			const found = rangeOf(context, oid, type);
			if (typeof found === 'string') return found;
			if (range !== null && range.oid !== found.oid)
				return `arguments declared "anyrange" are not all alike|${context.typeName(range)} versus ${context.typeName(found)}`;
			range = found;
		} else {
			if (element !== null && element.oid !== type.oid)
				return `arguments declared "anyelement" are not all alike|${context.typeName(element)} versus ${context.typeName(type)}`;
			element ??= type;
		}
	}
	if (!any) return { element, array, range };
	if (range !== null) {
		const inside = context.type(range.subtypeOid!);
		if (element === null) element = inside;
		else if (element.oid !== inside.oid)
			return `argument declared anyrange is not consistent with argument declared anyelement|${context.typeName(range)} versus ${context.typeName(element)}`;
	}
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
	return { element, array, range };
}

/** The range type that a range or multirange stands for. */
function rangeOf(context: StatementContext, oid: number, type: Type): Type | string {
	const base = baseTypeOf(type, context.catalog);
	const isMulti = oid === ANYMULTIRANGE.oid || oid === ANYCOMPATIBLEMULTIRANGE.oid;
	if (isMulti)
		return base.kind === 'multirange'
			? context.type(base.rangeOid!)
			: `argument declared anymultirange is not a multirange type but type ${context.typeName(type)}`;
	return base.kind === 'range' ? base : `argument declared anyrange is not a range type but type ${context.typeName(type)}`;
}

function bindSecondFamily(
	context: StatementContext,
	actual: readonly Type[],
	declared: readonly number[],
	choose: CommonTypeChooser,
): { compatible: Type | null; compatibleArray: Type | null; compatibleRange: Type | null } | string {
	const types: Type[] = [];
	let range: Type | null = null;
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
		} else if (oid === ANYCOMPATIBLERANGE.oid || oid === ANYCOMPATIBLEMULTIRANGE.oid) {
			const found = rangeOf(context, oid, type);
			if (typeof found === 'string') return found;
			if (range !== null && range.oid !== found.oid)
				return `arguments declared "anycompatiblerange" are not all alike|${context.typeName(range)} versus ${context.typeName(found)}`;
			range = found;
		} else types.push(type);
	}
	if (!any) return { compatible: null, compatibleArray: null, compatibleRange: null };
	if (range !== null) types.push(context.type(range.subtypeOid!));
	const compatible = types.length === 0 ? TEXT : choose(context, types);
	if (compatible === null) return 'arguments of anycompatible family cannot be cast to a common type';
	// There is one range type at most for the common type: the one that was given.
	if (range !== null && compatible.oid !== range.subtypeOid)
		return `anycompatiblerange type ${context.typeName(range)} does not match anycompatible type ${context.typeName(compatible)}`;
	if (nonArray && compatible.kind === 'array') return `type matched to anycompatiblenonarray is an array type: ${context.typeName(compatible)}`;
	return { compatible, compatibleArray: arrayOf(compatible, context.catalog) ?? null, compatibleRange: range };
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
		case ANYRANGE.oid:
			return binding.range;
		case ANYMULTIRANGE.oid:
			return multirangeOf(context, binding.range);
		case ANYCOMPATIBLERANGE.oid:
			return binding.compatibleRange;
		case ANYCOMPATIBLEMULTIRANGE.oid:
			return multirangeOf(context, binding.compatibleRange);
		case ANYCOMPATIBLE.oid:
		case ANYCOMPATIBLENONARRAY.oid:
			return binding.compatible;
		case ANYCOMPATIBLEARRAY.oid:
			return binding.compatibleArray;
		default:
			return context.catalog.typeByOid(oid) ?? null;
	}
}

function multirangeOf(context: StatementContext, range: Type | null): Type | null {
	return range?.multirangeOid === undefined ? null : context.type(range.multirangeOid);
}
