/**
 * From a text of Cypher to a plan: parse, check, compile. A command on indexes and constraints is handed on as its syntax tree.
 */
import { PolylogError, sqlError } from '../../platform/errors.ts';
import type { Column } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import type { Clause, Command, Query, ShowCommand, Statement } from './ast.ts';
import { type AstNode, forEachChild } from './ast-walk.ts';
import { checkStatementQuery } from './check-query.ts';
import { Checker } from './checker.ts';
import { CompileContext, type CompileOptions } from './compile-context.ts';
import { changesGraph, compileResult } from './compile-query.ts';
import { compileShow } from './compile-show.ts';
import { Environment } from './environment.ts';
import { parse } from './parser.ts';
import { findUses } from './variable-uses.ts';

export type CompiledStatement = CompiledQueryStatement | CompiledCommand;

export interface CompiledQueryStatement {
	readonly kind: 'query';
	readonly mode: Statement['mode'];
	readonly plan: Plan;
	/** Named as the client sees them; empty: the statement returns nothing. */
	readonly columns: readonly Column[];
	/** In the order in which the plan counts them. */
	readonly parameterNames: readonly string[];
	/** r: it only reads; w: it only changes; rw: both. */
	readonly type: 'r' | 'w' | 'rw';
	/** The word that it begins with, for command tags. */
	readonly command: string;
}

export interface CompiledCommand {
	readonly kind: 'command';
	readonly mode: Statement['mode'];
	readonly command: Exclude<Command, ShowCommand>;
}

/** The graph that a statement's first clause names with USE; null without one. */
export function graphNamed(statement: Statement): string | null {
	const { body } = statement;
	const first = body.kind === 'singleQuery' ? body.clauses[0] : body.kind === 'unionQuery' ? body.queries[0]!.clauses[0] : undefined;
	return first?.kind === 'use' ? first.graph.map((part) => part.name).join('.') : null;
}

/** Compiles a text over the graph that it is about. Throws what is wrong with it, with its place. */
export function compileText(text: string, options: CompileOptions): CompiledStatement {
	return compileStatement(text, parse(text), options);
}

/** Compiles a statement that has been parsed. */
export function compileStatement(text: string, statement: Statement, options: CompileOptions): CompiledStatement {
	try {
		return compile(text, statement, options);
	} catch (error) {
		// The limits of the parser leave room, but for the sum of many things at their limits.
		if (error instanceof RangeError && !(error instanceof PolylogError))
			throw sqlError('54001', 'the query is too complex', { hint: 'Split it into several.', cause: error });
		throw error;
	}
}

function compile(text: string, statement: Statement, options: CompileOptions): CompiledStatement {
	const { mode, body } = statement;
	if (statement.periodicCommit !== null)
		throw sqlError('0A000', 'USING PERIODIC COMMIT is not supported', {
			position: statement.periodicCommit.start + 1,
			hint: 'Leave it out: a load is one transaction, of any size.',
		});
	const context = new CompileContext(text, options, findUses(statement));
	const checker = new Checker(context);
	const { parameterNames } = context;
	if (body.kind === 'show') return { kind: 'query', mode, ...compileShow(context, checker, body), parameterNames, type: 'r', command: 'SHOW' };
	if (body.kind !== 'singleQuery' && body.kind !== 'unionQuery') return { kind: 'command', mode, command: body };
	checkStatementQuery(checker, body);
	checkUse(text, statement);
	const { plan, columns } = compileResult(context, () => Environment.start(), body);
	return { kind: 'query', mode, plan, columns, parameterNames, type: typeOf(body), command: commandOf(text, body) };
}

/** A statement is about one graph: every USE names the same. */
function checkUse(text: string, statement: Statement): void {
	const named = graphNamed(statement);
	const visit = (node: AstNode): void => {
		if (node.kind === 'use' && (node as Extract<Clause, { kind: 'use' }>).graph.map((part) => part.name).join('.') !== named)
			throw sqlError('0A000', 'a query cannot use several graphs', {
				position: node.start + 1,
				hint: `Ask each graph by itself: ${text.slice(node.start, node.end)} first.`,
			});
		forEachChild(node, visit);
	};
	const { body } = statement;
	const queries = body.kind === 'unionQuery' ? body.queries : [body];
	for (const query of queries)
		if ('clauses' in query) for (const clause of query.clauses) if (clause.kind === 'use' || clause.kind === 'callSubquery') visit(clause);
}

const READS = new Set(['match', 'unwind', 'with', 'return', 'merge', 'loadCsv', 'callProcedure']);

function typeOf(query: Query): 'r' | 'w' | 'rw' {
	if (!changesGraph(query)) return 'r';
	return readsGraph(query) ? 'rw' : 'w';
}

function readsGraph(query: Query): boolean {
	if (query.kind === 'unionQuery') return query.queries.some(readsGraph);
	return query.clauses.some((clause) => READS.has(clause.kind) || (clause.kind === 'callSubquery' && readsGraph(clause.query)));
}

function commandOf(text: string, query: Query): string {
	const word = /^[A-Za-z]+/u.exec(text.slice(query.start));
	return word === null ? 'CYPHER' : word[0].toUpperCase();
}
