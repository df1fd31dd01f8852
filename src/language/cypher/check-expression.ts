/**
 * Checks of expressions: names, functions, what can never be of a fitting type. Gives what is known of the expression's type.
 *
 * A pattern as a predicate is allowed where a boolean is asked: in WHERE, below AND, OR, XOR and NOT, in `exists()` and after WHEN. Aggregations are allowed
 * where `Place` says so.
 */
import { assertNever } from '../../platform/errors.ts';
import { isAggregation } from './aggregation.ts';
import type * as ast from './ast.ts';
import { type AstNode, chainOperands, forEachChild } from './ast-walk.ts';
import { checkPatternComprehension, checkPatternPredicate, checkShortestPath } from './check-pattern.ts';
import { checkSubquery } from './check-query.ts';
import type { Checker, Scope } from './checker.ts';
import {
	ANY_TYPE,
	BOOLEAN_TYPE,
	type CypherType,
	commonType,
	FLOAT_TYPE,
	INTEGER_TYPE,
	isNumeric,
	listOf,
	MAP_TYPE,
	mayBe,
	NODE_TYPE,
	NULL_TYPE,
	NUMBER_TYPE,
	RELATIONSHIP_TYPE,
	STRING_TYPE,
	typeName,
} from './cypher-type.ts';
import { functionSignatures } from './function-signatures.ts';

/** What an expression may hold where it stands. */
export interface Place {
	readonly aggregations: boolean;
}

export const PLAIN: Place = { aggregations: false };
export const PROJECTED: Place = { aggregations: true };

const LIST_TYPE = listOf(ANY_TYPE);
/** What has properties to be read with a dot. */
const WITHOUT_PROPERTIES: ReadonlySet<CypherType['kind']> = new Set(['boolean', 'integer', 'float', 'number', 'string', 'list', 'path']);
const NOT_INDEXED: ReadonlySet<CypherType['kind']> = new Set(['boolean', 'integer', 'float', 'number', 'string', 'path']);
const NOT_ADDED: ReadonlySet<CypherType['kind']> = new Set(['boolean', 'map', 'node', 'relationship', 'path']);
const NOT_COMPUTED: ReadonlySet<CypherType['kind']> = new Set(['boolean', 'string', 'list', 'map', 'node', 'relationship', 'path']);

export function checkPredicate(checker: Checker, scope: Scope, expression: ast.Expression, place: Place = PLAIN): void {
	if (expression.kind === 'patternExpression' && expression.pattern.selector === 'all') {
		checkPatternPredicate(checker, scope, expression.pattern);
		return;
	}
	expect(checker, expression, checkExpression(checker, scope, expression, place), [BOOLEAN_TYPE]);
}

/** Throws when a value can be of none of the types. */
export function expect(checker: Checker, at: ast.Spanned, type: CypherType, wanted: readonly CypherType[]): void {
	if (wanted.some((w) => mayBe(type, w))) return;
	const names = wanted.map(typeName).join(' or ');
	throw checker.error('InvalidArgumentType', `expected ${names} but was ${typeName(type)}`, at);
}

function refuse(checker: Checker, at: ast.Spanned, type: CypherType, refused: ReadonlySet<CypherType['kind']>, wanted: string): void {
	if (refused.has(type.kind)) throw checker.error('InvalidArgumentType', `expected ${wanted} but was ${typeName(type)}`, at);
}

