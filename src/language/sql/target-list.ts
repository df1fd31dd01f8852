/** Select lists and RETURNING lists: stars expanded, result names chosen as PostgreSQL does. */
import type { Expression } from '../../query/algebra/expression.ts';
import { baseTypeOf, RECORD } from '../../value/builtin-types.ts';
import { analyzeExpression } from './analyze-expression.ts';
import { scalarSublinkName } from './analyze-sublink.ts';
import { type AstNode, nodeKind, stringOf } from './ast.ts';
import { findEntry, missingEntry, type QueryLevel, type ScopeColumn } from './scope.ts';
import { recordStar } from './star-expansion.ts';

export interface TargetItem {
	readonly name: string;
	readonly expression: Expression;
	/** Only for ORDER BY or DISTINCT ON: not part of the result. */
	readonly junk: boolean;
}

/** Analyses the items of a select list. */
export function analyzeTargets(level: QueryLevel, nodes: readonly AstNode[]): TargetItem[] {
	const items: TargetItem[] = [];
	for (const node of nodes) {
		const target = node.ResTarget!;
		const value = target.val as AstNode;
		const star = expandStar(level, value);
		if (star !== null) {
			if (level.context.source.recordStars)
				recordStar(
					value,
					star.map((c) => sourceName(level, value, c)),
				);
			for (const column of star) items.push({ name: column.name, expression: column.expression, junk: false });
			continue;
		}
		const expression = analyzeExpression(level, value);
		items.push({ name: target.name ?? columnName(value), expression, junk: false });
	}
	if (items.length > 1664) throw level.context.error('54011', 'target lists can have at most 1664 entries');
	return items;
}

/** The columns that `*`, `t.*` or `(row).*` stands for; null when the node is no star. */
export function expandStar(level: QueryLevel, node: AstNode): readonly ScopeColumn[] | null {
	const fields = node.ColumnRef?.fields as AstNode[] | undefined;
	if (fields !== undefined && fields[fields.length - 1]?.A_Star !== undefined)
		return expandColumnStar(level, fields.slice(0, -1).map(stringOf), level.context.at(node.ColumnRef?.location));
	const steps = node.A_Indirection?.indirection as AstNode[] | undefined;
	if (steps === undefined || steps[steps.length - 1]?.A_Star === undefined) return null;
	const rest = steps.slice(0, -1);
	const inner = node.A_Indirection!.arg as AstNode;
	const operand = analyzeExpression(level, rest.length === 0 ? inner : { A_Indirection: { arg: inner as never, indirection: rest as never } });
	return expandRow(level, operand);
}

function expandColumnStar(level: QueryLevel, names: readonly string[], position: number): readonly ScopeColumn[] {
	if (names.length > 0) {
		const name = names[names.length - 1]!;
		const found = findEntry(level, names.length > 1 ? names[names.length - 2]! : null, name, position);
		if (found === null) throw missingEntry(level, name, position);
		return found.entry.columns;
	}
	const columns: ScopeColumn[] = [];
	let any = false;
	for (const item of level.namespace) {
		if (!item.columnsVisible || item.lateralOnly) continue;
		any = true;
		for (const column of item.entry.columns) if (!item.hidden?.has(column.name)) columns.push(column);
	}
	if (!any) throw level.context.error('42601', 'SELECT * with no tables specified is not valid', position);
	return columns;
}

function expandRow(level: QueryLevel, operand: Expression): readonly ScopeColumn[] {
	const { context } = level;
	const base = baseTypeOf(operand.type, context.catalog);
	if (base.fields.length === 0 && base.kind !== 'composite') {
		if (base.oid === RECORD.oid) throw context.error('42809', 'record type has not been registered', operand.position ?? 0);
		throw context.error('42809', `type ${context.typeName(operand.type)} is not composite`, operand.position ?? 0);
	}
	return base.fields.map((field, index) => ({
		name: field.name,
		expression:
			operand.kind === 'row' ? operand.operands[index]! : { kind: 'field', operand, index, type: context.fieldType(field), position: operand.position ?? 0 },
	}));
}

