/** Values on their way into columns: assignment conversion, DEFAULT, and assignments to elements and fields of a column. */
import type { Expression } from '../../query/algebra/expression.ts';
import type { ColumnObject } from '../../transaction/catalog-objects.ts';
import { arrayOf, baseTypeOf, elementOf, INT4, JSONB, TEXT } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { analyzeExpression } from './analyze-expression.ts';
import { callFunctionByName } from './analyze-function.ts';
import { assignElement, assignSlice } from './array-assignment.ts';
import { type A_Indices, type AstNode, stringOf } from './ast.ts';
import { call, coerceToTarget, retype } from './coercion.ts';
import type { QueryLevel } from './scope.ts';
import type { StatementContext } from './statement-context.ts';

/** Converts a value to its column's type; 42804 when there is no assignment conversion. */
export function assignTo(context: StatementContext, column: ColumnObject, value: Expression): Expression {
	const type = context.type(column.typeOid);
	const converted = coerceToTarget(context, value, type, column.typmod, 'assignment');
	if (converted !== null) return converted;
	throw context.error(
		'42804',
		`column "${column.name}" is of type ${context.typeName(type)} but expression is of type ${context.typeName(value.type)}`,
		value.position ?? 0,
		{
			hint: 'You will need to rewrite or cast the expression.',
		},
	);
}

/** `column.field[i]… = value`: the column's new value, made from its old one. */
export function assignInside(level: QueryLevel, column: ColumnObject, old: Expression, steps: readonly AstNode[], value: Expression): Expression {
	const { context } = level;
	const type = context.type(column.typeOid);
	return assignStep(level, column, old, type, steps, value) ?? assignTo(context, column, value);
}

function assignStep(level: QueryLevel, column: ColumnObject, old: Expression, type: Type, steps: readonly AstNode[], value: Expression): Expression | null {
	const { context } = level;
	const step = steps[0];
	if (step === undefined) return null;
	if (step.A_Indices !== undefined) {
		const indices: A_Indices[] = [];
		let at = 0;
		while (at < steps.length && steps[at]!.A_Indices !== undefined) indices.push(steps[at++]!.A_Indices!);
		return assignSubscripts(level, column, old, type, indices, steps.slice(at), value);
	}
	return assignField(level, column, old, type, stringOf(step), steps.slice(1), value, context);
}

function assignField(
	level: QueryLevel,
	column: ColumnObject,
	old: Expression,
	type: Type,
	name: string,
	rest: readonly AstNode[],
	value: Expression,
	context: StatementContext,
): Expression {
	const base = baseTypeOf(type, context.catalog);
	if (base.fields.length === 0) {
		throw context.error(
			'42804',
			`cannot assign to field "${name}" of column "${column.name}" because its type ${context.typeName(type)} is not a composite type`,
		);
	}
	const index = base.fields.findIndex((f) => f.name === name);
	if (index < 0)
		throw context.error(
			'42703',
			`cannot assign to field "${name}" of column "${column.name}" because there is no such column in data type ${context.typeName(type)}`,
		);
	const bound = context.newColumn(column.name, base);
	const reference: Expression = { kind: 'column', id: bound.id, type: base };
	const operands = base.fields.map((field, i): Expression => {
		const fieldType = context.fieldType(field);
		const current: Expression = { kind: 'field', operand: reference, index: i, type: fieldType };
		if (i !== index) return current;
		return assignStep(level, column, current, fieldType, rest, value) ?? convertPart(context, column, value, fieldType, field.typmod, 'subfield');
	});
	return retype(context, { kind: 'let', id: bound.id, value: retype(context, old, base), body: { kind: 'row', operands, type: base }, type: base }, type);
}

function convertPart(context: StatementContext, column: ColumnObject, value: Expression, type: Type, typmod: number, what: string): Expression {
	const converted = coerceToTarget(context, value, type, typmod, 'assignment');
	if (converted !== null) return converted;
	throw context.error(
		'42804',
		`${what} "${column.name}" is of type ${context.typeName(type)} but expression is of type ${context.typeName(value.type)}`,
		value.position ?? 0,
		{ hint: 'You will need to rewrite or cast the expression.' },
	);
}

