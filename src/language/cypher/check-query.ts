/**
 * Checks of queries: which clause may follow which, which variables each sees and binds, UNION, subqueries.
 *
 * As in Neo4j, a clause that reads may follow one that changes the graph only behind WITH, and a query ends with RETURN, FINISH, a change or a CALL.
 */
import { assertNever } from '../../platform/errors.ts';
import type * as ast from './ast.ts';
import { checkExpression, checkPredicate, expect, PLAIN, takesCount } from './check-expression.ts';
import { checkHints } from './check-hints.ts';
import { checkCreatedPatterns, checkMatchPatterns } from './check-pattern.ts';
import { checkProjection } from './check-projection.ts';
import { type Checker, Scope } from './checker.ts';
import { importedNames } from './compile-call.ts';
import {
	ANY_TYPE,
	BOOLEAN_TYPE,
	type CypherType,
	INTEGER_TYPE,
	listOf,
	MAP_TYPE,
	NODE_TYPE,
	PATH_TYPE,
	RELATIONSHIP_TYPE,
	STRING_TYPE,
} from './cypher-type.ts';

const LIST_TYPE = listOf(ANY_TYPE);

/** Where a query stands. */
type Position = 'statement' | 'call' | 'expression';

/** What a query returns, by name, in order; null: nothing. */
type Returned = ReadonlyMap<string, CypherType> | null;

/** Checks the query of a statement. */
export function checkStatementQuery(checker: Checker, query: ast.Query): void {
	checkQuery(checker, () => Scope.empty, query, 'statement');
}

function checkQuery(checker: Checker, beginning: (part: ast.SingleQuery) => Scope, query: ast.Query, position: Position): Returned {
	if (query.kind === 'singleQuery') return checkSingle(checker, beginning(query), query, position);
	const parts = query.queries.map((part) => checkSingle(checker, beginning(part), part, position));
	const first = parts[0]!;
	for (const [i, part] of parts.entries()) {
		const isSame = part === null || first === null ? part === first : part.size === first.size && [...part.keys()].every((name) => first.has(name));
		if (!isSame) throw checker.error('DifferentColumnsInUnion', 'all queries of a UNION must return the same columns', query.queries[i]!);
	}
	return first;
}

function isUpdating(clause: ast.Clause): clause is ast.UpdatingClause {
	return ['create', 'merge', 'set', 'remove', 'delete', 'foreach'].includes(clause.kind);
}

function isReading(clause: ast.Clause): boolean {
	return ['match', 'unwind', 'loadCsv', 'callProcedure', 'callSubquery'].includes(clause.kind);
}

function checkSingle(checker: Checker, scope: Scope, query: ast.SingleQuery, position: Position): Returned {
	checkOrder(checker, query, position);
	let inner = scope;
	for (const clause of query.clauses) {
		if (clause.kind === 'return') return returned(checker, inner, clause);
		if (clause.kind === 'callProcedure') inner = checkCallProcedure(checker, inner, clause, query.clauses.length === 1 && position === 'statement');
		else inner = checkClause(checker, inner, clause);
	}
	return null;
}

function returned(checker: Checker, scope: Scope, clause: ast.ReturnClause): Returned {
	if (clause.projection.star && clause.projection.items.length === 0 && scope.variables.size === 0)
		throw checker.error('NoVariablesInScope', 'RETURN * is not allowed when there are no variables in scope', clause);
	return checkProjection(checker, scope, clause.projection, null, false).variables;
}

/** Which clause may follow which, and which may be last. */
function checkOrder(checker: Checker, query: ast.SingleQuery, position: Position): void {
	let update: ast.UpdatingClause | null = null;
	const last = query.clauses.length - 1;
	for (const [i, clause] of query.clauses.entries()) {
		if (clause.kind === 'use' && i > 0) throw checker.error('InvalidClauseComposition', 'USE can only be the first clause', clause);
		if ((clause.kind === 'return' || clause.kind === 'finish') && i < last)
			throw checker.error('InvalidClauseComposition', `${clause.kind.toUpperCase()} can only be the last clause`, clause);
		if (isUpdating(clause)) {
			if (position === 'expression') throw checker.error('InvalidClauseComposition', 'a subquery in an expression cannot change the graph', clause);
			update = clause;
		} else if (clause.kind === 'with') update = null;
		else if (update !== null && isReading(clause))
			throw checker.error('InvalidClauseComposition', `WITH is required between ${wordOf(update)} and ${wordOf(clause)}`, clause);
	}
	if (position !== 'expression') checkLast(checker, query.clauses[last]!);
}

