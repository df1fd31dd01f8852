/**
 * Texts of a PL/pgSQL body → plans: variables are parameters whose places are the numbers of their datums, in levels around the
 * statement, one per scope. A record's fields are those that its value has at the time of the analysis.
 */
import type { Column, Expression } from '../../../query/algebra/expression.ts';
import type { Plan } from '../../../query/algebra/plan.ts';
import type { SetFunction } from '../../../query/functions/contracts.ts';
import type { ColumnObject } from '../../../transaction/catalog-objects.ts';
import { RECORD, TEXT, UNKNOWN } from '../../../value/builtin-types.ts';
import type { Type } from '../../../value/type.ts';
import { analyzeSelect } from '../analyze-select.ts';
import type { CteEntry } from '../analyze-with.ts';
import { assignInside } from '../assignment.ts';
import type { AstNode } from '../ast.ts';
import { coerceToTarget, coerceType } from '../coercion.ts';
import { parseSql } from '../parser.ts';
import { entryOf, QueryLevel, type RangeEntry, type ScopeColumn, unassignedRecord } from '../scope.ts';
import { type AnalysisContext, StatementContext } from '../statement-context.ts';
import { resolveTypeName } from '../type-names.ts';
import type { Routine, Scope } from './syntax.ts';

/** What is known of a variable now. */
export interface DatumType {
	readonly type: Type;
	readonly typmod: number;
}

/** The variables of a body as a text sees them. */
export interface Variables {
	readonly routine: Routine;
	/** By number; null: a record without a value, or a variable whose type is not decided. */
	readonly types: readonly (DatumType | null)[];
	/** Transition tables: rows that are the value of a variable. */
	readonly tables?: readonly TransitionTable[];
}

export interface TransitionTable {
	readonly name: string;
	readonly datum: number;
	readonly type: Type;
}

function variableOf(variables: Variables, number: number): Expression {
	return { kind: 'parameter', index: number, type: variables.types[number]?.type ?? RECORD };
}

/** The level of a scope, with those around it as its parents. */
export function scopeLevel(context: StatementContext, scope: Scope, variables: Variables): QueryLevel {
	const level = new QueryLevel(context, scope.parent === null ? null : scopeLevel(context, scope.parent, variables));
	level.conflict = variables.routine.conflict;
	const columns: ScopeColumn[] = [];
	for (const [name, number] of scope.names) {
		const expression = variableOf(variables, number);
		level.variables.set(name, expression);
		columns.push({ name, expression });
		const { type } = expression;
		if (type.fields.length > 0 || type.oid === RECORD.oid) level.namespace.push(hidden(recordEntry(context, name, expression)));
	}
	if (scope.parent === null) for (const table of variables.tables ?? []) level.ctes.set(table.name, transitionTable(context, table));
	if (scope.label !== null) level.namespace.push(hidden(entryOf(scope.label, [], { columns })));
	return level;
}

const rowsGiven: SetFunction = {
	kind: 'set',
	name: 'rows',
	argumentOids: [RECORD.oid],
	returnOid: RECORD.oid,
	variadicOid: 0,
	volatility: 'stable',
	oid: 0,
	strict: true,
	context: false,
	outputs: [],
	evaluate: (rows: Iterable<unknown>) => rows,
};

/** Each reference reads the rows anew. */
function transitionTable(context: StatementContext, { name, datum, type }: TransitionTable): CteEntry {
	const scan = (): { plan: Plan; columns: readonly Column[] } => {
		const columns = type.fields.map((f) => context.newColumn(f.name, context.fieldType(f), f.typmod));
		const rows: Expression = { kind: 'parameter', index: datum, type: RECORD };
		const functions = [{ function: rowsGiven, arguments: [rows], columns, typmod: -1 }];
		return { plan: { kind: 'function-scan', functions, ordinality: null, columns }, columns };
	};
	const { columns } = scan();
	return { name, number: 0, plan: null, columns, inlined: false, readable: true, modifies: false, references: 0, scan };
}

/** A name that only qualifies others. */
function hidden(entry: RangeEntry): QueryLevel['namespace'][number] {
	return { entry, relationVisible: true, columnsVisible: false, lateralOnly: false, lateralOk: true, hidden: null };
}

