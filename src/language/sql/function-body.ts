/** The query of an SQL function, analysed for one call: its arguments stand for `$n` and their names. */
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import type { FunctionObject } from '../../transaction/catalog-objects.ts';
import { baseTypeOf, RECORD, VOID } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { analyzeSelect } from './analyze-select.ts';
import type { SelectStmt } from './ast.ts';
import { coerceToTarget } from './coercion.ts';
import { parseSql } from './parser.ts';
import { entryOf, QueryLevel } from './scope.ts';
import type { StatementContext } from './statement-context.ts';

export interface BoundArguments {
	/** Arguments that are computed first. */
	readonly bound: readonly { readonly column: Column; readonly value: Expression }[];
	/** What each argument is in the body. */
	readonly expressions: readonly Expression[];
}

export interface AnalyzedBody {
	/** One column for a plain type, one per field for a row. */
	readonly plan: Plan;
	/** The body when it is a single expression over no table. */
	readonly expression: Expression | null;
}

/** Whether an argument of this mode (pg_proc.proargmodes) is given by the caller. */
export function isInput(mode: string | undefined): boolean {
	return mode === undefined || mode === 'i' || mode === 'b' || mode === 'v';
}

/** OUT, INOUT and TABLE arguments. */
export function outputsOf(object: FunctionObject): { readonly name: string; readonly typeOid: number }[] {
	return object.argumentOids.flatMap((typeOid, i) => {
		const mode = object.argumentModes[i];
		if (mode !== 'o' && mode !== 'b' && mode !== 't') return [];
		return [{ name: object.argumentNames[i] || `column${outputNumber(object, i)}`, typeOid }];
	});
}

function outputNumber(object: FunctionObject, index: number): number {
	return object.argumentModes.slice(0, index + 1).filter((mode) => mode !== 'i' && mode !== 'v').length;
}

/** Runs the analysis of a call; a body that reaches itself again would never end. */
export function functionScope<T>(context: StatementContext, object: FunctionObject, position: number, run: () => T): T {
	const { functionStack } = context.shared;
	if (functionStack.includes(object.id)) throw context.error('0A000', `function ${object.name} calls itself: recursive functions are not supported`, position);
	context.depend(object);
	functionStack.push(object.id);
	try {
		return run();
	} finally {
		functionStack.pop();
	}
}

const parsed = new WeakMap<FunctionObject, SelectStmt>();

/** The only statement of a body. */
function bodyOf(context: StatementContext, object: FunctionObject): SelectStmt {
	let select = parsed.get(object);
	if (select === undefined) {
		select = selectOf(context, object.name, object.body);
		parsed.set(object, select);
	}
	return select;
}

/** Whether a function is called, rather than its query put in the place of the call. */
export function isCalled(object: FunctionObject): boolean {
	return object.language !== 'sql' || object.isInterpreted === true;
}

/** The one query that a body consists of; anything else is refused. */
export function selectOf(context: StatementContext, name: string, text: string): SelectStmt {
	const statements = parseSql(text).filter((s) => s.node !== null);
	if (statements.length !== 1)
		throw statements.length === 0
			? context.error('0A000', `function ${name} has an empty body, which is not supported`)
			: context.error('0A000', `function ${name} has a body of several statements, which is not supported`);
	const select = statements[0]!.node!.SelectStmt;
	if (select === undefined) throw context.error('0A000', `function ${name} has a body other than a query, which is not supported`);
	return select;
}

/** Texts of functions see the names that their caller sees, bodies that were analysed at their creation those of then. */
function bodyPath(context: StatementContext, object: FunctionObject): readonly string[] {
	const kept = object.options['search_path'];
	return kept === undefined ? context.lookupPath : (JSON.parse(kept) as string[]);
}

export function analyzeBody(context: StatementContext, object: FunctionObject, args: BoundArguments, type: Type): AnalyzedBody {
	const select = bodyOf(context, object);
	const inner = context.nested(bodyPath(context, object), object.body);
	const scope = argumentScope(inner, object, args);
	const { plan } = analyzeSelect(inner, scope, select, { unknownsStay: true });
	return convertResult(inner, object, plan, type);
}

