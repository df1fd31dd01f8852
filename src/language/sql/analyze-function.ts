/** Calls: plain functions, casts in the form of calls, aggregates, window functions, set functions of the select list, GROUPING. */
import type { Expression } from '../../query/algebra/expression.ts';
import { columnsRead } from '../../query/algebra/traverse.ts';
import type { SetFunction } from '../../query/functions/contracts.ts';
import { INT4, RECORD } from '../../value/builtin-types.ts';
import { analyzeAggregate } from './analyze-aggregate.ts';
import { analyzeExpression } from './analyze-expression.ts';
import { analyzeWindowCall } from './analyze-window.ts';
import { type AstNode, type FuncCall, type GroupingFunc, namesOf } from './ast.ts';
import { checkGroupingAllowed, checkSetAllowed } from './clause-rules.ts';
import { cannotCast, coerceToTarget } from './coercion.ts';
import { type CallForm, definitionsOf, lookupFunction, type ResolvedCall, resolveFunction } from './resolve-function.ts';
import type { QueryLevel } from './scope.ts';
import type { StatementContext } from './statement-context.ts';
import { expandUserFunction } from './user-functions.ts';

export function analyzeFunctionCall(level: QueryLevel, node: FuncCall): Expression {
	const { context } = level;
	const names = namesOf(node.funcname as AstNode[] | undefined);
	const position = context.at(node.location);
	const isWindow = node.over !== undefined;
	if (isAggregateName(context, names) || isWindow) {
		if (isWindow) return analyzeWindowCall(level, node, names, position);
		return analyzeAggregate(level, node, names, position);
	}
	const form = callForm(level, node, names, position);
	const resolved = resolveFunction(context, form);
	refuseAggregateParts(context, node, names, position);
	if (resolved.kind === 'cast') return castCall(context, form, resolved.type);
	return callExpression(level, resolved, names, position);
}

/** True when every definition of the name is an aggregate's (then its arguments are analysed as such). */
function isAggregateName(context: StatementContext, names: readonly string[]): boolean {
	const definitions = definitionsOf(context, names);
	return definitions.length > 0 && definitions.some((d) => d.kind === 'aggregate');
}

/** The call as written, its arguments analysed. */
export function callForm(level: QueryLevel, node: FuncCall, names: readonly string[], position: number): CallForm {
	const nodes = (node.args ?? []) as AstNode[];
	const argumentNames: string[] = [];
	const args: Expression[] = [];
	for (const argument of nodes) {
		const named = argument.NamedArgExpr;
		if (named === undefined) {
			if (argumentNames.length > 0) throw level.context.error('42601', 'positional argument cannot follow named argument', position);
			args.push(analyzeExpression(level, argument));
			continue;
		}
		const name = named.name ?? '';
		if (argumentNames.includes(name)) throw level.context.error('42601', `argument name "${name}" used more than once`, level.context.at(named.location));
		argumentNames.push(name);
		args.push(analyzeExpression(level, named.arg as AstNode));
	}
	return { names, arguments: args, argumentNames, variadic: node.func_variadic ?? false, position };
}

function refuseAggregateParts(context: StatementContext, node: FuncCall, names: readonly string[], position: number): void {
	const name = names.join('.');
	const refuse = (what: string): never => {
		throw context.error('42809', `${what}, but ${name} is not an aggregate function`, position);
	};
	if (node.agg_star) refuse(`${name}(*) specified`);
	if (node.agg_distinct) refuse('DISTINCT specified');
	if (node.agg_within_group) refuse('WITHIN GROUP specified');
	if ((node.agg_order?.length ?? 0) > 0) refuse('ORDER BY specified');
	if (node.agg_filter !== undefined) refuse('FILTER specified');
}

function castCall(context: StatementContext, form: CallForm, type: Expression['type']): Expression {
	const argument = form.arguments[0]!;
	const converted = coerceToTarget(context, argument, type, -1, 'explicit', form.position);
	if (converted === null) throw cannotCast(context, argument.type, type, form.position);
	return converted;
}

