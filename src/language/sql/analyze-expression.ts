/**
 * Expressions: parse tree → typed expressions of the algebra. One function per kind of node; operators, calls, subqueries and
 * column references have files of their own.
 */

import type { Expression } from '../../query/algebra/expression.ts';
import type { ScalarFunction } from '../../query/functions/contracts.ts';
import {
	arrayOf,
	BIT,
	BOOL,
	BPCHAR,
	baseTypeOf,
	elementOf,
	INT4,
	INT8,
	isArray,
	JSONB,
	NAME,
	NUMERIC,
	RECORD,
	TEXT,
	UNKNOWN,
	VARCHAR,
} from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { analyzeColumnRef, selectField } from './analyze-column.ts';
import { analyzeFunctionCall, analyzeGrouping } from './analyze-function.ts';
import { analyzeOperatorExpression, operatorCall } from './analyze-operator.ts';
import { analyzeSublink } from './analyze-sublink.ts';
import { analyzeValueFunction } from './analyze-value-function.ts';
import {
	type A_Const,
	type A_Indices,
	type AstNode,
	type BoolExpr,
	type BooleanTest,
	type CaseExpr,
	type CollateClause,
	type MinMaxExpr,
	type NullTest,
	namesOf,
	nodeKind,
	type TypeCast,
} from './ast.ts';
import { caseBranch } from './case-branch.ts';
import { call, cannotCast, coerceToTarget, coerceType, domainTypmod, readLiteral } from './coercion.ts';
import { coerceToCommon, commonType, commonTypmod } from './common-type.ts';
import { elementAt, fixedElement } from './conversion-functions.ts';
import type { QueryLevel } from './scope.ts';
import { isUnknown, recordType } from './signature.ts';
import type { StatementContext } from './statement-context.ts';
import { expandStar } from './target-list.ts';
import { resolveTypeName } from './type-names.ts';

type Analyze = (level: QueryLevel, node: never) => Expression;

/** One analyser per kind of node, called with the node's payload. */
const ANALYZERS: Readonly<Record<string, Analyze>> = {
	A_Const: (level, node: A_Const) => analyzeConstant(level.context, node),
	ColumnRef: analyzeColumnRef,
	ParamRef: (level, node: { number?: number; location?: number }) => analyzeParameter(level, node.number ?? 0, level.context.at(node.location)),
	A_Expr: analyzeOperatorExpression,
	BoolExpr: analyzeBool,
	NullTest: analyzeNullTest,
	BooleanTest: analyzeTruthTest,
	TypeCast: analyzeCast,
	CollateClause: analyzeCollate,
	FuncCall: analyzeFunctionCall,
	CaseExpr: analyzeCase,
	CoalesceExpr: (level, node: { args?: unknown; location?: number }) => analyzeCoalesce(level, node.args as AstNode[], level.context.at(node.location)),
	MinMaxExpr: analyzeExtreme,
	A_ArrayExpr: (level, node: { elements?: unknown; location?: number }) =>
		analyzeArray(level, (node.elements ?? []) as AstNode[], null, level.context.at(node.location)),
	RowExpr: (level, node: { args?: unknown; location?: number }) => analyzeRow(level, (node.args ?? []) as AstNode[], level.context.at(node.location)),
	A_Indirection: (level, node: { arg?: unknown; indirection?: unknown }) =>
		analyzeIndirection(level, analyzeExpression(level, node.arg as AstNode), (node.indirection ?? []) as AstNode[]),
	SubLink: analyzeSublink,
	SQLValueFunction: (level, node: { op?: string; typmod?: number; location?: number }) => analyzeValueFunction(level, node),
	GroupingFunc: analyzeGrouping,
	SetToDefault: (level, node: { location?: number }) => {
		throw level.context.error('42601', 'DEFAULT is not allowed in this context', level.context.at(node.location));
	},
	CurrentOfExpr: (level) => {
		throw level.context.unsupported('WHERE CURRENT OF');
	},
	MultiAssignRef: (level) => {
		throw level.context.error('0A000', 'source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression');
	},
};

