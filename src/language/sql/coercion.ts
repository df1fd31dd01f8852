/**
 * Conversions between types, by PostgreSQL's rules (parse_coerce.c): which ones exist in a context (implicit, assignment,
 * explicit), and how an expression is rewritten by one. Literals of unknown type are read by the target's input function
 * during analysis; parameters of unknown type take the first type asked of them.
 */
import { PolylogError } from '../../platform/errors.ts';
import type { Expression } from '../../query/algebra/expression.ts';
import type { ScalarFunction } from '../../query/functions/contracts.ts';
import {
	BIT,
	BPCHAR,
	baseTypeOf,
	elementOf,
	INT2VECTOR,
	INTERVAL,
	isArray,
	NAME,
	OIDVECTOR,
	RECORD,
	TEXT,
	UNKNOWN,
	VARCHAR,
} from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { arrayCast, bindScalar, domainGuard, type ElementStep, RELABEL_CALL, typmodCast } from './conversion-functions.ts';
import { isPolymorphic } from './polymorphic.ts';
import type { StatementContext } from './statement-context.ts';

export type CoercionContext = 'implicit' | 'assignment' | 'explicit';

const STRENGTH = { implicit: 0, assignment: 1, explicit: 2 } as const;

type Pathway =
	| { readonly kind: 'none' }
	| { readonly kind: 'relabel' }
	| { readonly kind: 'function'; readonly function: ScalarFunction }
	| { readonly kind: 'array'; readonly element: Pathway; readonly source: Type; readonly target: Type }
	/** Through text: output of the source, input of the target. */
	| { readonly kind: 'io' };

const NONE: Pathway = { kind: 'none' };
const RELABEL: Pathway = { kind: 'relabel' };
const IO: Pathway = { kind: 'io' };

/** How to get from one type to another in a context, domains looked through. */
export function coercionPathway(context: StatementContext, from: Type, to: Type, allowed: CoercionContext): Pathway {
	const source = baseTypeOf(from, context.catalog);
	const target = baseTypeOf(to, context.catalog);
	if (source.oid === target.oid) return RELABEL;
	if (isTrueArray(source) && isTrueArray(target)) return arrayPathway(context, source, target, allowed);
	const entry = context.functions.cast(source.oid, target.oid);
	if (entry !== undefined) {
		if (STRENGTH[allowed] < STRENGTH[entry.context]) return NONE;
		return entry.function === null ? RELABEL : { kind: 'function', function: entry.function };
	}
	if (allowed !== 'implicit' && target.category === 'S') return IO;
	if (allowed === 'explicit' && source.category === 'S') return IO;
	return NONE;
}

function arrayPathway(context: StatementContext, source: Type, target: Type, allowed: CoercionContext): Pathway {
	if (target.oid === OIDVECTOR.oid || target.oid === INT2VECTOR.oid) return NONE;
	const sourceElement = elementOf(source, context.catalog);
	const targetElement = elementOf(target, context.catalog);
	if (sourceElement === undefined || targetElement === undefined) return NONE;
	const element = coercionPathway(context, sourceElement, targetElement, allowed);
	if (element.kind === 'none' || element.kind === 'relabel') return element;
	return { kind: 'array', element, source: sourceElement, target: targetElement };
}

function isTrueArray(type: Type): boolean {
	return type.kind === 'array' && isArray(type);
}

/** Whether values of `from` may become `to` in the context (can_coerce_type for one argument; polymorphic targets accept). */
export function canCoerce(context: StatementContext, from: Type, to: Type, allowed: CoercionContext): boolean {
	if (from.oid === to.oid || to.name === 'any' || isPolymorphic(to.oid)) return true;
	if (from.oid === UNKNOWN.oid) return true;
	if (coercionPathway(context, from, to, allowed).kind !== 'none') return true;
	if (from.oid === RECORD.oid && baseTypeOf(to, context.catalog).kind === 'composite') return true;
	if (to.oid === RECORD.oid && baseTypeOf(from, context.catalog).kind === 'composite') return true;
	return to.name === '_record' && isArray(from) && elementOf(from, context.catalog)?.kind === 'composite';
}