/** The expression of a resolved call; set functions wait for the level's `expand`. */
export function callExpression(level: QueryLevel, resolved: ResolvedCall, names: readonly string[], position: number): Expression {
	const { definition } = resolved;
	const expanded = expandUserFunction(level, resolved, position);
	if (expanded?.kind === 'value') return expanded.expression;
	if (expanded?.kind === 'set') {
		const row = setFunctionColumn(level, expanded.call.definition, expanded.call, position);
		return expanded.field === null ? row : { kind: 'field', operand: row, index: 0, type: expanded.field, position };
	}
	switch (definition.kind) {
		case 'scalar':
			return {
				kind: 'call',
				function: definition,
				arguments: resolved.arguments,
				type: resolved.returnType,
				typmod: -1,
				position,
				...(resolved.variadic ? { variadic: true } : {}),
			};
		case 'set':
			return setFunctionColumn(level, definition, resolved, position);
		case 'window':
			throw level.context.error('42809', `window function ${names[names.length - 1]} requires an OVER clause`, position);
		case 'aggregate':
			throw level.context.error('42803', `aggregate function ${names[names.length - 1]} cannot be called here`, position);
	}
}

function setFunctionColumn(level: QueryLevel, definition: SetFunction, resolved: ResolvedCall, position: number): Expression {
	checkSetAllowed(level, position);
	const column = level.context.newColumn(definition.name, resolved.returnType);
	const nested = level.expands.filter((e) => resolved.arguments.some((a) => readsColumn(a, e.column.id)));
	const depth = nested.length === 0 ? 0 : Math.max(...nested.map((e) => e.depth)) + 1;
	level.expands.push({ column, function: definition, arguments: resolved.arguments, variadic: resolved.variadic, depth });
	return { kind: 'column', id: column.id, type: column.type, position };
}

function readsColumn(expression: Expression, id: number): boolean {
	return columnsRead(expression).has(id);
}

/** Calls a function of the library by name: for constructs that are functions underneath. */
export function callFunctionByName(level: QueryLevel, name: string, args: readonly Expression[], position: number): Expression {
	const names = ['pg_catalog', name];
	const resolved = resolveFunction(level.context, { names, arguments: args, argumentNames: [], variadic: false, position });
	if (resolved.kind === 'cast') return castCall(level.context, { names, arguments: args, argumentNames: [], variadic: false, position }, resolved.type);
	return callExpression(level, resolved, names, position);
}

/** `value.name` as `name(value)`: only for functions that take rows. Null where there is none. */
export function callFunctionIfExists(level: QueryLevel, name: string, args: readonly Expression[], position: number): Expression | null {
	const takesRows = definitionsOf(level.context, [name]).some(
		(d) =>
			d.kind === 'scalar' &&
			d.argumentOids.length === 1 &&
			(d.argumentOids[0] === RECORD.oid || level.context.catalog.typeByOid(d.argumentOids[0]!)?.kind === 'composite'),
	);
	if (!takesRows) return null;
	const resolved = lookupFunction(level.context, { names: [name], arguments: args, argumentNames: [], variadic: false, position });
	return resolved === null || resolved.kind === 'cast' ? null : callExpression(level, resolved, [name], position);
}

/** GROUPING(a, b): a bit mask that the aggregate operator computes. */
export function analyzeGrouping(level: QueryLevel, node: GroupingFunc): Expression {
	const { context } = level;
	const position = context.at(node.location);
	checkGroupingAllowed(level, position);
	const args = ((node.args ?? []) as AstNode[]).map((a) => analyzeExpression(level, a));
	if (args.length > 31) throw context.error('54023', 'GROUPING must have fewer than 32 arguments', position);
	const column = context.newColumn('grouping', INT4);
	groupingLevel(level, args).grouping.push({ column, arguments: args, position });
	return { kind: 'column', id: column.id, type: INT4, position };
}

/** The innermost level whose columns the arguments read. */
function groupingLevel(level: QueryLevel, args: readonly Expression[]): QueryLevel {
	const read = new Set<number>();
	for (const argument of args) columnsRead(argument, read);
	for (let at: QueryLevel | null = level; at !== null; at = at.parent) {
		for (const id of read) if (at.fromColumns.has(id)) return at;
	}
	return level;
}