function recordEntry(context: StatementContext, name: string, operand: Expression): RangeEntry {
	const columns = operand.type.fields.map(
		(field, index): ScopeColumn => ({ name: field.name, expression: { kind: 'field', operand, index, type: context.fieldType(field) } }),
	);
	return entryOf(name, [], { columns, rowType: operand.type, record: operand });
}

/** The surroundings of a statement of a body. */
export function withScope(source: AnalysisContext, scope: Scope, variables: Variables): AnalysisContext {
	return { ...source, parameterOids: [], allowParameters: false, outer: (context) => scopeLevel(context, scope, variables) };
}

export interface AnalyzedText {
	/** One row of one column: the value. */
	readonly plan: Plan;
	readonly type: Type;
	readonly typmod: number;
}

/** An expression, with whatever may follow one in SELECT, converted to a type (null: left as it is). */
export function analyzeValue(source: AnalysisContext, text: string, scope: Scope, variables: Variables, wanted: DatumType | null): AnalyzedText {
	const { context, level } = contextOf(source, text, scope, variables);
	const expression = expressionOf(context, level, text);
	const value = wanted === null ? settled(context, expression) : converted(context, expression, wanted.type, wanted.typmod);
	return resultOf(context, value);
}

/** The new value of a variable of which a part is assigned to: `target` is written over the name `_`. */
export function analyzePart(
	source: AnalysisContext,
	target: { readonly text: string; readonly datum: number; readonly name: string },
	text: string,
	scope: Scope,
	variables: Variables,
): AnalyzedText {
	const { context, level } = contextOf(source, text, scope, variables);
	const { type, typmod } = variables.types[target.datum] ?? unassigned(target.name);
	const update = parseSql(`UPDATE _ SET ${target.text} = 0`)[0]!.node.UpdateStmt!;
	const steps = ((update.targetList as AstNode[])[0]!.ResTarget!.indirection ?? []) as AstNode[];
	const column = { name: target.name, typeOid: type.oid, typmod } as ColumnObject;
	const known = context.type(type.oid);
	const first = steps[0]?.String?.sval;
	if (type.oid === RECORD.oid && first !== undefined) return resultOf(context, recordWith(context, level, target, type, first, text));
	const value = assignInside(level, column, variableOf(variables, target.datum), steps, expressionOf(context, level, text));
	return resultOf(context, value.type.oid === known.oid ? value : converted(context, value, type, typmod));
}

/** An anonymous record with another value in one of its fields. */
function recordWith(
	context: StatementContext,
	level: QueryLevel,
	target: { readonly datum: number; readonly name: string },
	type: Type,
	name: string,
	text: string,
): Expression {
	const at = type.fields.findIndex((f) => f.name === name);
	if (at < 0) throw context.error('42703', `record "${target.name}" has no field "${name}"`);
	const operand: Expression = { kind: 'parameter', index: target.datum, type };
	const operands = type.fields.map((field, index): Expression => {
		const fieldType = context.fieldType(field);
		if (index !== at) return { kind: 'field', operand, index, type: fieldType };
		return converted(context, expressionOf(context, level, text), fieldType, field.typmod);
	});
	return { kind: 'row', operands, type };
}

function unassigned(name: string): never {
	throw unassignedRecord(name);
}

function contextOf(source: AnalysisContext, text: string, scope: Scope, variables: Variables): { context: StatementContext; level: QueryLevel } {
	const context = new StatementContext({ ...source, parameterOids: [], allowParameters: false }, text);
	return { context, level: scopeLevel(context, scope, variables) };
}

function expressionOf(context: StatementContext, level: QueryLevel, text: string): Expression {
	const select = parseSql(`SELECT ${text}`)[0]?.node.SelectStmt;
	if (select === undefined) throw context.error('42601', `syntax error at or near "${text}"`);
	const { plan } = analyzeSelect(context, level, select, { unknownsStay: true });
	if (plan.columns.length !== 1) throw context.error('42601', `query "${text}" returned ${plan.columns.length} columns`);
	if (plan.kind === 'project' && plan.input.kind === 'values' && plan.input.columns.length === 0 && plan.input.rows.length === 1)
		return plan.items[0]!.expression;
	return { kind: 'subquery', mode: 'scalar', plan, comparison: null, type: plan.columns[0]!.type };
}