const UNSUPPORTED: Readonly<Record<string, string>> = {
	XmlExpr: 'an XML expression',
	XmlSerialize: 'XMLSERIALIZE',
	JsonObjectConstructor: 'JSON_OBJECT',
	JsonArrayConstructor: 'JSON_ARRAY',
	JsonArrayQueryConstructor: 'JSON_ARRAY',
	JsonAggConstructor: 'a JSON aggregate constructor',
	JsonObjectAgg: 'JSON_OBJECTAGG',
	JsonArrayAgg: 'JSON_ARRAYAGG',
	JsonFuncExpr: 'an SQL/JSON query function',
	JsonIsPredicate: 'IS JSON',
	JsonParseExpr: 'JSON()',
	JsonScalarExpr: 'JSON_SCALAR',
	JsonSerializeExpr: 'JSON_SERIALIZE',
	MergeSupportFunc: 'MERGE_ACTION',
};

/** Analyses one expression. Its type may be `unknown` (a literal or parameter without context). */
export function analyzeExpression(level: QueryLevel, node: AstNode): Expression {
	const kind = nodeKind(node);
	const analyze = ANALYZERS[kind];
	if (analyze !== undefined) return analyze(level, (node as Record<string, never>)[kind]!);
	const { location } = ((node as Record<string, unknown>)[kind] ?? {}) as { location?: number };
	throw level.context.unsupported(UNSUPPORTED[kind] ?? `the expression ${kind}`, level.context.at(location ?? -1));
}

/** Analyses an expression that must be boolean; `what` names the construct in the error. */
export function analyzeBoolean(level: QueryLevel, node: AstNode, what: string): Expression {
	return requireBoolean(level.context, analyzeExpression(level, node), what);
}

/** Converts to boolean, 42804 when that is not possible. */
export function requireBoolean(context: StatementContext, expression: Expression, what: string): Expression {
	if (expression.type.oid === BOOL.oid) return expression;
	const converted = coerceToTarget(context, expression, BOOL, -1, 'assignment');
	if (converted === null)
		throw context.error('42804', `argument of ${what} must be type boolean, not type ${context.typeName(expression.type)}`, expression.position ?? 0);
	return converted;
}

export function analyzeConstant(context: StatementContext, node: A_Const): Expression {
	const position = context.at(node.location);
	if (node.isnull) return { kind: 'constant', value: null, type: UNKNOWN, position };
	if (node.sval !== undefined) return { kind: 'constant', value: node.sval.sval ?? '', type: UNKNOWN, position };
	if (node.ival !== undefined) return { kind: 'constant', value: node.ival.ival ?? 0, type: INT4, position };
	if (node.boolval !== undefined) return { kind: 'constant', value: node.boolval.boolval ?? false, type: BOOL, position };
	if (node.bsval !== undefined) return { kind: 'constant', value: readLiteral(context, node.bsval.bsval ?? '', BIT, -1, position), type: BIT, position };
	const text = node.fval?.fval ?? '0';
	const type = fitsInt8(text) ? (text === '-2147483648' ? INT4 : INT8) : NUMERIC;
	return { kind: 'constant', value: readLiteral(context, text, type, -1, position), type, position };
}

function fitsInt8(text: string): boolean {
	if (!/^-?\d{1,19}$/.test(text)) return false;
	const value = BigInt(text);
	return value >= -(2n ** 63n) && value < 2n ** 63n;
}

function analyzeParameter(level: QueryLevel, number: number, position: number): Expression {
	const { context } = level;
	for (let at: QueryLevel | null = level; at !== null; at = at.parent) {
		const variable = at.variables.get(`$${number}`);
		if (variable !== undefined) return variable;
	}
	if (context.parameters.forbidden || number < 1 || number > 65535) throw context.error('42P02', `there is no parameter $${number}`, position);
	const { types } = context.parameters;
	while (types.length < number) types.push(null);
	return { kind: 'parameter', index: number - 1, type: types[number - 1] ?? UNKNOWN, position };
}

