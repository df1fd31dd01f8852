/**
 * The entry points of the SQL front end: a statement's parse tree → its plan, and the expressions that definitions hold
 * (defaults, checks, generated columns, index keys, domain checks) → checked expressions.
 */
import { sqlError } from '../../platform/errors.ts';
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { columnsRead, hasSubquery, isVolatile, visitChildren } from '../../query/algebra/traverse.ts';
import type { ScalarFunction } from '../../query/functions/contracts.ts';
import type { ColumnObject, TableObject } from '../../transaction/catalog-objects.ts';
import { builtinTypes, TEXT } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { analyzeDataModifying } from './analyze-dml.ts';
import { analyzeBoolean, analyzeExpression } from './analyze-expression.ts';
import { references } from './analyze-returning.ts';
import { analyzeSelect } from './analyze-select.ts';
import type { AstNode } from './ast.ts';
import { coerceToTarget, coerceType, setDomainCheckAnalyzer } from './coercion.ts';
import type { CursorKeys } from './cursor-keys.ts';
import { type Clause, QueryLevel } from './scope.ts';
import { isUnknown } from './signature.ts';
import { type AnalysisContext, StatementContext } from './statement-context.ts';
import { parseExpressionText, rowLevel } from './stored-text.ts';

export type QueryCommand = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'MERGE';

/** What a statement means. Utilities (DDL, SET, transactions …) are executed by the database from their parse tree. */
export type AnalysedStatement =
	| {
			readonly kind: 'query';
			readonly plan: Plan;
			readonly parameterTypes: readonly Type[];
			readonly command: QueryCommand;
			/** null: the statement gives no rows. */
			readonly columns: readonly Column[] | null;
			/** Ids of the catalog objects used. */
			readonly dependencies: ReadonlySet<number>;
			/** Constants in it were read under the present settings of TimeZone, DateStyle and IntervalStyle. */
			readonly dependsOnSettings: boolean;
			/** Constants in it say 'now' or 'today': the plan must not be used for a later statement. */
			readonly dependsOnTime: boolean;
			/** Of a cursor's query: how its rows name rows of tables. The plan has columns for that behind `columns`. */
			readonly cursorKeys?: CursorKeys;
	  }
	| { readonly kind: 'utility'; readonly node: AstNode };

/** Analyses one statement. `text` is what positions count in. */
export function analyzeStatement(node: AstNode, text: string, source: AnalysisContext): AnalysedStatement {
	const command = commandOf(node);
	if (command === null) return { kind: 'utility', node };
	try {
		return analyzeCommand(command, node, new StatementContext(source, text));
	} catch (error) {
		if (error instanceof RangeError && /call stack/i.test(error.message))
			throw sqlError('54001', 'stack depth limit exceeded', { hint: 'Nest expressions and subqueries less deeply.' });
		throw error;
	}
}

function analyzeCommand(command: QueryCommand, node: AstNode, context: StatementContext): AnalysedStatement {
	const outer = context.source.outer?.(context) ?? null;
	const cursor: { keys: CursorKeys | null } = { keys: null };
	const options = context.source.isCursor === true ? { cursor } : {};
	const plan = command === 'SELECT' ? analyzeSelect(context, outer, node.SelectStmt!, options).plan : analyzeDataModifying(context, node, outer);
	const returns = command === 'SELECT' || hasReturning(node);
	return {
		kind: 'query',
		plan,
		parameterTypes: parameterTypes(context),
		command,
		columns: !returns ? null : cursor.keys === null ? plan.columns : plan.columns.slice(0, cursor.keys.shown),
		...(cursor.keys === null ? {} : { cursorKeys: cursor.keys }),
		dependencies: context.shared.dependencies,
		dependsOnSettings: context.shared.dependsOnSettings,
		dependsOnTime: context.shared.dependsOnTime,
	};
}

function commandOf(node: AstNode): QueryCommand | null {
	if (node.SelectStmt !== undefined) return hasInto(node.SelectStmt) ? null : 'SELECT';
	if (node.InsertStmt !== undefined) return 'INSERT';
	if (node.UpdateStmt !== undefined) return 'UPDATE';
	if (node.DeleteStmt !== undefined) return 'DELETE';
	if (node.MergeStmt !== undefined) return 'MERGE';
	return null;
}

