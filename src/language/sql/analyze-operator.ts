/** Operators: a op b, IN lists, BETWEEN, LIKE, IS DISTINCT FROM, NULLIF, ANY and ALL over arrays, comparisons of rows. */
import type { Expression } from '../../query/algebra/expression.ts';
import type { Equality, OperatorEntry } from '../../query/functions/contracts.ts';
import { arrayOf, BOOL, baseTypeOf, elementOf, isArray, RECORD, UNKNOWN } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { analyzeExpression, requireBoolean } from './analyze-expression.ts';
import { analyzeRowCompareSublink } from './analyze-sublink.ts';
import { type A_Expr, type AstNode, namesOf } from './ast.ts';
import { caseBranch } from './case-branch.ts';
import { call, coerceToTarget, coerceType } from './coercion.ts';
import { coerceToCommon, commonType } from './common-type.ts';
import { chooseOperator } from './overload.ts';
import type { QueryLevel } from './scope.ts';
import { bindSignature, coerceArguments, isUnknown, polymorphicFits } from './signature.ts';
import type { StatementContext } from './statement-context.ts';

/** Dispatches the kinds of A_Expr. */
export function analyzeOperatorExpression(level: QueryLevel, node: A_Expr): Expression {
	const name = operatorName(node);
	switch (node.kind) {
		case 'AEXPR_OP':
			return analyzePlainOperator(level, node, name);
		case 'AEXPR_OP_ANY':
		case 'AEXPR_OP_ALL':
			return analyzeArrayOperator(level, node, name, node.kind === 'AEXPR_OP_ALL');
		case 'AEXPR_DISTINCT':
		case 'AEXPR_NOT_DISTINCT':
			return analyzeDistinct(level, node);
		case 'AEXPR_NULLIF':
			return analyzeNullif(level, node);
		case 'AEXPR_IN':
			return analyzeIn(level, node, name);
		case 'AEXPR_BETWEEN':
		case 'AEXPR_NOT_BETWEEN':
		case 'AEXPR_BETWEEN_SYM':
		case 'AEXPR_NOT_BETWEEN_SYM':
			return analyzeBetween(level, node);
		default:
			return operatorCall(
				level.context,
				name,
				analyzeExpression(level, node.lexpr as AstNode),
				analyzeExpression(level, node.rexpr as AstNode),
				level.context.at(node.location),
			);
	}
}

function operatorName(node: A_Expr): string {
	const names = namesOf(node.name as AstNode[] | undefined);
	return names[names.length - 1] ?? '';
}

function analyzePlainOperator(level: QueryLevel, node: A_Expr, name: string): Expression {
	const left = node.lexpr as AstNode | undefined;
	const right = node.rexpr as AstNode;
	const position = level.context.at(node.location);
	if (left?.RowExpr !== undefined && right.SubLink?.subLinkType === 'EXPR_SUBLINK') return analyzeRowCompareSublink(level, name, left, right.SubLink, position);
	const leftExpression = left === undefined ? null : analyzeExpression(level, left);
	const rightExpression = analyzeExpression(level, right);
	if (leftExpression?.kind === 'row' && rightExpression.kind === 'row' && left?.RowExpr !== undefined && right.RowExpr !== undefined) {
		return compareRows(level.context, name, leftExpression.operands, rightExpression.operands, position);
	}
	return operatorCall(level.context, name, leftExpression, rightExpression, position);
}

/** The operator of a name for two operands (`left` null: prefix), as a call. */
export function operatorCall(context: StatementContext, name: string, left: Expression | null, right: Expression, position: number): Expression {
	const entry = findOperator(context, name, left?.type ?? null, right.type, position);
	const actual = left === null ? [right.type] : [left.type, right.type];
	const declared = left === null ? [entry.rightOid] : [entry.leftOid, entry.rightOid];
	const signature = bindSignature(context, actual, declared, entry.function.returnOid, position);
	const args = coerceArguments(context, left === null ? [right] : [left, right], signature.argumentTypes, position);
	const first = left?.position ?? 0;
	if (entry.function.volatility === 'volatile') context.shared.volatileCalls++;
	// Of polymorphic comparisons, the one for these types: it names the equality that indexes and hashes go by.
	const definition = entry.function.specialize?.(signature.argumentTypes, context.catalog) ?? entry.function;
	return call(definition, args, signature.returnType, -1, first > 0 && first < position ? first : position);
}