function analyzeBool(level: QueryLevel, node: BoolExpr): Expression {
	const args = (node.args ?? []) as AstNode[];
	const position = level.context.at(node.location);
	if (node.boolop === 'NOT_EXPR') return { kind: 'not', operand: analyzeBoolean(level, args[0]!, 'NOT'), type: BOOL, position };
	const kind = node.boolop === 'AND_EXPR' ? 'and' : 'or';
	const operands = args.map((arg) => analyzeBoolean(level, arg, kind.toUpperCase()));
	return { kind, operands, type: BOOL, position: operands[0]?.position ?? position };
}

function analyzeNullTest(level: QueryLevel, node: NullTest): Expression {
	const operand = analyzeExpression(level, node.arg as AstNode);
	const base = baseTypeOf(operand.type, level.context.catalog);
	const row = base.kind === 'composite' || base.oid === RECORD.oid;
	return {
		kind: 'is-null',
		operand: resolveUnknown(level.context, operand),
		negated: node.nulltesttype === 'IS_NOT_NULL',
		row,
		type: BOOL,
		position: operand.position ?? 0,
	};
}

/** A literal or parameter of unknown type becomes text; a parameter only asked whether it is null stays open, as PostgreSQL's. */
export function resolveUnknown(context: StatementContext, expression: Expression): Expression {
	if (!isUnknown(expression) || expression.kind === 'parameter') return expression;
	return coerceType(context, expression, TEXT, -1, 'implicit');
}

const TRUTH_TESTS = {
	IS_TRUE: { value: true, negated: false, name: 'IS TRUE' },
	IS_NOT_TRUE: { value: true, negated: true, name: 'IS NOT TRUE' },
	IS_FALSE: { value: false, negated: false, name: 'IS FALSE' },
	IS_NOT_FALSE: { value: false, negated: true, name: 'IS NOT FALSE' },
	IS_UNKNOWN: { value: null, negated: false, name: 'IS UNKNOWN' },
	IS_NOT_UNKNOWN: { value: null, negated: true, name: 'IS NOT UNKNOWN' },
} as const;

function analyzeTruthTest(level: QueryLevel, node: BooleanTest): Expression {
	const test = TRUTH_TESTS[node.booltesttype!];
	const operand = analyzeBoolean(level, node.arg as AstNode, test.name);
	return { kind: 'is-truth', operand, value: test.value, negated: test.negated, type: BOOL, position: operand.position ?? 0 };
}

function analyzeCast(level: QueryLevel, node: TypeCast): Expression {
	const { context } = level;
	const { type, typmod } = resolveTypeName(node.typeName!, context);
	const argument = node.arg as AstNode;
	const position = context.at(node.location ?? -1) || context.at(node.typeName?.location);
	const base = baseTypeOf(type, context.catalog);
	const operand =
		argument.A_ArrayExpr !== undefined && isArray(base)
			? analyzeArray(
					level,
					(argument.A_ArrayExpr.elements ?? []) as AstNode[],
					elementOf(base, context.catalog) ?? null,
					context.at(argument.A_ArrayExpr.location),
					typmod,
				)
			: analyzeExpression(level, argument);
	const converted = coerceToTarget(context, operand, type, typmod, 'explicit', operand.position);
	if (converted === null) throw cannotCast(context, operand.type, type, position);
	return converted.position === undefined || converted.position === 0 ? withPosition(context, converted, operand.position ?? position) : converted;
}

function withPosition(context: StatementContext, expression: Expression, position: number): Expression {
	return context.withTypmod({ ...expression, position }, context.typmodOf(expression));
}

const PLAIN_COLLATIONS = new Set(['C', 'POSIX', 'default', 'ucs_basic']);

function analyzeCollate(level: QueryLevel, node: CollateClause): Expression {
	const { context } = level;
	const names = namesOf(node.collname as AstNode[] | undefined);
	const operand = analyzeExpression(level, node.arg as AstNode);
	const position = context.at(node.location);
	const base = baseTypeOf(operand.type, context.catalog);
	const collated = isArray(base) ? elementOf(base, context.catalog) : base;
	if (!isUnknown(operand) && !isCollatable(collated))
		throw context.error('42804', `collations are not supported by type ${context.typeName(operand.type)}`, position);
	checkCollation(context, names, position);
	return operand;
}