/** SELECT … INTO makes a table: in a set operation the clause stands in the leftmost branch. */
function hasInto(select: NonNullable<AstNode['SelectStmt']>): boolean {
	let at: typeof select | undefined = select;
	while (at !== undefined) {
		if (at.intoClause !== undefined) return true;
		at = at.larg;
	}
	return false;
}

function hasReturning(node: AstNode): boolean {
	return (node.InsertStmt ?? node.UpdateStmt ?? node.DeleteStmt)?.returningClause !== undefined;
}

function parameterTypes(context: StatementContext): Type[] {
	return context.parameters.types.map((type, i) => {
		if (type === null) throw context.error('42P18', `could not determine data type of parameter $${i + 1}`);
		return type;
	});
}

/** A query inside a definition (a view, CREATE TABLE AS): its columns and what it depends on. */
export function analyzeQueryOf(
	node: AstNode,
	text: string,
	source: AnalysisContext,
): { readonly plan: Plan; readonly columns: readonly Column[]; readonly dependencies: ReadonlySet<number> } {
	const analysed = analyzeStatement(node, text, { ...source, recordStars: true });
	if (analysed.kind === 'utility' || analysed.columns === null) throw new StatementContext(source, text).error('42601', 'the query gives no columns');
	return { plan: analysed.plan, columns: analysed.columns, dependencies: analysed.dependencies };
}

/** An expression without columns, converted to a type: parameters of EXECUTE, defaults to be computed once. */
export function analyzeExpressionOf(node: AstNode, text: string, source: AnalysisContext, type: Type | null, typmod = -1): Expression {
	const context = new StatementContext(source, text);
	const expression = analyzeExpression(levelFor(context, 'execute'), node);
	return type === null ? settle(context, expression) : convert(context, expression, type, typmod, 'assignment');
}

function levelFor(context: StatementContext, clause: Clause): QueryLevel {
	const level = new QueryLevel(context, null);
	level.clause = clause;
	return level;
}

function settle(context: StatementContext, expression: Expression): Expression {
	return isUnknown(expression) ? coerceType(context, expression, TEXT, -1, 'implicit') : expression;
}

function convert(context: StatementContext, expression: Expression, type: Type, typmod: number, allowed: 'assignment' | 'explicit'): Expression {
	const converted = coerceToTarget(context, expression, type, typmod, allowed);
	if (converted === null)
		throw context.error(
			'42804',
			`expression of type ${context.typeName(expression.type)} cannot be converted to type ${context.typeName(type)}`,
			expression.position ?? 0,
		);
	return converted;
}

/** Checks a DEFAULT clause against its column's type. */
export function analyzeDefault(node: AstNode, context: StatementContext, type: Type, typmod: number, columnName: string): Expression {
	const level = levelFor(context, 'default');
	refuseColumns(node, context, 'cannot use column reference in DEFAULT expression');
	const expression = analyzeExpression(level, node);
	refuseSubquery(context, expression, 'cannot use subquery in DEFAULT expression');
	const converted = coerceToTarget(context, expression, type, typmod, 'assignment');
	if (converted !== null) return converted;
	throw context.error(
		'42804',
		`column "${columnName}" is of type ${context.typeName(type)} but default expression is of type ${context.typeName(expression.type)}`,
		0,
		{ hint: 'You will need to rewrite or cast the expression.' },
	);
}

function refuseColumns(node: unknown, context: StatementContext, message: string): void {
	if (typeof node !== 'object' || node === null) return;
	if (Array.isArray(node)) {
		for (const item of node) refuseColumns(item, context, message);
		return;
	}
	for (const [key, value] of Object.entries(node)) {
		if (key === 'ColumnRef') throw context.error('0A000', message, context.at((value as { location?: number }).location));
		if (key !== 'SubLink') refuseColumns(value, context, message);
	}
}