/** Resolves an operator; 42883 when there is none, 42725 when several fit. */
export function findOperator(context: StatementContext, name: string, left: Type | null, right: Type, position: number): OperatorEntry {
	const entry = chooseOperator(context, name, left, right);
	if (entry !== null && entry !== 'ambiguous') {
		const declared = left === null ? [entry.rightOid] : [entry.leftOid, entry.rightOid];
		if (polymorphicFits(context, left === null ? [right] : [left, right], declared)) return entry;
	}
	const text = left === null ? `${name} ${context.typeName(right)}` : `${context.typeName(left)} ${name} ${context.typeName(right)}`;
	if (entry === 'ambiguous') {
		throw context.error('42725', `operator is not unique: ${text}`, position, {
			hint: 'Could not choose a best candidate operator. You might need to add explicit type casts.',
		});
	}
	throw context.error('42883', `operator does not exist: ${text}`, position, {
		hint:
			left === null
				? 'No operator matches the given name and argument type. You might need to add an explicit type cast.'
				: 'No operator matches the given name and argument types. You might need to add explicit type casts.',
	});
}

/** (a, b) op (c, d), as PostgreSQL expands it: = and <> field by field, order operators by the first difference. */
export function compareRows(context: StatementContext, name: string, left: readonly Expression[], right: readonly Expression[], position: number): Expression {
	if (left.length !== right.length) throw context.error('42601', 'unequal number of entries in row expressions', position);
	if (left.length === 0) throw context.error('0A000', 'cannot compare rows of zero length', position);
	if (left.length === 1) return operatorCall(context, name, left[0]!, right[0]!, position);
	const pairs = (operator: string): Expression[] =>
		left.map((l, i) => requireOperatorBoolean(context, operatorCall(context, operator, l, right[i]!, position), name, position));
	switch (name) {
		case '=':
			return { kind: 'and', operands: pairs('='), type: BOOL, position };
		case '<>':
			return { kind: 'or', operands: pairs('<>'), type: BOOL, position };
		case '<':
		case '<=':
		case '>':
		case '>=':
			return compareRowOrder(context, name, left, right, position);
		default:
			throw context.error('0A000', `could not determine interpretation of row comparison operator ${name}`, position, {
				hint: 'Row comparison operators must be associated with btree operator families.',
			});
	}
}

/** a < c OR (a = c AND (b < d OR …)): three-valued exactly as PostgreSQL's row comparison, which stops at the first null. */
function compareRowOrder(context: StatementContext, name: string, left: readonly Expression[], right: readonly Expression[], position: number): Expression {
	const strict = name.startsWith('<') ? '<' : '>';
	let result: Expression | null = null;
	for (let i = left.length - 1; i >= 0; i--) {
		const last = i === left.length - 1;
		const ordered = operatorCall(context, last ? name : strict, left[i]!, right[i]!, position);
		if (result === null) {
			result = ordered;
			continue;
		}
		const equal = operatorCall(context, '=', left[i]!, right[i]!, position);
		result = {
			kind: 'case',
			branches: [caseBranch({ kind: 'not', operand: equal, type: BOOL }, ordered), caseBranch(equal, result)],
			otherwise: { kind: 'constant', value: null, type: BOOL },
			type: BOOL,
			position,
		};
	}
	return result!;
}

function requireOperatorBoolean(context: StatementContext, expression: Expression, name: string, position: number): Expression {
	if (expression.type.oid === BOOL.oid) return expression;
	throw context.error('42804', `row comparison operator must yield type boolean, not type ${context.typeName(expression.type)} (${name})`, position);
}

function analyzeDistinct(level: QueryLevel, node: A_Expr): Expression {
	const { context } = level;
	const position = context.at(node.location);
	const negated = node.kind === 'AEXPR_NOT_DISTINCT';
	const left = analyzeExpression(level, node.lexpr as AstNode);
	const right = analyzeExpression(level, node.rexpr as AstNode);
	if (isNullLiteral(right)) return isNull(left, negated);
	if (isNullLiteral(left)) return isNull(right, negated);
	if (left.kind === 'row' && right.kind === 'row') {
		if (left.operands.length !== right.operands.length) throw context.error('42601', 'unequal number of entries in row expressions', position);
		const operands = left.operands.map((l, i) => distinctFrom(context, l, right.operands[i]!, negated, position));
		return { kind: negated ? 'and' : 'or', operands, type: BOOL, position };
	}
	return distinctFrom(context, left, right, negated, position);
}

