/**
 * Names of objects behind the reg types: regclass, regtype, regproc, regprocedure, regoper, regoperator, regnamespace, regrole,
 * regcollation; oid → name for output, name → oid for input.
 */
import { sqlError } from '../../platform/errors.ts';
import { quoteIdentifier } from '../../query/functions/quote-identifier.ts';
import {
	builtinTypes,
	REGCLASS,
	REGCOLLATION,
	REGNAMESPACE,
	REGOPER,
	REGOPERATOR,
	REGPROC,
	REGPROCEDURE,
	REGROLE,
	REGTYPE,
} from '../../value/builtin-types.ts';
import { allOperators, functionByOid, functionsByName, type KnownFunction, type KnownOperator } from './function-catalog.ts';
import { displayName, displayType, isRelation, lookupSchemas, schemaName, splitName } from './object-names.ts';
import { type SystemContext, tableDefinitions } from './system-table.ts';
import { typeByWrittenName } from './type-names.ts';

const COLLATIONS: ReadonlyMap<number, string> = new Map([
	[100, 'default'],
	[950, 'C'],
	[951, 'POSIX'],
]);

/** The name to show, or undefined when there is no such object (the oid is shown then). */
export function nameOf(context: SystemContext, typeOid: number, oid: number): string | undefined {
	if (oid === 0 && typeOid !== REGNAMESPACE.oid && typeOid !== REGROLE.oid) return '-';
	switch (typeOid) {
		case REGCLASS.oid:
			return relationName(context, oid);
		case REGTYPE.oid:
			return context.catalog.typeByOid(oid) === undefined ? undefined : displayType(context, oid, -1);
		case REGPROC.oid:
			return procedureName(context, oid);
		case REGPROCEDURE.oid:
			return signature(context, oid);
		case REGNAMESPACE.oid:
			return quotedName(context, oid, 'schema');
		case REGROLE.oid:
			return quotedName(context, oid, 'role');
		case REGOPER.oid:
			return operatorByOid(context, oid)?.entry.name;
		case REGOPERATOR.oid: {
			const operator = operatorByOid(context, oid);
			return operator === undefined ? undefined : operatorSignature(context, operator);
		}
		case REGCOLLATION.oid: {
			const name = COLLATIONS.get(oid);
			return name === undefined ? undefined : quoteIdentifier(name);
		}
		default:
			return undefined;
	}
}

function relationName(context: SystemContext, oid: number): string | undefined {
	const object = context.catalog.get(oid);
	if (object !== undefined && isRelation(object)) return displayName(context, object);
	for (const definition of tableDefinitions().values()) {
		if (definition.oid !== oid) continue;
		return definition.schema === 'pg_catalog' ? definition.name : `${definition.schema}.${definition.name}`;
	}
	return undefined;
}

function quotedName(context: SystemContext, oid: number, kind: 'schema' | 'role'): string | undefined {
	const object = context.catalog.get(oid);
	return object?.kind === kind ? quoteIdentifier(object.name) : undefined;
}

/** A function whose bare name is not its alone is shown with its schema. */
function procedureName(context: SystemContext, oid: number): string | undefined {
	const one = functionByOid(context, oid);
	if (one === undefined) return undefined;
	const alone = functionsByName(context, null, one.name).length === 1 && isFunctionVisible(context, one);
	return alone ? quoteIdentifier(one.name) : `${quoteIdentifier(schemaName(context.catalog, one.schemaId))}.${quoteIdentifier(one.name)}`;
}

export function isFunctionVisible(context: SystemContext, one: KnownFunction): boolean {
	return lookupSchemas(context).some((schema) => schema.id === one.schemaId);
}

function signature(context: SystemContext, oid: number): string | undefined {
	const one = functionByOid(context, oid);
	if (one === undefined) return undefined;
	const prefix = isFunctionVisible(context, one) ? '' : `${quoteIdentifier(schemaName(context.catalog, one.schemaId))}.`;
	return `${prefix}${quoteIdentifier(one.name)}(${one.argumentOids.map((type) => displayType(context, type, -1)).join(',')})`;
}

function operatorByOid(context: SystemContext, oid: number): KnownOperator | undefined {
	return allOperators(context).find((operator) => operator.oid === oid);
}

function operatorSignature(context: SystemContext, { entry }: KnownOperator): string {
	const left = entry.leftOid === 0 ? 'NONE' : displayType(context, entry.leftOid, -1);
	return `${entry.name}(${left},${displayType(context, entry.rightOid, -1)})`;
}

/** The oid of a name; throws PostgreSQL's error when there is none, or several. Digits are the oid itself. */
export function oidOf(context: SystemContext, typeOid: number, text: string): number {
	if (/^\d+$/.test(text)) return Number(text);
	if (text === '-') return 0;
	switch (typeOid) {
		case REGCLASS.oid:
			return relationOid(context, text);
		case REGTYPE.oid:
			return typeByWrittenName(context, text);
		case REGPROC.oid:
			return procedureOid(context, text);
		case REGPROCEDURE.oid:
			return procedureBySignature(context, text);
		case REGNAMESPACE.oid:
			return namedOid(text, '3F000', 'schema', (name) => context.catalog.findSchema(name)?.id);
		case REGROLE.oid:
			return namedOid(text, '42704', 'role', (name) => context.catalog.findRole(name)?.id);
		case REGOPER.oid:
			return operatorOid(context, text);
		case REGOPERATOR.oid:
			return operatorBySignature(context, text);
		case REGCOLLATION.oid:
			return collationOid(text);
		default:
			throw sqlError('0A000', `names of type ${builtinTypes.typeByOid(typeOid)?.name ?? typeOid} are not supported`);
	}
}