/** How a column of a star is written out: with the name of its table; the columns that a FULL JOIN merges have no table. */
function sourceName(level: QueryLevel, star: AstNode, column: ScopeColumn): readonly string[] | null {
	if (star.ColumnRef === undefined) return null;
	const names = ((star.ColumnRef.fields ?? []) as AstNode[]).slice(0, -1).map(stringOf);
	if (names.length > 0) return [...names, column.name];
	const from = column.expression.kind === 'column' ? level.fromColumns.get(column.expression.id) : undefined;
	const item = from === undefined ? undefined : level.namespace.find((i) => i.entry === from.entry && i.relationVisible);
	if (item === undefined || item.entry.alias === '') return [column.name];
	return [item.entry.alias, from!.name];
}

/** The name of a result column for which none was given. */
export function columnName(node: AstNode): string {
	return figureName(node)[0] ?? '?column?';
}

/** Name and strength: 2 a good name, 1 a weak one that an enclosing cast or CASE may replace, 0 none. */
function figureName(node: AstNode | undefined): readonly [string | null, number] {
	if (node === undefined) return [null, 0];
	const kind = nodeKind(node);
	switch (kind) {
		case 'ColumnRef':
			return lastName(node.ColumnRef?.fields as AstNode[] | undefined);
		case 'A_Indirection': {
			const own = lastName(node.A_Indirection?.indirection as AstNode[] | undefined);
			return own[1] > 0 ? own : figureName(node.A_Indirection?.arg as AstNode | undefined);
		}
		case 'FuncCall':
			return lastName(node.FuncCall?.funcname as AstNode[] | undefined);
		case 'A_Expr':
			return node.A_Expr?.kind === 'AEXPR_NULLIF' ? ['nullif', 2] : [null, 0];
		case 'TypeCast': {
			const inner = figureName(node.TypeCast?.arg as AstNode | undefined);
			if (inner[1] > 1) return inner;
			const name = lastName(node.TypeCast?.typeName?.names as AstNode[] | undefined)[0];
			return name === null ? inner : [name, 1];
		}
		case 'CollateClause':
			return figureName(node.CollateClause?.arg as AstNode | undefined);
		case 'SubLink':
			return sublinkName(node);
		case 'CaseExpr': {
			const inner = figureName(node.CaseExpr?.defresult as AstNode | undefined);
			return inner[1] > 1 ? inner : ['case', 1];
		}
		case 'MinMaxExpr':
			return [node.MinMaxExpr?.op === 'IS_GREATEST' ? 'greatest' : 'least', 2];
		case 'SQLValueFunction':
			return [valueFunctionName(node.SQLValueFunction?.op ?? ''), 2];
		default: {
			const name = FIXED_NAMES[kind];
			return name === undefined ? [null, 0] : [name, 2];
		}
	}
}

const FIXED_NAMES: Readonly<Record<string, string>> = { A_ArrayExpr: 'array', RowExpr: 'row', CoalesceExpr: 'coalesce', GroupingFunc: 'grouping' };

function lastName(nodes: readonly AstNode[] | undefined): readonly [string | null, number] {
	for (let i = (nodes?.length ?? 0) - 1; i >= 0; i--) {
		const name = nodes![i]!.String?.sval;
		if (name !== undefined) return [name, 2];
	}
	return [null, 0];
}

function sublinkName(node: AstNode): readonly [string | null, number] {
	switch (node.SubLink?.subLinkType) {
		case 'EXISTS_SUBLINK':
			return ['exists', 2];
		case 'ARRAY_SUBLINK':
			return ['array', 2];
		case 'EXPR_SUBLINK': {
			const name = scalarSublinkName(node.SubLink);
			return name === undefined ? [null, 0] : [name, 2];
		}
		default:
			return [null, 0];
	}
}

function valueFunctionName(op: string): string {
	return op
		.replace(/^SVFOP_/, '')
		.replace(/_N$/, '')
		.toLowerCase();
}
