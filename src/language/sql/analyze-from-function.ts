/** Functions in FROM: set functions, scalar ones, ROWS FROM, WITH ORDINALITY, column definition lists. */
import type { Column, Expression, WindowFrame } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import type { ScalarFunction, SetFunction, WindowFunction } from '../../query/functions/contracts.ts';
import { baseTypeOf, INT8, RECORD } from '../../value/builtin-types.ts';
import { analyzeExpression } from './analyze-expression.ts';
import { type FromItem, itemOf } from './analyze-from.ts';
import { callForm } from './analyze-function.ts';
import { type AstNode, type FuncCall, namesOf, type RangeFunction } from './ast.ts';
import { coerceToTarget } from './coercion.ts';
import { resolveFunction } from './resolve-function.ts';
import type { QueryLevel } from './scope.ts';
import type { StatementContext } from './statement-context.ts';
import { columnName } from './target-list.ts';
import { resolveTypeName } from './type-names.ts';
import { procedureType, userFunctionPlan } from './user-functions.ts';

interface FunctionItem {
	readonly function: SetFunction | ScalarFunction;
	readonly arguments: readonly Expression[];
	readonly columns: readonly Column[];
	readonly typmod: number;
	readonly variadic?: boolean;
}

/** One function of FROM: a part of a function scan, or a plan of its own. */
interface FromFunction {
	readonly item: FunctionItem | null;
	readonly plan: Plan | null;
	readonly columns: readonly Column[];
	/** Its rows are single values: the alias names the column. */
	readonly scalar: boolean;
}

export function analyzeRangeFunction(level: QueryLevel, node: RangeFunction): FromItem {
	const before = level.lateralActive;
	level.lateralActive = true;
	try {
		return level.within('from function', () => analyzeFunctions(level, node));
	} finally {
		level.lateralActive = before;
	}
}

function analyzeFunctions(level: QueryLevel, node: RangeFunction): FromItem {
	const { context } = level;
	const calls = ((node.functions ?? []) as AstNode[]).flatMap((f) => expandUnnest(f.List?.items as AstNode[]));
	const single = calls.length === 1;
	const definitions = (node.coldeflist ?? []) as AstNode[];
	const aliasName = node.alias?.aliasname;
	const functions = calls.map(([call, own]) => analyzeOne(level, call, own.length > 0 ? own : single ? definitions : [], single ? aliasName : undefined));
	const name = columnName(calls[0]![0]);
	const plan = functionPlan(level, functions, node.ordinality ?? false);
	const scalarRow = single && functions[0]!.scalar && !node.ordinality;
	const position = context.at(calls[0]![0].FuncCall?.location);
	const columns = plan.columns;
	return itemOf(level, plan, columns, node.alias, name, { scalarRow, position });
}

/** unnest(a, b) stands for ROWS FROM (unnest(a), unnest(b)). */
function expandUnnest(items: readonly AstNode[]): (readonly [AstNode, readonly AstNode[]])[] {
	const call = items[0]!;
	const definitions = (items[1]?.List?.items ?? []) as AstNode[];
	const names = namesOf(call.FuncCall?.funcname as AstNode[] | undefined);
	const args = (call.FuncCall?.args ?? []) as AstNode[];
	if (names[names.length - 1] !== 'unnest' || args.length < 2) return [[call, definitions]];
	return args.map((argument) => [{ FuncCall: { ...call.FuncCall, args: [argument] as never } }, []] as const);
}

function functionPlan(level: QueryLevel, functions: readonly FromFunction[], ordinality: boolean): Plan {
	const { context } = level;
	const only = functions[0]!;
	if (functions.length === 1 && only.plan !== null) return ordinality ? numbered(context, only.plan) : only.plan;
	const items = functions.map((f) => {
		if (f.item === null) throw context.unsupported('this function in ROWS FROM');
		return f.item;
	});
	const counter = ordinality ? context.newColumn('ordinality', INT8) : null;
	const columns = [...items.flatMap((i) => i.columns), ...(counter === null ? [] : [counter])];
	return { kind: 'function-scan', functions: items, ordinality: counter, columns };
}