function isNullLiteral(expression: Expression): boolean {
	return expression.kind === 'constant' && expression.value === null && expression.type.oid === UNKNOWN.oid;
}

/** IS NULL, or with `nullWanted` false IS NOT NULL, of the value as a whole. */
function isNull(operand: Expression, nullWanted: boolean): Expression {
	return { kind: 'is-null', operand, negated: !nullWanted, row: false, type: BOOL };
}

function distinctFrom(context: StatementContext, left: Expression, right: Expression, negated: boolean, position: number): Expression {
	const [l, r, equality] = equalityOperands(context, left, right, position);
	return { kind: 'is-distinct', left: l, right: r, equality, negated, type: BOOL, position };
}

/** Both sides converted for `=`, and the equality that it stands for. */
export function equalityOperands(
	context: StatementContext,
	left: Expression,
	right: Expression,
	position: number,
): readonly [Expression, Expression, Equality] {
	const entry = findOperator(context, '=', left.type, right.type, position);
	const signature = bindSignature(context, [left.type, right.type], [entry.leftOid, entry.rightOid], entry.function.returnOid, position);
	const [l, r] = coerceArguments(context, [left, right], signature.argumentTypes, position) as [Expression, Expression];
	return [l, r, equalityOfOperator(context, entry, l.type, position)];
}

function equalityOfOperator(context: StatementContext, entry: OperatorEntry, type: Type, position: number): Equality {
	return entry.function.comparison?.equality ?? equalityOf(context, type, position);
}

/** The default equality of a type; 42883 for types without one. */
export function equalityOf(context: StatementContext, type: Type, position: number): Equality {
	const equality = context.functions.equality(type, context.catalog);
	if (equality === undefined) throw context.error('42883', `could not identify an equality operator for type ${context.typeName(type)}`, position);
	return equality;
}

function analyzeNullif(level: QueryLevel, node: A_Expr): Expression {
	const { context } = level;
	const position = context.at(node.location);
	const left = analyzeExpression(level, node.lexpr as AstNode);
	const right = analyzeExpression(level, node.rexpr as AstNode);
	const equal = operatorCall(context, '=', left, right, position);
	if (equal.type.oid !== BOOL.oid || equal.kind !== 'call') throw context.error('42804', 'NULLIF requires = operator to yield boolean', position);
	const value = equal.arguments[0]!;
	const column = context.newColumn('nullif', value.type, context.typmodOf(value));
	const reference: Expression = { kind: 'column', id: column.id, type: value.type };
	const chosen: Expression = {
		kind: 'case',
		branches: [caseBranch({ ...equal, arguments: [reference, equal.arguments[1]!] }, { kind: 'constant', value: null, type: value.type })],
		otherwise: reference,
		type: value.type,
	};
	return context.withTypmod({ kind: 'let', id: column.id, value, body: chosen, type: value.type, position }, context.typmodOf(value));
}

function analyzeIn(level: QueryLevel, node: A_Expr, name: string): Expression {
	const { context } = level;
	const position = context.at(node.location);
	const negated = name === '<>';
	const left = analyzeExpression(level, node.lexpr as AstNode);
	const items = ((node.rexpr as AstNode).List?.items ?? []) as AstNode[];
	const list = items.map((item) => analyzeExpression(level, item));
	const whole = (node.lexpr as AstNode).RowExpr !== undefined || list.length < 2 ? null : inList(context, left, list, position);
	if (whole !== null) return negated ? { kind: 'not', operand: whole, type: BOOL, position } : whole;
	const tests = list.map((item) => {
		if (left.kind === 'row' && item.kind === 'row') return compareRows(context, name, left.operands, item.operands, position);
		return requireBoolean(context, operatorCall(context, name, left, item, position), 'IN');
	});
	if (tests.length === 1) return tests[0]!;
	return { kind: negated ? 'and' : 'or', operands: tests, type: BOOL, position };
}