export function checkExpression(checker: Checker, scope: Scope, e: ast.Expression, place: Place = PLAIN): CypherType {
	const check = (operand: ast.Expression): CypherType => checkExpression(checker, scope, operand, place);
	switch (e.kind) {
		case 'null':
			return NULL_TYPE;
		case 'boolean':
			return BOOLEAN_TYPE;
		case 'integer':
			return INTEGER_TYPE;
		case 'float':
			return FLOAT_TYPE;
		case 'string':
			return STRING_TYPE;
		case 'parameter':
			return ANY_TYPE;
		case 'list':
			return listOf(e.items.length === 0 ? ANY_TYPE : e.items.map(check).reduce(commonType));
		case 'map':
			for (const entry of e.entries) check(entry.value);
			return MAP_TYPE;
		case 'variable':
			return checkVariable(checker, scope, e);
		case 'property':
			refuse(checker, e.subject, check(e.subject), WITHOUT_PROPERTIES, 'Map, Node or Relationship');
			return ANY_TYPE;
		case 'index':
			return checkIndex(checker, e, check(e.subject), check(e.index));
		case 'slice':
			return checkSlice(checker, e, check);
		case 'labelPredicate':
			expect(checker, e.subject, check(e.subject), [NODE_TYPE, RELATIONSHIP_TYPE]);
			return BOOLEAN_TYPE;
		case 'unary':
			return checkUnary(checker, scope, e, place);
		case 'binary':
			return checkBinary(checker, scope, e, place);
		case 'comparison':
			for (const operand of e.operands) check(operand);
			return BOOLEAN_TYPE;
		case 'isNull':
			check(e.operand);
			return BOOLEAN_TYPE;
		case 'case':
			return checkCase(checker, scope, e, place);
		default:
			return checkCompound(checker, scope, e, place);
	}
}

function checkCompound(checker: Checker, scope: Scope, e: ast.CompoundExpression, place: Place): CypherType {
	switch (e.kind) {
		case 'functionCall':
			return checkCall(checker, scope, e, place);
		case 'countStar':
			checkAggregation(checker, e, place);
			return INTEGER_TYPE;
		case 'listComprehension':
			return checkListComprehension(checker, scope, e, place);
		case 'quantifier': {
			const inner = scope.with(e.variable.name, elementType(checker, scope, e.list, place));
			if (e.where !== null) checkPredicate(checker, inner, e.where, place);
			return BOOLEAN_TYPE;
		}
		case 'reduce': {
			const initial = checkExpression(checker, scope, e.initial, place);
			const element = elementType(checker, scope, e.list, place);
			const inner = scope.with(e.variable.name, element).with(e.accumulator.name, ANY_TYPE);
			return commonType(initial, checkExpression(checker, inner, e.expression, place));
		}
		case 'mapProjection':
			return checkMapProjection(checker, scope, e, place);
		case 'patternComprehension':
			return checkPatternComprehension(checker, scope, e);
		case 'patternExpression':
			if (e.pattern.selector !== 'all') return checkShortestPath(checker, scope, e.pattern);
			throw checker.error('UnexpectedSyntax', 'a pattern is a predicate, and can stand only where a boolean is asked; use size(), COUNT {} or exists()', e);
		case 'subqueryExpression':
			return checkSubquery(checker, scope, e);
		default:
			return assertNever(e);
	}
}

function checkVariable(checker: Checker, scope: Scope, e: ast.Variable): CypherType {
	const type = scope.lookup(e.name);
	if (type === undefined) throw checker.undefinedVariable(e.name, e);
	return type;
}

function checkIndex(checker: Checker, e: ast.IndexAccess, subject: CypherType, index: CypherType): CypherType {
	refuse(checker, e.subject, subject, NOT_INDEXED, 'List, Map, Node or Relationship');
	if (subject.kind === 'list') {
		expect(checker, e.index, index, [INTEGER_TYPE]);
		return subject.element;
	}
	if (subject.kind === 'map' || subject.kind === 'node' || subject.kind === 'relationship') expect(checker, e.index, index, [STRING_TYPE]);
	return ANY_TYPE;
}

function checkSlice(checker: Checker, e: ast.SliceAccess, check: (e: ast.Expression) => CypherType): CypherType {
	const subject = check(e.subject);
	expect(checker, e.subject, subject, [LIST_TYPE]);
	for (const bound of [e.from, e.to]) if (bound !== null) expect(checker, bound, check(bound), [INTEGER_TYPE]);
	return subject.kind === 'list' ? subject : LIST_TYPE;
}

function checkUnary(checker: Checker, scope: Scope, e: ast.UnaryOperation, place: Place): CypherType {
	if (e.operator === 'NOT') {
		checkPredicate(checker, scope, e.operand, place);
		return BOOLEAN_TYPE;
	}
	const type = checkExpression(checker, scope, e.operand, place);
	refuse(checker, e.operand, type, NOT_COMPUTED, 'Number');
	return type;
}