function refuseSubquery(context: StatementContext, expression: Expression, message: string): void {
	if (hasSubquery(expression)) throw context.error('0A000', message, expression.position ?? 0);
}

interface TableExpression {
	readonly expression: Expression;
	/** One per live column of the table: what `expression` reads. */
	readonly row: readonly Column[];
	/** Numbers of the table's columns that are read. */
	readonly columns: readonly number[];
	readonly dependencies: readonly number[];
}

/** The columns that stand for a table's row: the same for all expressions analysed in one context, so that they can be run together. */
function rowOf(context: StatementContext, table: TableObject, live: readonly ColumnObject[]): readonly Column[] {
	const { rows } = context.shared;
	let row = rows.get(table);
	if (row === undefined) {
		row = live.map((c) => context.newColumn(c.name, context.type(c.typeOid), c.typmod, [table.id, c.number]));
		rows.set(table, row);
	}
	return row;
}

function analyzeOverTable(context: StatementContext, table: TableObject, clause: Clause, analyze: (level: QueryLevel) => Expression): TableExpression {
	const live = table.columns.filter((c) => !c.dropped);
	const row = rowOf(context, table, live);
	const expression = analyze(rowLevel(context, table, references(row), clause));
	const read = columnsRead(expression);
	const columns = live.filter((_, i) => read.has(row[i]!.id)).map((c) => c.number);
	return { expression, row, columns, dependencies: [...context.shared.dependencies].filter((id) => id !== table.id) };
}

/** Checks a CHECK constraint of a table. */
export function analyzeCheckExpression(node: AstNode, context: StatementContext, table: TableObject): TableExpression {
	return analyzeOverTable(context, table, 'check', (level) => {
		const expression = analyzeBoolean(level, node, 'CHECK');
		refuseSubquery(context, expression, 'cannot use subquery in check constraint');
		return expression;
	});
}

/** The WHERE of a COPY FROM. */
export function analyzeCopyCondition(node: AstNode, context: StatementContext, table: TableObject): TableExpression {
	return analyzeOverTable(context, table, 'copy where', (level) => {
		const expression = analyzeBoolean(level, node, 'WHERE');
		refuseSubquery(context, expression, 'cannot use subquery in COPY FROM WHERE condition');
		return expression;
	});
}

/** Checks an index key that is an expression, or with `predicate` an index's WHERE. */
export function analyzeIndexExpression(node: AstNode, context: StatementContext, table: TableObject, predicate = false): TableExpression {
	return analyzeOverTable(context, table, predicate ? 'index predicate' : 'index expression', (level) => {
		const expression = predicate ? analyzeBoolean(level, node, 'WHERE') : settle(context, analyzeExpression(level, node));
		const what = predicate ? 'index predicate' : 'index expression';
		refuseSubquery(context, expression, `cannot use subquery in ${what}`);
		if (notImmutable(expression)) throw context.error('42P17', `functions in ${what} must be marked IMMUTABLE`, predicate ? 0 : (expression.position ?? 0));
		return expression;
	});
}

/** Types whose text forms depend on settings, or on what the catalog holds. */
const CHANGING_TEXT: ReadonlySet<string> = new Set(['date', 'timestamp', 'timestamptz', 'record']);
const CHANGING_INPUT: ReadonlySet<string> = new Set(['time', 'timetz', 'interval']);

/** Input and output functions are stable as a kind; those of most types give the same whatever the settings. */
function isFixedConversion(definition: ScalarFunction): boolean {
	const match = /^([a-z0-9]+)_(in|out)$/.exec(definition.name);
	if (match === null || definition.oid !== 0 || definition.volatility !== 'stable') return false;
	const type = builtinTypes.byName(match[1]!);
	if (type === undefined || type.kind !== 'base' || type.name.startsWith('reg') || CHANGING_TEXT.has(type.name)) return false;
	return match[2] === 'out' || !CHANGING_INPUT.has(type.name);
}

/** text || value converts the value by its output function, and is as stable as that. */
function isFixedConcatenation(call: Extract<Expression, { kind: 'call' }>): boolean {
	if (call.function.name !== 'textanycat' && call.function.name !== 'anytextcat') return false;
	return call.arguments.every((a) => a.type.kind === 'base' && !a.type.name.startsWith('reg') && !CHANGING_TEXT.has(a.type.name));
}

