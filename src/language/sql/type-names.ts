/** Written type names → types: `int`, `varchar(10)[]`, `schema.mood`, `numeric(5,2)`; and row types of tables. */
import type { TableObject, ViewObject } from '../../transaction/catalog-objects.ts';
import { arrayOf, BIT, BPCHAR, builtinTypes, INTERVAL, NUMERIC, TIME, TIMESTAMP, TIMESTAMPTZ, TIMETZ, VARBIT, VARCHAR } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { typmodFromModifiers } from '../../value/typmod.ts';
import { type AstNode, namesOf, type TypeName } from './ast.ts';
import type { StatementContext } from './statement-context.ts';

export interface ResolvedType {
	readonly type: Type;
	readonly typmod: number;
}

const WITH_TYPMOD: ReadonlySet<number> = new Set([BPCHAR, VARCHAR, NUMERIC, TIME, TIMETZ, TIMESTAMP, TIMESTAMPTZ, INTERVAL, BIT, VARBIT].map((t) => t.oid));

/** Whether a type takes modifiers. */
export function hasTypmod(type: Type): boolean {
	return WITH_TYPMOD.has(type.oid);
}

/** Resolves a TypeName of the parse tree; throws 42704 when there is no such type. */
export function resolveTypeName(node: TypeName, context: StatementContext): ResolvedType {
	const position = context.at(node.location);
	if (node.setof) throw context.error('42601', 'type modifier cannot be a set', position);
	if (node.pct_type) throw context.unsupported('%TYPE', position);
	const names = namesOf(node.names as AstNode[] | undefined);
	const found = findType(names, context);
	if (found === undefined) throw context.error('42704', `type "${names.join('.')}" does not exist`, position);
	const typmod = resolveTypmod(node, found, context, position);
	if (node.arrayBounds === undefined || node.arrayBounds.length === 0) return { type: found, typmod };
	const array = arrayOf(found, context.catalog);
	if (array === undefined) throw context.error('42704', `could not find array type for data type ${context.typeName(found)}`, position);
	return { type: array, typmod };
}

function resolveTypmod(node: TypeName, type: Type, context: StatementContext, position: number): number {
	const modifiers = node.typmods as AstNode[] | undefined;
	if (modifiers === undefined || modifiers.length === 0) return node.typemod ?? -1;
	if (!hasTypmod(type)) throw context.error('42601', `type modifier is not allowed for type "${context.typeName(type)}"`, position);
	const numbers = modifiers.map((m) => {
		const constant = m.A_Const;
		if (constant?.ival !== undefined) return constant.ival.ival ?? 0;
		const text = constant?.fval?.fval ?? constant?.sval?.sval;
		if (text === undefined) throw context.error('42601', 'type modifiers must be simple constants or identifiers', position);
		if (!/^-?\d+$/.test(text)) throw context.error('22P02', `invalid input syntax for type integer: "${text}"`, position);
		if (Math.abs(Number(text)) > 2147483647) throw context.error('22003', `value "${text}" is out of range for type integer`, position);
		return Number(text);
	});
	return typmodFromModifiers(type, numbers);
}

/** Finds a type by its name parts along the search path; undefined when there is none. */
export function findType(names: readonly string[], context: StatementContext): Type | undefined {
	const name = names[names.length - 1] ?? '';
	if (names.length > 1) return typeInSchema(names[names.length - 2]!, name, context);
	for (const schema of context.lookupPath) {
		const type = typeInSchema(schema, name, context);
		if (type !== undefined) return type;
	}
	return undefined;
}

function typeInSchema(schemaName: string, name: string, context: StatementContext): Type | undefined {
	const builtin = builtinTypes.byName(name);
	if (builtin !== undefined && builtin.schema === schemaName) return builtin;
	const schema = context.catalog.findSchema(schemaName);
	if (schema === undefined) return undefined;
	const object = context.catalog.find(schema.id, 'type', name);
	if (object !== undefined) {
		context.depend(object);
		return context.catalog.typeByOid(object.id);
	}
	if (name.startsWith('_')) {
		const element = typeInSchema(schemaName, name.slice(1), context);
		if (element !== undefined && element.arrayOid !== 0) return context.catalog.typeByOid(element.arrayOid);
	}
	const relation = context.catalog.find(schema.id, 'relation', name);
	if (relation?.kind === 'table' || relation?.kind === 'view') return rowTypeOf(relation, context);
	return undefined;
}

/** The composite type of a table's or view's rows; its oid is the relation's id. */
export function rowTypeOf(relation: TableObject | ViewObject, context: StatementContext): Type {
	return context.type(relation.id);
}