function checkBinary(checker: Checker, scope: Scope, e: ast.BinaryOperation, place: Place): CypherType {
	if (e.operator === 'AND' || e.operator === 'OR' || e.operator === 'XOR') {
		for (const operand of chainOperands(e, e.operator)) checkPredicate(checker, scope, operand, place);
		return BOOLEAN_TYPE;
	}
	const left = checkExpression(checker, scope, e.left, place);
	const right = checkExpression(checker, scope, e.right, place);
	switch (e.operator) {
		case '+':
			return checkSum(checker, e, left, right);
		case '-':
		case '*':
		case '/':
		case '%':
		case '^':
			refuse(checker, e.left, left, NOT_COMPUTED, 'Number');
			refuse(checker, e.right, right, NOT_COMPUTED, 'Number');
			return computedType(e.operator, left, right);
		case '||':
			return left.kind === right.kind ? commonType(left, right) : ANY_TYPE;
		case 'IN':
			expect(checker, e.right, right, [LIST_TYPE]);
			return BOOLEAN_TYPE;
		default:
			return BOOLEAN_TYPE;
	}
}

function checkSum(checker: Checker, e: ast.BinaryOperation, left: CypherType, right: CypherType): CypherType {
	if (left.kind === 'list' || right.kind === 'list') return LIST_TYPE;
	const isOpen = left.kind === 'any' || right.kind === 'any' || left.kind === 'null' || right.kind === 'null';
	if (!isOpen) {
		refuse(checker, e.left, left, NOT_ADDED, 'Number, String or List');
		refuse(checker, e.right, right, NOT_ADDED, 'Number, String or List');
	}
	if (left.kind === 'string' && right.kind === 'string') return STRING_TYPE;
	return isNumeric(left) && isNumeric(right) ? computedType('+', left, right) : ANY_TYPE;
}

function computedType(operator: string, left: CypherType, right: CypherType): CypherType {
	if (!isNumeric(left) || !isNumeric(right)) return ANY_TYPE;
	if (operator === '^' || left.kind === 'float' || right.kind === 'float') return FLOAT_TYPE;
	return left.kind === 'integer' && right.kind === 'integer' ? INTEGER_TYPE : NUMBER_TYPE;
}

function checkCase(checker: Checker, scope: Scope, e: ast.CaseExpression, place: Place): CypherType {
	if (e.subject !== null) checkExpression(checker, scope, e.subject, place);
	let type: CypherType = e.otherwise === null ? NULL_TYPE : checkExpression(checker, scope, e.otherwise, place);
	for (const { when, then } of e.alternatives) {
		if (e.subject === null) checkPredicate(checker, scope, when, place);
		else checkExpression(checker, scope, when, place);
		type = commonType(type, checkExpression(checker, scope, then, place));
	}
	return type;
}

function checkCall(checker: Checker, scope: Scope, e: ast.FunctionCall, place: Place): CypherType {
	const name = e.name.toLowerCase();
	if (name === 'exists' && e.arguments.length === 1) return checkExists(checker, scope, e.arguments[0]!, place);
	if (name === 'coalesce' && e.arguments.length > 0) return e.arguments.map((argument) => checkExpression(checker, scope, argument, place)).reduce(commonType);
	if (name === 'nullif' && e.arguments.length === 2) return e.arguments.map((argument) => checkExpression(checker, scope, argument, place))[0]!;
	const known = checker.library.functions(name);
	const isEnd = name === 'startnode' || name === 'endnode';
	if (known.length === 0 && !isEnd) throw checker.error('UnknownFunction', `unknown function '${e.name}'`, e);
	const isAggregate = isAggregation(checker.library, e);
	if (isAggregate) checkAggregation(checker, e, place);
	else if (e.distinct) throw checker.error('UnexpectedSyntax', `${e.name} does not aggregate and takes no DISTINCT`, e);
	const types = e.arguments.map((argument) => checkExpression(checker, scope, argument, isAggregate ? PLAIN : place));
	if (isEnd ? types.length !== 1 : !known.some((f) => takesCount(f, types.length)))
		throw checker.error('InvalidNumberOfArguments', `function ${e.name} does not take ${types.length} argument${types.length === 1 ? '' : 's'}`, e);
	const signature = functionSignatures.get(name);
	if (signature === undefined) return ANY_TYPE;
	signature.arguments.forEach((wanted, i) => {
		if (i < types.length) expect(checker, e.arguments[i]!, types[i]!, wanted);
	});
	return typeof signature.result === 'function' ? signature.result(types) : signature.result;
}

