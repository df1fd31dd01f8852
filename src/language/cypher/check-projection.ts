/**
 * Checks of WITH and RETURN: names of columns, what aggregations may stand beside, what ORDER BY, SKIP, LIMIT and WHERE may use.
 *
 * Beside an aggregation, in the same expression, stand only constants, parameters and what is projected by itself as a variable or a property of a variable.
 */
import { aggregationsIn, isAggregation } from './aggregation.ts';
import type * as ast from './ast.ts';
import { type AstNode, expressionKey, forEachChild } from './ast-walk.ts';
import { checkExpression, checkPredicate, expect, PLAIN, PROJECTED } from './check-expression.ts';
import { type Checker, Scope } from './checker.ts';
import { nameOf } from './compile-projection.ts';
import { type CypherType, INTEGER_TYPE } from './cypher-type.ts';

/** Gives the scope behind the projection. `needsAliases`: of WITH, where an expression has no name of its own. */
export function checkProjection(checker: Checker, scope: Scope, projection: ast.Projection, where: ast.Expression | null, needsAliases: boolean): Scope {
	const after = checkItems(checker, scope, projection, needsAliases);
	const aggregated = projection.items.filter((item) => aggregationsIn(checker.library, item.expression).length > 0);
	for (const item of aggregated) checkGrouping(checker, item.expression, groupsOf(checker, scope, projection));
	const isClosed = projection.distinct || aggregated.length > 0;
	const visible = isClosed ? after : scope.and(after);
	const projected = new Set(isClosed ? projection.items.map((item) => expressionKey(item.expression)) : []);
	for (const sort of projection.orderBy) checkSort(checker, visible, sort.expression, projected, aggregated.length > 0);
	if (where !== null) {
		if (isClosed) checkClosedPredicate(checker, visible, where, projected);
		else checkPredicate(checker, visible, where);
	}
	checkRowCount(checker, projection.skip, 'SKIP');
	checkRowCount(checker, projection.limit, 'LIMIT');
	return after;
}

function checkItems(checker: Checker, scope: Scope, projection: ast.Projection, needsAliases: boolean): Scope {
	const columns = new Map<string, CypherType>(projection.star ? scope.variables : []);
	for (const item of projection.items) {
		const type = checkExpression(checker, scope, item.expression, PROJECTED);
		if (needsAliases && item.alias === null && item.expression.kind !== 'variable')
			throw checker.error('NoExpressionAlias', 'an expression in WITH must have an alias (use AS)', item);
		const name = nameOf(checker.text, item);
		if (columns.has(name)) throw checker.error('ColumnNameConflict', `more than one column is named \`${name}\``, item);
		columns.set(name, type);
	}
	return new Scope(columns);
}

/** What is projected without aggregation, and may be used beside one: variables and properties of variables, by how they are written. */
function groupsOf(checker: Checker, scope: Scope, projection: ast.Projection): ReadonlySet<string> {
	const groups = new Set<string>();
	if (projection.star) for (const name of scope.variables.keys()) groups.add(variableKey(name));
	for (const { expression, alias } of projection.items) {
		if (aggregationsIn(checker.library, expression).length > 0 || !isSimple(expression)) continue;
		groups.add(expressionKey(expression));
		if (alias !== null && expression.kind === 'variable') groups.add(variableKey(alias.name));
	}
	return groups;
}

function variableKey(name: string): string {
	return expressionKey({ kind: 'variable', name, start: 0, end: 0 });
}

function isSimple(e: ast.Expression): boolean {
	return e.kind === 'variable' || (e.kind === 'property' && isSimple(e.subject));
}