/** WITH ORDINALITY over a plan: its rows counted as they come. */
function numbered(context: StatementContext, input: Plan): Plan {
	const column = context.newColumn('ordinality', INT8);
	const counter = context.functions.functions('row_number').find((f): f is WindowFunction => f.kind === 'window')!;
	const frame: WindowFrame = {
		mode: 'rows',
		start: { kind: 'unbounded preceding', offset: null },
		end: { kind: 'current row', offset: null },
		exclude: 'no others',
	};
	const calls = [{ column, function: counter, arguments: [], filter: null, frame, ignoreNulls: false }];
	return { kind: 'window', input, partition: [], orderBy: [], calls, columns: [...input.columns, column] };
}

function analyzeOne(level: QueryLevel, node: AstNode, definitions: readonly AstNode[], alias: string | undefined): FromFunction {
	const { context } = level;
	const call = node.FuncCall;
	if (call === undefined) return expressionItem(level, node, alias);
	const names = namesOf(call.funcname as AstNode[] | undefined);
	const position = context.at(call.location);
	refuseWindow(level, call, position);
	const resolved = resolveFunction(context, callForm(level, call, names, position));
	if (resolved.kind === 'cast') return expressionItem(level, node, alias);
	const { definition } = resolved;
	if (definition.kind === 'aggregate') throw context.error('42803', 'aggregate functions are not allowed in functions in FROM', position);
	if (definition.kind === 'window') throw context.error('42809', `window function ${names[names.length - 1]} requires an OVER clause`, position);
	const own = userFunctionPlan(level, resolved, definitionColumns(level, definitions), alias ?? definition.name, position);
	if (own !== null) return { item: null, plan: own.plan, columns: own.plan.columns, scalar: own.scalar };
	const { columns, scalar } = resultColumns(level, definition, procedureType(context, resolved) ?? resolved.returnType, definitions, alias, position);
	const item: FunctionItem = { function: definition, arguments: resolved.arguments, columns, typmod: -1, ...(resolved.variadic ? { variadic: true } : {}) };
	return { item, plan: null, columns, scalar };
}

function refuseWindow(level: QueryLevel, call: FuncCall, position: number): void {
	if (call.over !== undefined) throw level.context.error('42P20', 'window functions are not allowed in functions in FROM', position);
}

/** The columns of a function's rows: its OUT columns, those of its composite type, those of the definition list, or one. */
function resultColumns(
	level: QueryLevel,
	definition: SetFunction | ScalarFunction,
	type: Expression['type'],
	definitions: readonly AstNode[],
	alias: string | undefined,
	position: number,
): { columns: readonly Column[]; scalar: boolean } {
	const { context } = level;
	const base = baseTypeOf(type, context.catalog);
	if (definitions.length > 0) {
		if (base.oid !== RECORD.oid) throw context.error('42601', 'a column definition list is only allowed for functions returning "record"', position);
		if (base.fields.length > 0) throw context.error('42601', 'a column definition list is redundant for a function with OUT parameters', position);
		return { columns: definitionColumns(level, definitions), scalar: false };
	}
	if (base.fields.length > 0) return { columns: base.fields.map((f) => context.newColumn(f.name, context.fieldType(f), f.typmod)), scalar: false };
	if (base.oid === RECORD.oid) throw context.error('42601', 'a column definition list is required for functions returning "record"', position);
	// A named OUT column keeps its name whatever the alias.
	const own = definition.kind === 'set' ? definition.columnName : undefined;
	return { columns: [context.newColumn(own ?? alias ?? definition.name, type)], scalar: true };
}

function definitionColumns(level: QueryLevel, definitions: readonly AstNode[]): Column[] {
	return definitions.map((d) => {
		const { type, typmod } = resolveTypeName(d.ColumnDef!.typeName!, level.context);
		return level.context.newColumn(d.ColumnDef!.colname ?? '', type, typmod);
	});
}

/** Anything in FROM that is not a plain call (a cast, CURRENT_DATE, COALESCE): one row with its value. */
function expressionItem(level: QueryLevel, node: AstNode, alias: string | undefined): FromFunction {
	const { context } = level;
	const analyzed = analyzeExpression(level, node);
	const expression = coerceToTarget(context, analyzed, analyzed.type, -1, 'implicit') ?? analyzed;
	const column = context.newColumn(alias ?? columnName(node), expression.type, context.typmodOf(expression));
	return { item: null, plan: { kind: 'values', rows: [[expression]], columns: [column] }, columns: [column], scalar: true };
}
