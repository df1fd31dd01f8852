/** Types by their names as SQL writes them: `integer`, `character varying(10)`, `timestamp(3) with time zone[]`, `app.mood`. */
import { sqlError } from '../../platform/errors.ts';
import { builtinTypes } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { lookupSchemas, splitName } from './object-names.ts';
import type { SystemContext } from './system-table.ts';

/** Names of the SQL standard → internal names. */
const STANDARD_NAMES: ReadonlyMap<string, string> = new Map([
	['integer', 'int4'],
	['int', 'int4'],
	['smallint', 'int2'],
	['bigint', 'int8'],
	['real', 'float4'],
	['float', 'float8'],
	['double precision', 'float8'],
	['decimal', 'numeric'],
	['dec', 'numeric'],
	['boolean', 'bool'],
	['character varying', 'varchar'],
	['char varying', 'varchar'],
	['national character varying', 'varchar'],
	['character', 'bpchar'],
	['char', 'bpchar'],
	['national character', 'bpchar'],
	['nchar', 'bpchar'],
	['bit varying', 'varbit'],
	['timestamp without time zone', 'timestamp'],
	['timestamp with time zone', 'timestamptz'],
	['time without time zone', 'time'],
	['time with time zone', 'timetz'],
]);

/** The oid of a type; throws 42704 when there is none. A modifier is read and left aside. */
export function typeByWrittenName(context: SystemContext, text: string): number {
	const match = /^(.*?)((?:\s*\[\d*\])*)\s*$/s.exec(text.trim())!;
	const name = match[1]!.replace(/\s*\(\s*\d+(?:\s*,\s*-?\d+)?\s*\)/, '').trim();
	const type = findType(context, name);
	if (type === undefined) throw sqlError('42704', `type "${name}" does not exist`);
	if (match[2] === '') return type.oid;
	if (type.arrayOid === 0) throw sqlError('42704', `type "${text}" does not exist`);
	return type.arrayOid;
}

function findType(context: SystemContext, name: string): Type | undefined {
	const standard = STANDARD_NAMES.get(name.toLowerCase().replace(/\s+/g, ' '));
	if (standard !== undefined) return builtinTypes.byName(standard);
	const parts = splitName(name);
	if (parts === null) throw sqlError('42601', `syntax error at or near "${name}"`);
	const last = parts.at(-1)!;
	if (parts.length > 1) return typeInSchema(context, parts.at(-2)!, last);
	for (const schema of lookupSchemas(context)) {
		const found = typeInSchema(context, schema.name, last);
		if (found !== undefined) return found;
	}
	return undefined;
}

function typeInSchema(context: SystemContext, schemaName: string, name: string): Type | undefined {
	const builtin = builtinTypes.byName(name);
	if (builtin !== undefined && builtin.schema === schemaName) return builtin;
	const schema = context.catalog.findSchema(schemaName);
	if (schema === undefined) return undefined;
	const object = context.catalog.find(schema.id, 'type', name);
	if (object !== undefined) return context.catalog.typeByOid(object.id);
	if (!name.startsWith('_')) return undefined;
	const element = context.catalog.find(schema.id, 'type', name.slice(1));
	return element?.kind === 'type' ? context.catalog.typeByOid(element.arrayOid) : undefined;
}