interface Callable {
	readonly argumentOids: readonly number[];
	readonly variadicOid: number;
	readonly defaults?: readonly unknown[];
}

/** Whether a function can be called with so many arguments. */
export function takesCount(called: Callable, count: number): boolean {
	const most = called.argumentOids.length;
	if (called.variadicOid !== 0) return count >= most - 1;
	return count <= most && count >= most - (called.defaults?.length ?? 0);
}

function checkExists(checker: Checker, scope: Scope, argument: ast.Expression, place: Place): CypherType {
	if (argument.kind === 'patternExpression') checkPatternPredicate(checker, scope, argument.pattern);
	else if (argument.kind === 'property' || argument.kind === 'index') checkExpression(checker, scope, argument, place);
	else throw checker.error('InvalidArgumentType', 'exists() takes a property or a pattern', argument);
	return BOOLEAN_TYPE;
}

/** Functions that give another value each time. */
const RANDOM = new Set(['rand', 'randomuuid']);

function checkAggregation(checker: Checker, e: ast.FunctionCall | ast.CountStar, place: Place): void {
	if (!place.aggregations) throw checker.error('InvalidAggregation', 'aggregations are allowed only in WITH and RETURN', e);
	if (e.kind === 'countStar') return;
	for (const argument of e.arguments) checkAggregated(checker, argument);
}

/** Neither aggregations nor chance below an aggregation. */
function checkAggregated(checker: Checker, e: ast.Expression): void {
	const calls = callsIn(e);
	for (const call of calls) {
		if (isAggregation(checker.library, call)) throw checker.error('NestedAggregation', 'an aggregation cannot be inside another one', call);
		if (call.kind === 'functionCall' && RANDOM.has(call.name.toLowerCase()))
			throw checker.error('NonConstantExpression', 'random functions cannot be inside an aggregation', call);
	}
}

function callsIn(e: ast.Expression): (ast.FunctionCall | ast.CountStar)[] {
	const found: (ast.FunctionCall | ast.CountStar)[] = [];
	const pending: AstNode[] = [e];
	for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
		if (node.kind === 'functionCall' || node.kind === 'countStar') found.push(node as ast.FunctionCall | ast.CountStar);
		if (node.kind !== 'subqueryExpression') forEachChild(node, (child) => pending.push(child));
	}
	return found;
}

/** What the elements of a list are. */
function elementType(checker: Checker, scope: Scope, list: ast.Expression, place: Place): CypherType {
	const type = checkExpression(checker, scope, list, place);
	expect(checker, list, type, [LIST_TYPE]);
	return type.kind === 'list' ? type.element : ANY_TYPE;
}

function checkListComprehension(checker: Checker, scope: Scope, e: ast.ListComprehension, place: Place): CypherType {
	const element = elementType(checker, scope, e.list, place);
	const inner = scope.with(e.variable.name, element);
	if (e.where !== null) checkPredicate(checker, inner, e.where, place);
	return listOf(e.projection === null ? element : checkExpression(checker, inner, e.projection, place));
}

function checkMapProjection(checker: Checker, scope: Scope, e: ast.MapProjection, place: Place): CypherType {
	refuse(checker, e.subject, checkVariable(checker, scope, e.subject), WITHOUT_PROPERTIES, 'Map, Node or Relationship');
	for (const item of e.items) {
		if (item.kind === 'mapEntry') checkExpression(checker, scope, item.value, place);
		else if (item.kind === 'variable') checkVariable(checker, scope, item);
	}
	return MAP_TYPE;
}
