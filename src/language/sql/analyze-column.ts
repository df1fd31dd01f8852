/** References to columns, to whole rows, and to fields of composite values. */
import type { Expression } from '../../query/algebra/expression.ts';
import { baseTypeOf, RECORD } from '../../value/builtin-types.ts';
import { callFunctionIfExists } from './analyze-function.ts';
import { type AstNode, type ColumnRef, stringOf } from './ast.ts';
import { columnOfEntry, findColumn, findEntry, missingEntry, type QueryLevel, type RangeEntry, unassignedRecord } from './scope.ts';
import { recordType } from './signature.ts';

export function analyzeColumnRef(level: QueryLevel, node: ColumnRef): Expression {
	const { context } = level;
	const position = context.at(node.location);
	const fields = (node.fields ?? []) as AstNode[];
	if (fields[fields.length - 1]?.A_Star !== undefined) return starExpression(level, fields, position);
	const names = fields.map(stringOf);
	switch (names.length) {
		case 1:
			return bareName(level, names[0]!, position);
		case 2:
			return qualifiedName(level, null, names[0]!, names[1]!, position);
		case 3:
			return qualifiedName(level, names[0]!, names[1]!, names[2]!, position);
		case 4:
			return qualifiedName(level, names[1]!, names[2]!, names[3]!, position);
		default:
			throw context.error('42601', `improper qualified name (too many dotted names): ${names.join('.')}`, position);
	}
}

/** `t.*` where one value is wanted, as in count(t.*): the whole row. */
function starExpression(level: QueryLevel, fields: readonly AstNode[], position: number): Expression {
	const names = fields.slice(0, -1).map(stringOf);
	if (names.length === 0) throw level.context.error('42601', 'row expansion via "*" is not supported here', position);
	const found = findEntry(level, names.length > 1 ? names[names.length - 2]! : null, names[names.length - 1]!, position);
	if (found === null) throw missingEntry(level, names[names.length - 1]!, position);
	return wholeRow(level, found.entry, position);
}

function bareName(level: QueryLevel, name: string, position: number): Expression {
	const column = findColumn(level, name, position);
	if (column !== null) return at(column.expression, position);
	const found = findEntry(level, null, name, position);
	if (found !== null) return wholeRow(level, found.entry, position);
	throw level.context.error('42703', `column "${name}" does not exist`, position, missingColumnHint(level, name));
}

/** Points to a column of that name which is in the query but out of reach. */
function missingColumnHint(level: QueryLevel, name: string): { readonly hint?: string; readonly detail?: string } {
	for (let outer: QueryLevel | null = level; outer !== null; outer = outer.parent) {
		for (const item of outer.namespace) {
			if (item.entry.alias !== '' && item.entry.columns.some((c) => c.name === name)) {
				return { hint: `There is a column named "${name}" in table "${item.entry.alias}", but it cannot be referenced from this part of the query.` };
			}
		}
	}
	return {};
}

function qualifiedName(level: QueryLevel, schema: string | null, table: string, name: string, position: number): Expression {
	const found = findEntry(level, schema, table, position);
	if (found === null) {
		const variable = schema === null ? findColumnVariable(level, table) : null;
		if (variable !== null) return selectField(level, variable, name);
		throw missingEntry(level, table, position);
	}
	const column = columnOfEntry(level, found.entry, name, position);
	if (column !== null) return at(column, position);
	if (found.entry.record !== undefined) throw missingField(level, table, name, found.entry.record, position);
	const row = wholeRow(level, found.entry, position);
	const called = callFunctionIfExists(level, name, [row], position);
	if (called !== null) return called;
	throw level.context.error('42703', `column ${table}.${name} does not exist`, position);
}

function missingField(level: QueryLevel, record: string, name: string, value: Expression, position: number): Error {
	if (value.type.oid === RECORD.oid && value.type.fields.length === 0) return unassignedRecord(record);
	return level.context.error('42703', `record "${record}" has no field "${name}"`, position);
}

/** A composite argument of a function body, written argument.field. */
function findColumnVariable(level: QueryLevel, name: string): Expression | null {
	for (let outer: QueryLevel | null = level; outer !== null; outer = outer.parent) {
		const variable = outer.variables.get(name);
		if (variable !== undefined && variable.type.fields.length > 0) return variable;
	}
	return null;
}

function at(expression: Expression, position: number): Expression {
	return expression.kind === 'column' ? { ...expression, position } : expression;
}

/** The row of a table in FROM as one value. */
export function wholeRow(level: QueryLevel, entry: RangeEntry, position: number): Expression {
	if (entry.record !== undefined) return entry.record;
	if (entry.scalarRow && entry.columns.length === 1) return at(entry.columns[0]!.expression, position);
	const operands = entry.columns.map((c) => c.expression);
	const type = entry.rowType ?? recordType(entry.columns.map((c) => ({ name: c.name, type: c.expression.type, typmod: level.context.typmodOf(c.expression) })));
	return { kind: 'row', operands, type, position };
}

/** `.name` of a composite value; a function of that name and one argument does too. */
export function selectField(level: QueryLevel, operand: Expression, name: string): Expression {
	const { context } = level;
	const position = operand.position ?? 0;
	const base = baseTypeOf(operand.type, context.catalog);
	const index = base.fields.findIndex((f) => f.name === name);
	if (index >= 0) {
		const field = base.fields[index]!;
		if (operand.kind === 'row') return operand.operands[index]!;
		return { kind: 'field', operand, index, type: context.fieldType(field), position };
	}
	const called = callFunctionIfExists(level, name, [operand], position);
	if (called !== null) return called;
	if (base.oid === RECORD.oid) throw context.error('42703', `could not identify column "${name}" in record data type`, position);
	if (base.kind === 'composite') throw context.error('42703', `column "${name}" not found in data type ${context.typeName(operand.type)}`, position);
	throw context.error('42809', `column notation .${name} applied to type ${context.typeName(operand.type)}, which is not a composite type`, position);
}