/** The expression converted, with the typmod applied; null when there is no such conversion in the context. */
export function coerceToTarget(
	context: StatementContext,
	expression: Expression,
	to: Type,
	typmod: number,
	allowed: CoercionContext,
	position = 0,
): Expression | null {
	if (!canCoerce(context, expression.type, to, allowed)) return null;
	const converted = coerceType(context, expression, to, typmod, allowed, position);
	return coerceTypmod(context, converted, to, typmod, allowed);
}

/** The conversion itself; the caller has made sure that there is one. A typmod is only used where input functions take it. */
export function coerceType(context: StatementContext, expression: Expression, to: Type, typmod: number, allowed: CoercionContext, position = 0): Expression {
	const from = expression.type;
	if (from.oid === to.oid) return from === to || from.fields.length >= to.fields.length ? expression : retype(context, expression, to);
	if (to.name === 'any' || to.name === 'anyelement' || to.name === 'anynonarray' || to.name === 'anycompatible' || to.name === 'anycompatiblenonarray')
		return expression;
	if (isPolymorphic(to.oid)) return expression;
	if (from.oid === UNKNOWN.oid) return coerceUnknown(context, expression, to, typmod, allowed, position);
	if (to.kind === 'domain' && baseTypeOf(from, context.catalog) !== from && isDomainOver(context, from, to)) return retype(context, expression, to);
	const base = baseTypeOf(to, context.catalog);
	const pathway = coercionPathway(context, from, base, allowed);
	if (pathway.kind === 'none') return coerceRow(context, expression, to, allowed, position);
	let converted = applyPathway(context, expression, base, typmod, pathway, position);
	if (to.kind === 'domain') {
		converted = coerceTypmod(context, converted, base, domainTypmod(context, to), allowed);
		converted = guardDomain(context, converted, to);
	}
	return converted;
}

/** `from` is `to` or a domain over it: its values have passed the checks. */
function isDomainOver(context: StatementContext, from: Type, to: Type): boolean {
	let current: Type | undefined = from;
	while (current?.kind === 'domain') {
		if (current.oid === to.oid) return true;
		current = context.catalog.typeByOid(current.baseOid);
	}
	return false;
}

/** The same value under another type. */
export function retype(context: StatementContext, expression: Expression, to: Type): Expression {
	if (expression.type === to) return expression;
	const typmod = baseTypeOf(expression.type, context.catalog).oid === baseTypeOf(to, context.catalog).oid ? context.typmodOf(expression) : -1;
	if (expression.kind === 'call') {
		// The typmod of a call is also an argument of its function, which must not lose it.
		if (typmod !== expression.typmod) return call(RELABEL_CALL, [expression], to, typmod, expression.position);
		return { ...expression, type: to };
	}
	return context.withTypmod({ ...expression, type: to }, typmod);
}

function applyPathway(context: StatementContext, expression: Expression, to: Type, typmod: number, pathway: Pathway, position: number): Expression {
	const where = position === 0 ? expression.position : position;
	switch (pathway.kind) {
		case 'none':
		case 'relabel':
			return retype(context, expression, to);
		case 'function':
			// Only conversions to bit strings take the length themselves; for all others it is applied afterwards.
			return call(pathway.function, [expression], to, to.oid === BIT.oid ? typmod : -1, where);
		case 'array': {
			const steps = elementSteps(context, pathway);
			return call(arrayCast(expression.type, to, steps), [expression], to, -1, where);
		}
		case 'io':
			return coerceThroughText(context, expression, to, where);
	}
}

function coerceThroughText(context: StatementContext, expression: Expression, to: Type, position: number | undefined): Expression {
	const from = baseTypeOf(expression.type, context.catalog);
	const text = isStringLike(from) ? retype(context, expression, TEXT) : call(context.functions.output(expression.type), [expression], TEXT, -1, position);
	if (to.oid === TEXT.oid) return text;
	if (to.oid === VARCHAR.oid) return retype(context, text, VARCHAR);
	return call(context.functions.input(to), [text], to, -1, position);
}

/** Held as their own text: no output function is needed. */
function isStringLike(type: Type): boolean {
	return type.oid === TEXT.oid || type.oid === VARCHAR.oid || type.oid === BPCHAR.oid || type.oid === NAME.oid;
}