export function isCollatable(type: Type | undefined): boolean {
	return type !== undefined && (type.oid === TEXT.oid || type.oid === VARCHAR.oid || type.oid === BPCHAR.oid || type.oid === NAME.oid);
}

/** Accepts the collations that order by bytes; 0A000 for those of languages, 42704 for names that no system has. */
export function checkCollation(context: StatementContext, names: readonly string[], position: number): void {
	const name = names[names.length - 1] ?? '';
	if (PLAIN_COLLATIONS.has(name)) return;
	if (/^[a-z]{2,3}([_-].*)?$/.test(name)) {
		throw context.error('0A000', `collation "${name}" is not supported`, position, {
			hint: 'Use COLLATE "C": text is ordered by the bytes of its UTF-8 form.',
		});
	}
	throw context.error('42704', `collation "${names.join('.')}" for encoding "UTF8" does not exist`, position);
}

/** Runs `body` where set functions are refused, naming the construct. */
function conditional<T>(level: QueryLevel, name: string, body: () => T): T {
	const before = level.insideConditional;
	level.insideConditional = name;
	try {
		return body();
	} finally {
		level.insideConditional = before;
	}
}

function analyzeCase(level: QueryLevel, node: CaseExpr): Expression {
	return conditional(level, 'CASE', () => analyzeCaseBranches(level, node));
}

function analyzeCaseBranches(level: QueryLevel, node: CaseExpr): Expression {
	const { context } = level;
	const position = context.at(node.location);
	const bound = node.arg === undefined ? null : bindCaseOperand(level, node.arg as AstNode);
	const branches = ((node.args ?? []) as AstNode[]).map((arg) => {
		const when = arg.CaseWhen!;
		const condition = analyzeExpression(level, when.expr as AstNode);
		const test = bound === null ? condition : operatorCall(context, '=', bound.reference, condition, context.at(when.location));
		return caseBranch(requireBoolean(context, test, 'CASE/WHEN'), analyzeExpression(level, when.result as AstNode));
	});
	const given: Expression =
		node.defresult === undefined ? { kind: 'constant', value: null, type: UNKNOWN } : analyzeExpression(level, node.defresult as AstNode);
	const all = [given, ...branches.map((b) => b.then)];
	const type = commonType(context, all, 'CASE');
	const typmod = commonTypmod(context, all, type);
	const otherwise = coerceToCommon(context, given, type, 'CASE/ELSE');
	const body: Expression = {
		kind: 'case',
		branches: branches.map((b) => caseBranch(b.when, coerceToCommon(context, b.then, type, 'CASE/WHEN'))),
		otherwise: node.defresult === undefined ? null : otherwise,
		type,
		position,
	};
	context.withTypmod(body, typmod);
	return bound === null ? body : context.withTypmod({ kind: 'let', id: bound.id, value: bound.value, body, type, position }, typmod);
}

function bindCaseOperand(level: QueryLevel, node: AstNode): { readonly id: number; readonly value: Expression; readonly reference: Expression } {
	const { context } = level;
	const analyzed = analyzeExpression(level, node);
	const value = isUnknown(analyzed) ? coerceType(context, analyzed, TEXT, -1, 'implicit') : analyzed;
	const column = context.newColumn('case', value.type, context.typmodOf(value));
	return { id: column.id, value, reference: { kind: 'column', id: column.id, type: value.type } };
}

function analyzeCoalesce(level: QueryLevel, nodes: readonly AstNode[], position: number): Expression {
	const { context } = level;
	const expressions = conditional(level, 'COALESCE', () => nodes.map((n) => analyzeExpression(level, n)));
	const type = commonType(context, expressions, 'COALESCE');
	const operands = expressions.map((e) => coerceToCommon(context, e, type, 'COALESCE'));
	return context.withTypmod({ kind: 'coalesce', operands, type, position }, commonTypmod(context, operands, type));
}