/** Throws where something beside an aggregation is no group. */
function checkGrouping(checker: Checker, node: AstNode, groups: ReadonlySet<string>, locals: ReadonlySet<string> = new Set()): void {
	if (isAggregation(checker.library, node)) return;
	if (node.kind === 'property' && groups.has(expressionKey(node as ast.PropertyAccess))) return;
	if (node.kind === 'variable') {
		const { name } = node as ast.Variable;
		if (locals.has(name) || groups.has(variableKey(name))) return;
		const message = `\`${name}\` stands beside an aggregation and is not projected by itself; project it in a WITH before`;
		throw checker.error('AmbiguousAggregationExpression', message, node);
	}
	const inner = localsOf(node);
	const visible = inner.length === 0 ? locals : new Set([...locals, ...inner]);
	forEachChild(node, (child) => checkGrouping(checker, child, groups, visible));
}

/** Variables that an expression binds inside itself. */
function localsOf(node: AstNode): readonly string[] {
	switch (node.kind) {
		case 'listComprehension':
		case 'quantifier':
			return [(node as ast.ListComprehension).variable.name];
		case 'reduce':
			return [(node as ast.ReduceExpression).variable.name, (node as ast.ReduceExpression).accumulator.name];
		case 'patternComprehension': {
			const { variable, first, steps } = (node as ast.PatternComprehension).pattern;
			const names = [variable, first.variable, ...steps.flatMap((step) => [step.relationship.variable, step.node.variable])];
			return names.flatMap((name) => (name === null ? [] : [name.name]));
		}
		default:
			return [];
	}
}

/** A sort key: where rows were grouped or made distinct, parts that are written as something projected stand for it. */
function checkSort(checker: Checker, scope: Scope, e: ast.Expression, projected: ReadonlySet<string>, isAggregated: boolean): void {
	const place = isAggregated ? PROJECTED : PLAIN;
	if (projected.size === 0) {
		checkExpression(checker, scope, e, place);
		return;
	}
	const [rest, inner] = withoutProjected(scope, e, projected);
	checkExpression(checker, inner, rest, place);
}

function checkClosedPredicate(checker: Checker, scope: Scope, e: ast.Expression, projected: ReadonlySet<string>): void {
	const [rest, inner] = withoutProjected(scope, e, projected);
	checkPredicate(checker, inner, rest);
}

/** An expression in which each part that is projected is a variable of no known type, and the scope with that variable. */
function withoutProjected(scope: Scope, e: ast.Expression, projected: ReadonlySet<string>): readonly [ast.Expression, Scope] {
	const rest = replaced(e, projected) as ast.Expression;
	return [rest, scope.with(PROJECTED_NAME, { kind: 'any' })];
}

/** No name that can be written is like it. */
const PROJECTED_NAME = ' projected';

function replaced(node: unknown, projected: ReadonlySet<string>): unknown {
	if (Array.isArray(node)) return node.map((item) => replaced(item, projected));
	if (typeof node !== 'object' || node === null || !('kind' in node)) return node;
	const e = node as ast.Expression;
	if (e.kind !== 'variable' && projected.has(expressionKey(e))) return { kind: 'variable', name: PROJECTED_NAME, start: e.start, end: e.end };
	return Object.fromEntries(Object.entries(node).map(([name, part]) => [name, replaced(part, projected)]));
}

/** SKIP and LIMIT: an integer that does not depend on a row. */
function checkRowCount(checker: Checker, e: ast.Expression | null, clause: string): void {
	if (e === null) return;
	if (usesVariable(e)) throw checker.error('NonConstantExpression', `${clause} cannot use variables`, e);
	if (e.kind === 'integer' && e.value < 0) throw checker.error('NegativeIntegerArgument', `${clause} takes an integer that is not negative`, e);
	const type = checkExpression(checker, Scope.empty, e);
	if (e.kind === 'null') throw checker.error('InvalidArgumentType', `${clause} takes an integer`, e);
	expect(checker, e, type, [INTEGER_TYPE]);
}

function usesVariable(e: ast.Expression): boolean {
	const pending: AstNode[] = [e];
	for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
		if (node.kind === 'variable' || node.kind === 'subqueryExpression' || node.kind === 'patternComprehension') return true;
		forEachChild(node, (child) => pending.push(child));
	}
	return false;
}