function elementSteps(context: StatementContext, pathway: Pathway & { readonly kind: 'array' }): ElementStep[] {
	const { element, source, target } = pathway;
	if (element.kind === 'function') return [{ function: element.function, argumentType: source, returnType: target }];
	const steps: ElementStep[] = [];
	if (!isStringLike(baseTypeOf(source, context.catalog))) steps.push({ function: context.functions.output(source), argumentType: source, returnType: TEXT });
	if (target.oid !== TEXT.oid && target.oid !== VARCHAR.oid) steps.push({ function: context.functions.input(target), argumentType: TEXT, returnType: target });
	return steps;
}

/** A call node; functions of any volatility are noted. */
export function call(definition: ScalarFunction, args: readonly Expression[], type: Type, typmod = -1, position = 0): Expression {
	return position > 0
		? { kind: 'call', function: definition, arguments: args, type, typmod, position }
		: { kind: 'call', function: definition, arguments: args, type, typmod };
}

/** Applies a length or precision, unless the expression has it already. */
export function coerceTypmod(context: StatementContext, expression: Expression, to: Type, typmod: number, allowed: CoercionContext): Expression {
	if (to.kind === 'domain' || typmod < 0 || typmod === context.typmodOf(expression)) return expression;
	return call(typmodCast(to, allowed === 'explicit'), [expression], to, typmod, expression.position);
}

function coerceUnknown(context: StatementContext, expression: Expression, to: Type, typmod: number, allowed: CoercionContext, position: number): Expression {
	if (expression.kind === 'parameter') return coerceParameter(context, expression, to, typmod, allowed, position);
	if (expression.kind !== 'constant') {
		const text = retype(context, expression, TEXT);
		return to.oid === TEXT.oid ? text : coerceType(context, text, to, typmod, 'explicit', position);
	}
	const base = baseTypeOf(to, context.catalog);
	const value =
		expression.value === null
			? null
			: readLiteral(context, expression.value as string, base, base.oid === INTERVAL.oid ? typmod : -1, position || (expression.position ?? 0));
	const literal: Expression = { ...expression, value, type: base };
	if (base.oid === INTERVAL.oid && typmod >= 0) context.withTypmod(literal, typmod);
	if (to.kind !== 'domain') return literal;
	return guardDomain(context, coerceTypmod(context, literal, base, domainTypmod(context, to), allowed), to);
}

function coerceParameter(
	context: StatementContext,
	expression: Expression & { readonly kind: 'parameter' },
	to: Type,
	typmod: number,
	allowed: CoercionContext,
	position: number,
): Expression {
	const types = context.parameters.types;
	const known = types[expression.index] ?? null;
	if (known === null) types[expression.index] = to.kind === 'domain' ? baseTypeOf(to, context.catalog) : to;
	else if (known.oid !== to.oid && known.oid !== baseTypeOf(to, context.catalog).oid) {
		throw context.error('42P08', `inconsistent types deduced for parameter $${expression.index + 1}`, expression.position ?? 0, {
			detail: `${context.typeName(known)} versus ${context.typeName(to)}`,
		});
	}
	const typed: Expression = { ...expression, type: types[expression.index]! };
	return to.kind === 'domain' ? coerceType(context, typed, to, typmod, allowed, position) : typed;
}

/** Types whose text form depends on settings or, by words like 'now', on the time. */
const DATE_TIME = new Set(['date', 'time', 'timetz', 'timestamp', 'timestamptz', 'interval']);
const TIME_WORD = /\b(?:now|today|tomorrow|yesterday)\b/i;

/** The input function of a type, bound once per statement: bulk loads read millions of literals. */
function inputOf(context: StatementContext, type: Type, typmod: number): (text: string) => unknown {
	const { inputs } = context.shared;
	const known = inputs.get(type);
	if (known !== undefined && known.typmod === typmod) return known.read;
	const definition = context.functions.input(type);
	const evaluate = bindScalar(definition, { argumentTypes: [TEXT], returnType: type, typmod, types: context.catalog, variadic: false });
	const { functionContext } = context;
	const read = definition.context ? (text: string): unknown => evaluate(functionContext, text) : (text: string): unknown => evaluate(text);
	inputs.set(type, { typmod, read });
	return read;
}