function checkLast(checker: Checker, clause: ast.Clause): void {
	if (clause.kind === 'return' || clause.kind === 'finish' || isUpdating(clause)) return;
	// A procedure that yields something at the end of a longer query is refused where its YIELD is looked at.
	if (clause.kind === 'callProcedure' || clause.kind === 'callSubquery') return;
	throw checker.error('InvalidClauseComposition', `a query cannot end with ${wordOf(clause)}: expected RETURN, FINISH, an updating clause or CALL`, clause);
}

function wordOf(clause: ast.Clause): string {
	switch (clause.kind) {
		case 'callProcedure':
		case 'callSubquery':
			return 'CALL';
		case 'loadCsv':
			return 'LOAD CSV';
		default:
			return clause.kind.toUpperCase();
	}
}

function checkClause(checker: Checker, scope: Scope, clause: Exclude<ast.Clause, ast.ReturnClause | ast.CallProcedureClause>): Scope {
	switch (clause.kind) {
		case 'match':
			return checkMatch(checker, scope, clause);
		case 'unwind': {
			const type = checkExpression(checker, scope, clause.list);
			return checker.bindNew(scope, clause.variable, type.kind === 'list' ? type.element : ANY_TYPE);
		}
		case 'with':
			return checkProjection(checker, scope, clause.projection, clause.where, true);
		case 'loadCsv': {
			expect(checker, clause.url, checkExpression(checker, scope, clause.url), [STRING_TYPE]);
			return checker.bindNew(scope, clause.variable, clause.withHeaders ? MAP_TYPE : listOf(STRING_TYPE));
		}
		case 'callSubquery':
			return checkCallSubquery(checker, scope, clause);
		case 'use':
		case 'finish':
			return scope;
		default:
			return checkUpdate(checker, scope, clause);
	}
}

function checkMatch(checker: Checker, scope: Scope, clause: ast.MatchClause): Scope {
	const inner = checkMatchPatterns(checker, scope, clause.patterns);
	checkHints(checker, clause);
	if (clause.where !== null) checkPredicate(checker, inner, clause.where);
	return inner;
}

// -------------------------------------------------------------------------------------------------------------------------------------- updates

function checkUpdate(checker: Checker, scope: Scope, clause: ast.UpdatingClause): Scope {
	switch (clause.kind) {
		case 'create':
			return checkCreatedPatterns(checker, scope, clause.patterns, 'CREATE');
		case 'merge': {
			const inner = checkCreatedPatterns(checker, scope, [clause.pattern], 'MERGE');
			for (const item of [...clause.onCreate, ...clause.onMatch]) checkSetItem(checker, inner, item);
			return inner;
		}
		case 'set':
			for (const item of clause.items) checkSetItem(checker, scope, item);
			return scope;
		case 'remove':
			for (const item of clause.items) {
				if (item.kind === 'removeProperty') checkTarget(checker, scope, item.target);
				else expect(checker, item.variable, checkExpression(checker, scope, item.variable), [NODE_TYPE]);
			}
			return scope;
		case 'delete':
			for (const expression of clause.expressions) checkDeleted(checker, scope, expression);
			return scope;
		case 'foreach':
			return checkForeach(checker, scope, clause);
		default:
			return assertNever(clause);
	}
}

function checkSetItem(checker: Checker, scope: Scope, item: ast.SetItem): void {
	switch (item.kind) {
		case 'setProperty':
			checkTarget(checker, scope, item.target);
			checkExpression(checker, scope, item.value);
			return;
		case 'setAllProperties':
			expect(checker, item.variable, checkExpression(checker, scope, item.variable), [NODE_TYPE, RELATIONSHIP_TYPE]);
			expect(checker, item.value, checkExpression(checker, scope, item.value), [MAP_TYPE, NODE_TYPE, RELATIONSHIP_TYPE]);
			return;
		case 'setLabels':
			expect(checker, item.variable, checkExpression(checker, scope, item.variable), [NODE_TYPE]);
			return;
		default:
			assertNever(item);
	}
}

/** What has a property set or removed. */
function checkTarget(checker: Checker, scope: Scope, target: ast.PropertyAccess | ast.IndexAccess): void {
	expect(checker, target.subject, checkExpression(checker, scope, target.subject), [NODE_TYPE, RELATIONSHIP_TYPE]);
	if (target.kind === 'index') expect(checker, target.index, checkExpression(checker, scope, target.index), [STRING_TYPE]);
}

function checkDeleted(checker: Checker, scope: Scope, expression: ast.Expression): void {
	const type = checkExpression(checker, scope, expression);
	if (expression.kind === 'labelPredicate')
		throw checker.error('InvalidDelete', 'DELETE takes nodes, relationships and paths; REMOVE takes labels', expression);
	expect(checker, expression, type, [NODE_TYPE, RELATIONSHIP_TYPE, PATH_TYPE, LIST_TYPE]);
}