function analyzeExtreme(level: QueryLevel, node: MinMaxExpr): Expression {
	const { context } = level;
	const position = context.at(node.location);
	const greatest = node.op === 'IS_GREATEST';
	const name = greatest ? 'GREATEST' : 'LEAST';
	const expressions = ((node.args ?? []) as AstNode[]).map((n) => analyzeExpression(level, n));
	const type = commonType(context, expressions, name);
	const operands = expressions.map((e) => coerceToCommon(context, e, type, name));
	const ordering = context.functions.ordering(type, context.catalog);
	if (ordering === undefined) throw context.error('42883', `could not identify a comparison function for type ${context.typeName(type)}`, position);
	return context.withTypmod({ kind: 'extreme', greatest, operands, ordering, type, position }, commonTypmod(context, operands, type));
}

/** ARRAY[…]. `elementType` comes from an enclosing cast. Nested constructors, or elements that are arrays, make more dimensions. */
export function analyzeArray(level: QueryLevel, nodes: readonly AstNode[], elementType: Type | null, position: number, typmod = -1): Expression {
	const { context } = level;
	const elements = nodes.map((n) =>
		n.A_ArrayExpr === undefined
			? analyzeExpression(level, n)
			: analyzeArray(level, (n.A_ArrayExpr.elements ?? []) as AstNode[], elementType, context.at(n.A_ArrayExpr.location), typmod),
	);
	// A domain over an array is an element like any other.
	const nested = elements.some((e) => isArray(e.type) && e.type.kind === 'array');
	if (elements.length === 0 && elementType === null) {
		throw context.error('42P18', 'cannot determine type of empty array', position, {
			hint: 'Explicitly cast to the desired type, for example ARRAY[]::integer[].',
		});
	}
	if (elementType !== null) return castArray(context, elements, elementType, nested, typmod, position);
	const common = commonType(context, elements, 'ARRAY');
	const type = arrayOf(common, context.catalog);
	if (type === undefined) throw context.error('42704', `could not find array type for data type ${context.typeName(common)}`, position);
	return { kind: 'array', operands: elements.map((e) => coerceToCommon(context, e, common, 'ARRAY')), nested, type, position };
}

function castArray(
	context: StatementContext,
	elements: readonly Expression[],
	elementType: Type,
	nested: boolean,
	typmod: number,
	position: number,
): Expression {
	const type = arrayOf(elementType, context.catalog);
	if (type === undefined) throw context.error('42704', `could not find array type for data type ${context.typeName(elementType)}`, position);
	const wanted = nested ? type : elementType;
	const operands = elements.map((element) => {
		const converted = coerceToTarget(context, element, wanted, typmod, 'explicit', element.position);
		if (converted === null) throw cannotCast(context, element.type, wanted, element.position ?? position);
		return converted;
	});
	return context.withTypmod({ kind: 'array', operands, nested, type, position }, typmod);
}

function analyzeRow(level: QueryLevel, nodes: readonly AstNode[], position: number): Expression {
	const operands = nodes.flatMap((node) => analyzeRowItem(level, node));
	if (operands.length > 1664) throw level.context.error('54011', 'ROW expressions can have at most 1664 entries', position);
	return {
		kind: 'row',
		operands,
		type: recordType(operands.map((o, i) => ({ name: `f${i + 1}`, type: o.type, typmod: level.context.typmodOf(o) }))),
		position,
	};
}

/** One item of a row constructor: an expression, or what a star stands for. */
export function analyzeRowItem(level: QueryLevel, node: AstNode): readonly Expression[] {
	return expandRowStar(level, node) ?? [analyzeExpression(level, node)];
}

/** ROW(t.*, 1): a star stands for all its columns. */
function expandRowStar(level: QueryLevel, node: AstNode): readonly Expression[] | null {
	const fields = node.ColumnRef?.fields as AstNode[] | undefined;
	if (fields === undefined || fields[fields.length - 1]?.A_Star === undefined) return null;
	return (expandStar(level, node) ?? []).map((c) => c.expression);
}