/** Arguments go by `$n`, by their names, and by those after the function's. */
function argumentScope(context: StatementContext, object: FunctionObject, args: BoundArguments): QueryLevel {
	const scope = new QueryLevel(context, null);
	const names = object.argumentNames.filter((_, i) => isInput(object.argumentModes[i]));
	args.expressions.forEach((expression, i) => {
		scope.variables.set(`$${i + 1}`, expression);
		if (names[i]) scope.variables.set(names[i]!, expression);
	});
	const columns = names.flatMap((name, i) => (name ? [{ name, expression: args.expressions[i]! }] : []));
	const entry = entryOf(object.name, [], { columns });
	scope.namespace = [{ entry, relationVisible: true, columnsVisible: false, lateralOnly: false, lateralOk: true, hidden: null }];
	return scope;
}

/** The query's columns as the declared result. */
function convertResult(context: StatementContext, object: FunctionObject, plan: Plan, type: Type): AnalyzedBody {
	const base = baseTypeOf(type, context.catalog);
	if (base.oid === VOID.oid) throw context.error('0A000', `function ${object.name} returns void, which is not supported`);
	const isRow = base.kind === 'composite' || (base.oid === RECORD.oid && base.fields.length > 0);
	const columns = isRow ? fieldsOf(context, object, plan, base) : [plan];
	const source = columns[0]!;
	const targets = isRow ? base.fields.map((f) => ({ name: f.name, type: context.fieldType(f), typmod: f.typmod })) : [{ name: object.name, type, typmod: -1 }];
	if (base.oid !== RECORD.oid || isRow) checkCount(context, object, source.columns.length, targets.length, isRow, type);
	else return { plan: source, expression: null };
	const items = targets.map((target, i) => {
		const column = source.columns[i]!;
		const from: Expression = { kind: 'column', id: column.id, type: column.type };
		const converted = coerceToTarget(context, from, target.type, target.typmod, 'assignment');
		if (converted === null) throw mismatch(context, object, type, isRow ? column.type : column.type, isRow ? i + 1 : 0, target.type);
		return { column: context.newColumn(target.name, target.type, target.typmod), expression: converted };
	});
	const converted: Plan = { kind: 'project', input: source, items, columns: items.map((i) => i.column) };
	return { plan: converted, expression: isRow ? null : singleExpression(context, plan, type) };
}

/** A row result may come as its fields or as one value of the row type. */
function fieldsOf(context: StatementContext, object: FunctionObject, plan: Plan, base: Type): Plan[] {
	const only = plan.columns[0];
	if (plan.columns.length !== 1 || only === undefined || (base.fields.length === 1 && only.type.fields.length === 0)) return [plan];
	const from: Expression = { kind: 'column', id: only.id, type: only.type };
	if (only.type.fields.length !== base.fields.length) {
		if (base.fields.length === 1) return [plan];
		throw mismatch(context, object, base, only.type, 0, base);
	}
	const items = only.type.fields.map((f, index) => ({
		column: context.newColumn(f.name, context.fieldType(f), f.typmod),
		expression: { kind: 'field', operand: from, index, type: context.fieldType(f) } as Expression,
	}));
	return [{ kind: 'project', input: plan, items, columns: items.map((i) => i.column) }];
}

function singleExpression(context: StatementContext, plan: Plan, type: Type): Expression | null {
	if (plan.kind !== 'project' || plan.input.kind !== 'values') return null;
	const { input } = plan;
	if (input.columns.length > 0 || input.rows.length !== 1) return null;
	return coerceToTarget(context, plan.items[0]!.expression, type, -1, 'assignment');
}

function checkCount(context: StatementContext, object: FunctionObject, given: number, wanted: number, isRow: boolean, type: Type): void {
	if (given === wanted) return;
	throw context.error('42P13', `return type mismatch in function declared to return ${context.typeName(type)}`, 0, {
		detail: isRow ? `Final statement returns too ${given < wanted ? 'few' : 'many'} columns.` : 'Final statement must return exactly one column.',
		where: `SQL function "${object.name}"`,
	});
}

function mismatch(context: StatementContext, object: FunctionObject, type: Type, actual: Type, column: number, wanted: Type): Error {
	return context.error('42P13', `return type mismatch in function declared to return ${context.typeName(type)}`, 0, {
		detail:
			column === 0
				? `Actual return type is ${context.typeName(actual)}.`
				: `Final statement returns ${context.typeName(actual)} instead of ${context.typeName(wanted)} at column ${column}.`,
		where: `SQL function "${object.name}"`,
	});
}