function checkForeach(checker: Checker, scope: Scope, clause: ast.ForeachClause): Scope {
	const type = checkExpression(checker, scope, clause.list);
	expect(checker, clause.list, type, [LIST_TYPE]);
	let inner = checker.bindNew(scope, clause.variable, type.kind === 'list' ? type.element : ANY_TYPE);
	for (const update of clause.updates) inner = checkUpdate(checker, inner, update);
	return scope;
}

// --------------------------------------------------------------------------------------------------------------------------------------- calls

function checkCallProcedure(checker: Checker, scope: Scope, clause: ast.CallProcedureClause, isAlone: boolean): Scope {
	const { name } = clause.procedure;
	const procedure = checker.procedures.get(name.toLowerCase());
	if (procedure === undefined) throw checker.procedureNotFound(name, clause.procedure);
	if (clause.arguments === null && !isAlone)
		throw checker.error('InvalidArgumentPassingMode', 'a procedure inside a query needs its arguments in parentheses', clause);
	if (clause.arguments !== null) {
		const defaults = procedure.arguments.filter((a) => a.default !== undefined);
		const called = { argumentOids: procedure.arguments.map(() => 0), variadicOid: 0, defaults };
		if (!takesCount(called, clause.arguments.length))
			throw checker.error(
				'InvalidNumberOfArguments',
				`procedure ${name} takes ${procedure.arguments.length} arguments, not ${clause.arguments.length}`,
				clause,
			);
		clause.arguments.forEach((argument, i) => {
			expect(checker, argument, checkExpression(checker, scope, argument, PLAIN), [procedure.arguments[i]!.type]);
		});
	}
	return checkYield(checker, scope, clause, isAlone);
}

function checkYield(checker: Checker, scope: Scope, clause: ast.CallProcedureClause, isAlone: boolean): Scope {
	const procedure = checker.procedures.get(clause.procedure.name.toLowerCase())!;
	const yielded = clause.yield;
	if (yielded === null || yielded.star) {
		if (!isAlone && procedure.outputs.length > 0)
			throw checker.error('UnexpectedSyntax', 'a procedure inside a query needs YIELD with the names of its results', clause);
		return procedure.outputs.reduce((inner, output) => inner.with(output.name, output.type), scope);
	}
	let inner = scope;
	for (const item of yielded.items) {
		const output = procedure.outputs.find((o) => o.name === item.field.name);
		if (output === undefined) throw checker.error('UndefinedVariable', `procedure ${procedure.name} yields no \`${item.field.name}\``, item.field);
		inner = checker.bindNew(inner, item.alias ?? item.field, output.type);
	}
	if (yielded.where !== null) checkPredicate(checker, inner, yielded.where);
	return inner;
}

function checkCallSubquery(checker: Checker, scope: Scope, clause: ast.CallSubqueryClause): Scope {
	const { imports } = clause;
	const names = Array.isArray(imports) ? (imports as readonly ast.Identifier[]) : [];
	for (const name of names) if (scope.lookup(name.name) === undefined) throw checker.undefinedVariable(name.name, name);
	const all = [...scope.variables.keys()];
	const beginning = (part: ast.SingleQuery): Scope => {
		if (imports === 'all') return scope;
		return scope.only(imports === null ? importedNames(part, all) : names.map((n) => n.name));
	};
	const result = checkQuery(checker, beginning, clause.query, 'call');
	checkInTransactions(checker, clause.inTransactions);
	if (result === null) return scope;
	let inner = scope;
	for (const [name, type] of result) {
		if (inner.lookup(name) !== undefined) throw checker.alreadyBound(name, clause);
		inner = inner.with(name, type);
	}
	return inner;
}

function checkInTransactions(checker: Checker, clause: ast.InTransactions | null): void {
	if (clause?.rows != null) expect(checker, clause.rows, checkExpression(checker, Scope.empty, clause.rows), [INTEGER_TYPE]);
}

/** `EXISTS {}`, `COUNT {}`, `COLLECT {}`. */
export function checkSubquery(checker: Checker, scope: Scope, e: ast.SubqueryExpression): CypherType {
	const result = checkQuery(checker, () => scope, e.query, 'expression');
	switch (e.form) {
		case 'exists':
			return BOOLEAN_TYPE;
		case 'count':
			return INTEGER_TYPE;
		case 'collect':
			if (result === null || result.size !== 1) throw checker.error('InvalidClauseComposition', 'COLLECT {} takes a query that returns exactly one column', e);
			return listOf([...result.values()][0]!);
		default:
			return assertNever(e.form);
	}
}