/** One `in-list` over a common type; null when the items have none that can be compared with the left side. */
function inList(context: StatementContext, left: Expression, list: readonly Expression[], position: number): Expression | null {
	const type = commonType(context, [left, ...list], null);
	if (type === null || type.oid === RECORD.oid || arrayOf(type, context.catalog) === undefined) return null;
	if (list.some((item) => !isUnknown(item) && coerceToTarget(context, item, type, -1, 'implicit') === null)) return null;
	const entry = findOperator(context, '=', left.type, type, position);
	const signature = bindSignature(context, [left.type, type], [entry.leftOid, entry.rightOid], entry.function.returnOid, position);
	const leftType = signature.argumentTypes[0]!;
	const rightType = signature.argumentTypes[1]!;
	const converted = coerceArguments(context, [left], [leftType], position)[0]!;
	const values = list.map((item) => coerceArguments(context, [coerceToCommon(context, item, type, 'IN')], [rightType], position)[0]!);
	return {
		kind: 'in-list',
		left: converted,
		list: values,
		equality: equalityOfOperator(context, entry, rightType, position),
		type: BOOL,
		position: left.position ?? position,
	};
}

function analyzeArrayOperator(level: QueryLevel, node: A_Expr, name: string, all: boolean): Expression {
	const { context } = level;
	const position = context.at(node.location);
	const left = analyzeExpression(level, node.lexpr as AstNode);
	const array = analyzeExpression(level, node.rexpr as AstNode);
	return arrayOperator(context, name, left, array, all, position);
}

function arrayOperator(context: StatementContext, name: string, left: Expression, array: Expression, all: boolean, position: number): Expression {
	const arrayType = baseTypeOf(array.type, context.catalog);
	const element = isUnknown(array) ? UNKNOWN : isArray(arrayType) ? elementOf(arrayType, context.catalog) : undefined;
	if (element === undefined) throw context.error('42809', 'op ANY/ALL (array) requires array on right side', position);
	const entry = findOperator(context, name, left.type, element, position);
	const signature = bindSignature(context, [left.type, element], [entry.leftOid, entry.rightOid], entry.function.returnOid, position);
	if (signature.returnType.oid !== BOOL.oid) throw context.error('42809', 'op ANY/ALL (array) requires operator to yield boolean', position);
	const elementType = signature.argumentTypes[1]!;
	const wanted = elementType.oid === element.oid ? arrayType : arrayOf(elementType, context.catalog);
	if (wanted === undefined) throw context.error('42704', `could not find array type for data type ${context.typeName(elementType)}`, position);
	const converted = coerceArguments(context, [left], [signature.argumentTypes[0]!], position)[0]!;
	return {
		kind: 'quantified',
		left: converted,
		array: coerceType(context, array, wanted, -1, 'implicit', position),
		function: entry.function,
		all,
		elementType,
		type: BOOL,
		position: left.position ?? position,
	};
}

function analyzeBetween(level: QueryLevel, node: A_Expr): Expression {
	const { context } = level;
	const position = context.at(node.location);
	const bounds = ((node.rexpr as AstNode).List?.items ?? []) as AstNode[];
	const between = (lower: AstNode, upper: AstNode, negated: boolean): Expression => {
		// Operands are analysed once per use, as PostgreSQL does: parameters and literals may differ in type between the two.
		const first = operatorCall(context, negated ? '<' : '>=', analyzeExpression(level, node.lexpr as AstNode), analyzeExpression(level, lower), position);
		const second = operatorCall(context, negated ? '>' : '<=', analyzeExpression(level, node.lexpr as AstNode), analyzeExpression(level, upper), position);
		return {
			kind: negated ? 'or' : 'and',
			operands: [requireBoolean(context, first, 'BETWEEN'), requireBoolean(context, second, 'BETWEEN')],
			type: BOOL,
			position,
		};
	};
	const [a, b] = bounds as [AstNode, AstNode];
	switch (node.kind) {
		case 'AEXPR_BETWEEN':
			return between(a, b, false);
		case 'AEXPR_NOT_BETWEEN':
			return between(a, b, true);
		case 'AEXPR_BETWEEN_SYM':
			return { kind: 'or', operands: [between(a, b, false), between(b, a, false)], type: BOOL, position };
		default:
			return { kind: 'and', operands: [between(a, b, true), between(b, a, true)], type: BOOL, position };
	}
}