/** Applies `.field`, `[i]` and `[i:j]` in order; consecutive subscripts go together. */
export function analyzeIndirection(level: QueryLevel, start: Expression, steps: readonly AstNode[]): Expression {
	let current = start;
	let subscripts: A_Indices[] = [];
	const flush = (): void => {
		if (subscripts.length > 0) current = analyzeSubscripts(level, current, subscripts);
		subscripts = [];
	};
	for (const step of steps) {
		if (step.A_Indices !== undefined) subscripts.push(step.A_Indices);
		else {
			flush();
			if (step.A_Star !== undefined) throw level.context.error('0A000', 'row expansion via "*" is not supported here', start.position ?? 0);
			current = selectField(level, current, step.String?.sval ?? '');
		}
	}
	flush();
	return current;
}

function analyzeSubscripts(level: QueryLevel, operand: Expression, indices: readonly A_Indices[]): Expression {
	const { context } = level;
	const base = baseTypeOf(operand.type, context.catalog);
	if (base.oid === JSONB.oid) return jsonbSubscripts(level, operand, indices);
	const fixed = fixedElement(base);
	if (fixed !== null) return fixedSubscript(level, operand, indices, elementAt(base, fixed), fixed);
	const element = elementOf(base, context.catalog);
	if (element === undefined)
		throw context.error('42804', `cannot subscript type ${context.typeName(operand.type)} because it does not support subscripting`, operand.position ?? 0);
	if (indices.length > 6) throw context.error('54000', `number of array dimensions (${indices.length}) exceeds the maximum allowed (6)`, operand.position ?? 0);
	const slice = indices.some((i) => i.is_slice);
	const bound = (node: AstNode | undefined): Expression | null => (node === undefined ? null : arrayIndex(level, node));
	const subscripts = indices.map((index) => {
		if (!slice) return { slice: false, lower: null, upper: bound(index.uidx as AstNode) };
		if (index.is_slice) return { slice: true, lower: bound(index.lidx as AstNode | undefined), upper: bound(index.uidx as AstNode | undefined) };
		return { slice: true, lower: { kind: 'constant', value: 1, type: INT4 } as Expression, upper: bound(index.uidx as AstNode) };
	});
	const type = slice ? base : element;
	const typmod = operand.type.kind === 'domain' ? domainTypmod(context, operand.type) : context.typmodOf(operand);
	return context.withTypmod({ kind: 'subscript', operand, subscripts, type, position: operand.position ?? 0 }, typmod);
}

/** name[i], point[i]: the byte or number at a place counted from 0. */
function fixedSubscript(level: QueryLevel, operand: Expression, indices: readonly A_Indices[], at: ScalarFunction, element: Type): Expression {
	const { context } = level;
	if (indices.some((i) => i.is_slice)) throw context.error('0A000', 'slices of fixed-length arrays not implemented', operand.position ?? 0);
	const [first, ...rest] = indices;
	const value = call(at, [operand, arrayIndex(level, first!.uidx as AstNode)], element, -1, operand.position);
	if (rest.length === 0) return value;
	// A second subscript counts as another dimension, which these have not.
	return { kind: 'constant', value: null, type: element };
}

function arrayIndex(level: QueryLevel, node: AstNode): Expression {
	const { context } = level;
	const index = analyzeExpression(level, node);
	const converted = coerceToTarget(context, index, INT4, -1, 'assignment');
	if (converted === null) throw context.error('42804', 'array subscript must have type integer', index.position ?? 0);
	return converted;
}

function jsonbSubscripts(level: QueryLevel, operand: Expression, indices: readonly A_Indices[]): Expression {
	const { context } = level;
	const subscripts = indices.map((index) => {
		if (index.is_slice) throw context.error('42804', 'jsonb subscript does not support slices', operand.position ?? 0);
		const key = analyzeExpression(level, index.uidx as AstNode);
		const wanted = isUnknown(key) || !coerceToTarget(context, key, INT4, -1, 'implicit') ? TEXT : INT4;
		const converted = coerceToTarget(context, key, wanted, -1, 'implicit');
		if (converted === null)
			throw context.error('42804', `subscript type ${context.typeName(key.type)} is not supported`, key.position ?? 0, {
				hint: 'jsonb subscript must be coercible to either integer or text.',
			});
		return { slice: false, lower: null, upper: converted };
	});
	return { kind: 'subscript', operand, subscripts, type: JSONB, position: operand.position ?? 0 };
}