function notImmutable(expression: Expression): boolean {
	if (isVolatile(expression)) return true;
	let found = false;
	const visit = (e: Expression): void => {
		if (e.kind === 'call' && e.function.volatility !== 'immutable' && !isFixedConversion(e.function) && !isFixedConcatenation(e)) found = true;
		visitChildren(e, visit, () => {});
	};
	visit(expression);
	return found;
}

/** Checks GENERATED ALWAYS AS (…) STORED of a column and converts it to the column's type. */
export function analyzeGenerated(node: AstNode, context: StatementContext, table: TableObject, columnName: string): TableExpression {
	const column = table.columns.find((c) => !c.dropped && c.name === columnName)!;
	const type = context.type(column.typeOid);
	const analysed = analyzeOverTable(context, table, 'generated', (level) => {
		const expression = analyzeExpression(level, node);
		refuseSubquery(context, expression, 'cannot use subquery in column generation expression');
		if (notImmutable(expression)) throw context.error('42P17', 'generation expression is not immutable');
		const converted = coerceToTarget(context, expression, type, column.typmod, 'assignment');
		if (converted !== null) return converted;
		throw context.error(
			'42804',
			`column "${columnName}" is of type ${context.typeName(type)} but default expression is of type ${context.typeName(expression.type)}`,
			0,
			{ hint: 'You will need to rewrite or cast the expression.' },
		);
	});
	for (const number of analysed.columns) {
		const read = table.columns.find((c) => c.number === number)!;
		if (read.generatedText !== null || number === column.number) {
			throw context.error('42P17', `cannot use generated column "${read.name}" in column generation expression`, 0, {
				detail:
					number === column.number
						? 'This would cause the generated column to depend on its own value.'
						: 'A generated column cannot reference another generated column.',
			});
		}
	}
	return analysed;
}

/** ALTER COLUMN … TYPE: the conversion of old values, from USING or by assignment. */
export function analyzeColumnConversion(
	using: AstNode | null,
	context: StatementContext,
	table: TableObject,
	column: ColumnObject,
	type: Type,
	typmod: number,
): { readonly expression: Expression; readonly columns: readonly Column[] } {
	const analysed = analyzeOverTable(context, table, 'none', (level) => {
		const expression = using === null ? columnOfRow(level, column) : analyzeExpression(level, using);
		const converted = coerceToTarget(context, expression, type, typmod, 'assignment');
		if (converted !== null) return converted;
		if (using === null)
			throw context.error('42804', `column "${column.name}" cannot be cast automatically to type ${context.typeName(type)}`, 0, {
				hint: `You might need to specify "USING ${column.name}::${context.typeName(type, typmod)}".`,
			});
		throw context.error('42804', `result of USING clause for column "${column.name}" cannot be cast automatically to type ${context.typeName(type)}`, 0, {
			hint: 'You might need to add an explicit cast.',
		});
	});
	return { expression: analysed.expression, columns: analysed.row };
}

function columnOfRow(level: QueryLevel, column: ColumnObject): Expression {
	return level.namespace[0]!.entry.columns.find((c) => c.name === column.name)!.expression;
}

/** Checks a domain's CHECK over VALUE. */
export function analyzeDomainCheck(node: AstNode, context: StatementContext, base: Type, typmod: number): Expression {
	const value = context.newColumn('value', base, typmod);
	return domainCheckOver(node, context, { kind: 'column', id: value.id, type: base });
}

function domainCheckOver(node: AstNode, context: StatementContext, value: Expression): Expression {
	const level = levelFor(context, 'check');
	level.variables.set('value', value);
	const expression = analyzeBoolean(level, node, 'CHECK');
	refuseSubquery(context, expression, 'cannot use subquery in check constraint');
	return expression;
}

setDomainCheckAnalyzer((context, text, value) => domainCheckOver(parseExpressionText(text), context.nested(context.lookupPath, text), value));