function settled(context: StatementContext, expression: Expression): Expression {
	return expression.type.oid === UNKNOWN.oid ? coerceType(context, expression, TEXT, -1, 'implicit') : expression;
}

/** As in an assignment; where SQL has no such conversion, through text. */
function converted(context: StatementContext, expression: Expression, type: Type, typmod: number): Expression {
	const direct = coerceToTarget(context, expression, type, typmod, 'assignment');
	if (direct !== null) return direct;
	const text = coerceToTarget(context, expression, TEXT, -1, 'explicit');
	const back = text === null ? null : coerceToTarget(context, text, type, typmod, 'explicit');
	if (back !== null) return back;
	throw context.error('42846', `cannot cast type ${context.typeName(expression.type)} to ${context.typeName(type)}`);
}

function resultOf(context: StatementContext, value: Expression): AnalyzedText {
	const typmod = context.typmodOf(value);
	const column = context.newColumn('value', value.type, typmod);
	return { plan: { kind: 'values', rows: [[value]], columns: [column] }, type: value.type, typmod };
}

/** A conversion of single values: the plan's only parameter is the value. Null when values stay as they are. */
export function analyzeConversion(source: AnalysisContext, from: Type, to: Type, typmod: number): Plan | null {
	const context = new StatementContext({ ...source, parameterOids: [], allowParameters: false }, '');
	const value: Expression = { kind: 'parameter', index: 0, type: from };
	const result = converted(context, value, to, typmod);
	return result === value ? null : resultOf(context, result).plan;
}

/** A type as a declaration writes it: a plain one, of a variable or column (`%TYPE`), or of a table's rows (`%ROWTYPE`). */
export function analyzeTypeText(source: AnalysisContext, text: string, find: (names: readonly string[]) => DatumType | null): DatumType {
	const context = new StatementContext(source, '');
	const reference = /^(.*?)%\s*(type|rowtype)\s*$/is.exec(text);
	if (reference === null) return writtenType(context, text);
	const names = namesIn(reference[1]!.trim());
	const isRow = reference[2]!.toLowerCase() === 'rowtype';
	const found = isRow ? null : find(names);
	return found ?? (isRow ? rowTypeOf(context, names) : columnTypeOf(context, names));
}

function writtenType(context: StatementContext, text: string): DatumType {
	const cast = (parseSql(`SELECT NULL::${text}`)[0]!.node.SelectStmt!.targetList as AstNode[])[0]!.ResTarget!.val as AstNode;
	const name = cast.TypeCast?.typeName;
	if (name === undefined) throw context.error('42601', `invalid type name "${text}"`);
	return resolveTypeName(name, context);
}

function namesIn(text: string): string[] {
	return [...text.matchAll(/"((?:[^"]|"")*)"|([^."\s]+)/g)].map((m) => m[1]?.replaceAll('""', '"') ?? m[2]!.toLowerCase());
}

function relationType(context: StatementContext, names: readonly string[]): Type | null {
	const name = names.at(-1)!;
	for (const schema of names.length > 1 ? [names.at(-2)!] : context.lookupPath) {
		const id = context.catalog.findSchema(schema)?.id;
		const relation = id === undefined ? undefined : context.catalog.find(id, 'relation', name);
		if (relation !== undefined) return resolveTypeName({ names: [schema, name].map((sval) => ({ String: { sval } })) } as never, context).type;
	}
	return null;
}

function rowTypeOf(context: StatementContext, names: readonly string[]): DatumType {
	const type = relationType(context, names);
	if (type === null) throw context.error('42P01', `relation "${names.join('.')}" does not exist`);
	return { type, typmod: -1 };
}

function columnTypeOf(context: StatementContext, names: readonly string[]): DatumType {
	const column = names.at(-1)!;
	if (names.length < 2) throw context.error('42601', `syntax error at or near "%"`);
	const table = names.slice(0, -1);
	const type = relationType(context, table);
	if (type === null) throw context.error('42P01', `relation "${table.join('.')}" does not exist`);
	const field = type.fields.find((f) => f.name === column);
	if (field === undefined) throw context.error('42703', `column "${column}" of relation "${table.at(-1)}" does not exist`);
	return { type: context.fieldType(field), typmod: field.typmod };
}