function assignSubscripts(
	level: QueryLevel,
	column: ColumnObject,
	old: Expression,
	type: Type,
	indices: readonly A_Indices[],
	rest: readonly AstNode[],
	value: Expression,
): Expression {
	const { context } = level;
	const base = baseTypeOf(type, context.catalog);
	if (base.oid === JSONB.oid) return assignJsonb(level, old, indices, value);
	const element = elementOf(base, context.catalog);
	if (element === undefined) throw context.error('42804', `cannot subscript type ${context.typeName(type)} because it does not support subscripting`);
	if (indices.some((i) => i.is_slice)) {
		if (rest.length > 0) throw context.unsupported('assignment to a field of an array slice');
		const bounds = indices.flatMap((i) =>
			[i.is_slice ? i.lidx : ({ A_Const: { ival: { ival: 1 }, location: -1 } } as AstNode), i.uidx].map((n) =>
				n === undefined ? nullIndex() : index(level, n as AstNode),
			),
		);
		const converted = convertPart(context, column, value, arrayOf(element, context.catalog) ?? base, column.typmod, 'subscripted assignment to');
		return call(assignSlice(base), [retype(context, old, base), converted, ...bounds], base);
	}
	const subscripts = indices.map((i) => index(level, i.uidx as AstNode));
	const current: Expression = { kind: 'subscript', operand: old, subscripts: subscripts.map((upper) => ({ slice: false, lower: null, upper })), type: element };
	const inner =
		rest.length > 0
			? assignStep(level, column, current, element, rest, value)!
			: convertPart(context, column, value, element, column.typmod, 'subscripted assignment to');
	return retype(context, call(assignElement(base), [retype(context, old, base), inner, ...subscripts], base), type);
}

function nullIndex(): Expression {
	return { kind: 'constant', value: null, type: INT4 };
}

function index(level: QueryLevel, node: AstNode): Expression {
	const { context } = level;
	const expression = analyzeExpression(level, node);
	const converted = coerceToTarget(context, expression, INT4, -1, 'assignment');
	if (converted === null) throw context.error('42804', 'array subscript must have type integer', expression.position ?? 0);
	return converted;
}

/** jsonb[path] = value is jsonb_set, on an empty object where the column is null. */
function assignJsonb(level: QueryLevel, old: Expression, indices: readonly A_Indices[], value: Expression): Expression {
	const { context } = level;
	const path = indices.map((i) => {
		const key = analyzeExpression(level, i.uidx as AstNode);
		return coerceToTarget(context, key, TEXT, -1, 'explicit') ?? key;
	});
	const pathArray: Expression = { kind: 'array', operands: path, nested: false, type: context.type(TEXT.arrayOid) };
	const converted = coerceToTarget(context, value, JSONB, -1, 'assignment');
	if (converted === null) throw context.error('42804', `subscripted assignment to jsonb requires a jsonb value`, value.position ?? 0);
	const empty = coerceToTarget(context, { kind: 'constant', value: '{}', type: context.type(705) }, JSONB, -1, 'explicit')!;
	const target: Expression = { kind: 'coalesce', operands: [old, empty], type: JSONB };
	return callFunctionByName(level, 'jsonb_set', [target, pathArray, converted], value.position ?? 0);
}

/** The type that a value for an element or field of a column must have. */
export function leafType(context: StatementContext, column: ColumnObject, steps: readonly AstNode[]): { readonly type: Type; readonly typmod: number } {
	let type = context.type(column.typeOid);
	let typmod = column.typmod;
	for (let i = 0; i < steps.length; i++) {
		const base = baseTypeOf(type, context.catalog);
		if (steps[i]!.A_Indices !== undefined) {
			let slice = false;
			for (; steps[i]?.A_Indices !== undefined; i++) slice ||= steps[i]!.A_Indices!.is_slice ?? false;
			i--;
			if (base.oid !== JSONB.oid && !slice) type = elementOf(base, context.catalog) ?? base;
			else type = base;
		} else {
			const field = base.fields.find((f) => f.name === stringOf(steps[i]));
			if (field === undefined) return { type, typmod };
			type = context.fieldType(field);
			typmod = field.typmod;
		}
	}
	return { type, typmod };
}

/** Converts a value for an element or field; left as it is where `assignInside` will say what is wrong. */
export function assignLeaf(context: StatementContext, column: ColumnObject, steps: readonly AstNode[], value: Expression): Expression {
	const { type, typmod } = leafType(context, column, steps);
	return coerceToTarget(context, value, type, typmod, 'assignment') ?? value;
}

/** Parts of a column have no defaults. */
export function defaultInside(context: StatementContext, steps: readonly AstNode[], position: number): Error {
	return context.error('0A000', steps[0]?.A_Indices === undefined ? 'cannot set a subfield to DEFAULT' : 'cannot set an array element to DEFAULT', position);
}