function parts(text: string): string[] {
	const split = splitName(text);
	if (split === null) throw sqlError('42602', 'invalid name syntax');
	return split;
}

export function relationOid(context: SystemContext, text: string): number {
	const split = parts(text);
	const name = split.at(-1)!;
	if (split.length > 3) throw sqlError('42601', `improper relation name (too many dotted names): ${text}`);
	if (split.length === 3 && split[0] !== 'polylog') throw sqlError('0A000', `cross-database references are not implemented: "${split.join('.')}"`);
	if (split.length > 1) {
		const schema = context.catalog.findSchema(split.at(-2)!);
		if (schema === undefined) throw sqlError('3F000', `schema "${split.at(-2)}" does not exist`);
		const found = context.catalog.find(schema.id, 'relation', name)?.id ?? tableDefinitions().get(`${schema.name}.${name}`)?.oid;
		if (found === undefined) throw sqlError('42P01', `relation "${split.at(-2)}.${name}" does not exist`);
		return found;
	}
	for (const schema of lookupSchemas(context)) {
		const found = context.catalog.find(schema.id, 'relation', name)?.id ?? tableDefinitions().get(`${schema.name}.${name}`)?.oid;
		if (found !== undefined) return found;
	}
	throw sqlError('42P01', `relation "${name}" does not exist`);
}

function namedOid(text: string, sqlstate: string, kind: string, find: (name: string) => number | undefined): number {
	const split = parts(text);
	if (split.length !== 1) throw sqlError('42602', 'invalid name syntax');
	const oid = find(split[0]!);
	if (oid === undefined) throw sqlError(sqlstate, `${kind} "${split[0]}" does not exist`);
	return oid;
}

function candidates(context: SystemContext, text: string): KnownFunction[] {
	const split = parts(text);
	const name = split.at(-1)!;
	if (split.length === 1) return functionsByName(context, null, name).filter((one) => isFunctionVisible(context, one));
	const schema = context.catalog.findSchema(split.at(-2)!);
	return schema === undefined ? [] : functionsByName(context, schema.id, name);
}

function procedureOid(context: SystemContext, text: string): number {
	const found = candidates(context, text);
	if (found.length === 0) throw sqlError('42883', `function "${text}" does not exist`);
	if (found.length > 1) throw sqlError('42725', `more than one function named "${text}"`);
	return found[0]!.oid;
}

/** `name(type, type)` into its name and the oids of its types. */
function splitSignature(context: SystemContext, text: string): { readonly name: string; readonly types: readonly number[] } {
	const open = text.indexOf('(');
	if (open < 0 || !text.trimEnd().endsWith(')')) throw sqlError('22P02', 'expected a left parenthesis');
	const inner = text.slice(open + 1, text.trimEnd().length - 1).trim();
	const words = inner === '' ? [] : inner.split(/,(?![^(]*\))/);
	const types = words.map((word) => (word.trim().toLowerCase() === 'none' ? 0 : typeByWrittenName(context, word.trim())));
	return { name: text.slice(0, open).trim(), types };
}

function procedureBySignature(context: SystemContext, text: string): number {
	const { name, types } = splitSignature(context, text);
	const found = candidates(context, name).find(
		(one) => one.argumentOids.length === types.length && one.argumentOids.every((type, index) => type === types[index]),
	);
	if (found === undefined) throw sqlError('42883', `function "${text}" does not exist`);
	return found.oid;
}

function operatorOid(context: SystemContext, text: string): number {
	const name = text.slice(text.lastIndexOf('.') + 1);
	const found = allOperators(context).filter((operator) => operator.entry.name === name);
	if (found.length === 0) throw sqlError('42883', `operator does not exist: ${text}`);
	if (found.length > 1) throw sqlError('42725', `more than one operator named ${text}`);
	return found[0]!.oid;
}

function operatorBySignature(context: SystemContext, text: string): number {
	const { name, types } = splitSignature(context, text);
	const found = allOperators(context).find(({ entry }) => entry.name === name && entry.leftOid === types[0] && entry.rightOid === types[1]);
	if (found === undefined) throw sqlError('42883', `operator does not exist: ${text}`);
	return found.oid;
}

function collationOid(text: string): number {
	const name = parts(text).at(-1)!;
	for (const [oid, collation] of COLLATIONS) if (collation === name || collation.toLowerCase() === name) return oid;
	throw sqlError('42704', `collation "${name}" for encoding "UTF8" does not exist`);
}

/** null instead of an error for a name that leads nowhere: to_regclass and its kin. */
export function oidOrNull(context: SystemContext, typeOid: number, text: string): number | null {
	try {
		return oidOf(context, typeOid, text);
	} catch (error) {
		const sqlstate = (error as { readonly sqlstate?: string }).sqlstate;
		if (sqlstate === '42P01' || sqlstate === '3F000' || sqlstate === '42704' || sqlstate === '42883' || sqlstate === '42725') return null;
		throw error;
	}
}