/** Runs a type's input function on a literal; its error gets the literal's position. */
export function readLiteral(context: StatementContext, text: string, type: Type, typmod: number, position: number): unknown {
	const plain = isArray(type) ? (elementOf(type, context.catalog) ?? type) : type;
	if (DATE_TIME.has(plain.name) || plain.kind === 'composite') {
		context.shared.dependsOnSettings = true;
		if (TIME_WORD.test(text)) context.shared.dependsOnTime = true;
	}
	try {
		return inputOf(context, type, typmod)(text);
	} catch (error) {
		if (error instanceof PolylogError && error.position === undefined && position > 0) error.position = position;
		throw error;
	}
}

/** Rows to composite types, field by field; composite to record is the same value. */
function coerceRow(context: StatementContext, expression: Expression, to: Type, allowed: CoercionContext, position: number): Expression {
	if (to.oid === RECORD.oid || to.name === '_record') return retype(context, expression, { ...to, fields: expression.type.fields });
	const base = baseTypeOf(to, context.catalog);
	if (expression.type.oid !== RECORD.oid || base.kind !== 'composite') throw cannotCast(context, expression.type, to, position || (expression.position ?? 0));
	const operands =
		expression.kind === 'row'
			? expression.operands
			: expression.type.fields.map((field, index): Expression => ({ kind: 'field', operand: expression, index, type: context.fieldType(field) }));
	if (operands.length !== base.fields.length) {
		throw context.error('42846', `cannot cast type ${context.typeName(expression.type)} to ${context.typeName(to)}`, position || (expression.position ?? 0), {
			detail: operands.length < base.fields.length ? 'Input has too few columns.' : 'Input has too many columns.',
		});
	}
	const fields = operands.map((operand, i) => {
		const field = base.fields[i]!;
		const fieldType = context.fieldType(field);
		const converted = coerceToTarget(context, operand, fieldType, field.typmod, allowed, position);
		if (converted !== null) return converted;
		throw context.error('42846', `cannot cast type ${context.typeName(expression.type)} to ${context.typeName(to)}`, position || (expression.position ?? 0), {
			detail: `Cannot cast type ${context.typeName(operand.type)} to ${context.typeName(fieldType)} in column ${i + 1}.`,
		});
	});
	const row: Expression = { kind: 'row', operands: fields, type: base };
	return to.kind === 'domain' ? guardDomain(context, row, to) : row;
}

export function cannotCast(context: StatementContext, from: Type, to: Type, position: number): PolylogError {
	return context.error('42846', `cannot cast type ${context.typeName(from)} to ${context.typeName(to)}`, position);
}

/** The typmod that a chain of domains gives the base type. */
export function domainTypmod(context: StatementContext, domain: Type): number {
	let current: Type | undefined = domain;
	while (current?.kind === 'domain') {
		if (current.baseTypmod >= 0) return current.baseTypmod;
		current = context.catalog.typeByOid(current.baseOid);
	}
	return -1;
}

/** Analyses a domain's CHECK; injected by `stored-expressions.ts` to keep conversions free of the analysis of expressions. */
type DomainCheckAnalyzer = (context: StatementContext, text: string, value: Expression) => Expression;
let analyzeDomainCheck: DomainCheckAnalyzer | null = null;

export function setDomainCheckAnalyzer(analyzer: DomainCheckAnalyzer): void {
	analyzeDomainCheck = analyzer;
}

/** Wraps a value of the base type so that the constraints of the domain (and of domains below it) are checked. */
function guardDomain(context: StatementContext, expression: Expression, domain: Type): Expression {
	const object = context.catalog.get(domain.oid);
	const under = context.catalog.typeByOid(domain.baseOid);
	const inner = under?.kind === 'domain' ? guardDomain(context, expression, under) : expression;
	if (object?.kind !== 'type' || analyzeDomainCheck === null) return retype(context, inner, domain);
	if (!object.notNull && object.checks.length === 0) return retype(context, inner, domain);
	context.depend(object);
	const base = baseTypeOf(domain, context.catalog);
	const value = context.newColumn('value', base);
	const reference: Expression = { kind: 'column', id: value.id, type: base };
	const checks = object.checks.map((check) => analyzeDomainCheck!(context, check.text, reference));
	const guard = domainGuard(
		domain,
		object.notNull,
		object.checks.map((c) => c.name),
	);
	return {
		kind: 'let',
		id: value.id,
		value: retype(context, inner, base),
		body: call(guard, [reference, ...checks], domain, -1, expression.position),
		type: domain,
	};
}
