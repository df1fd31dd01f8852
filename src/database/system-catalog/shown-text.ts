/**
 * Stored texts as they are shown: names with their schema where the search path does not lead to them, literals of defaults with
 * their type, as PostgreSQL shows them, so that the text means the same wherever it is read (pg_dump reads it without a path).
 */
import type { AstNode, RangeVar } from '../../language/sql/ast.ts';
import { deparseExpression } from '../../language/sql/deparse.ts';
import { parseSql } from '../../language/sql/parser.ts';
import { type NameRewriter, rewriteNames } from '../../language/sql/rename-in-text.ts';
import type { CatalogObject, ColumnObject, SchemaObject } from '../../transaction/catalog-objects.ts';
import { BOOL, BPCHAR, INT4, NUMERIC } from '../../value/builtin-types.ts';
import { displayName, displayType, isRelation, isVisible, type NameScope, objectsOf, schemaName, splitName } from './object-names.ts';

/** How the names in a text are shown that was written under `path`. */
export function shownNames(context: NameScope, path: readonly string[]): NameRewriter {
	const { catalog } = context;
	const schemas = path.map((name) => catalog.findSchema(name)).filter((s): s is SchemaObject => s?.kind === 'schema');
	const find = (space: 'relation' | 'type', schema: string | undefined, name: string): CatalogObject | undefined => {
		const where = schema ? [catalog.findSchema(schema)] : schemas;
		for (const one of where) {
			const found = one === undefined ? undefined : catalog.find(one.id, space, name);
			if (found !== undefined) return found;
		}
		return undefined;
	};
	return {
		rangeVar(node: RangeVar, hidden) {
			if (!node.schemaname && hidden.has(node.relname ?? '')) return node;
			const object = find('relation', node.schemaname, node.relname ?? '');
			if (object === undefined) return node;
			const { schemaname: _before, ...rest } = node;
			return isVisible(context, object) && !hidden.has(object.name) ? rest : { ...rest, schemaname: schemaName(catalog, object.schemaId) };
		},
		type(names) {
			const object = find('type', names.length > 1 ? names.at(-2) : undefined, names.at(-1) ?? '');
			if (object === undefined) return names;
			return isVisible(context, object) ? [object.name] : [schemaName(catalog, object.schemaId), object.name];
		},
		function(names) {
			if (names.length !== 1) return names;
			const schema = schemas.find((s) => catalog.functions(s.id, names[0]!).length > 0);
			return schema === undefined || context.searchPath.includes(schema.name) ? names : [schema.name, names[0]!];
		},
	};
}

/** The schemas in which the names of an expression that belongs to an object are looked for: no path was kept with it. */
export function expressionPath(context: NameScope, schemaId: number): readonly string[] {
	const all = objectsOf(context.catalog, 'schema').map((s) => s.name);
	return [...new Set([schemaName(context.catalog, schemaId), 'public', ...all])].filter((name) => name !== 'pg_catalog' && name !== 'information_schema');
}

/** A cast or a call: something with a name that a schema may belong to. */
const HAS_NAMES = /::|[\w"]\s*\(/;

/** An expression that belongs to a table, a domain or an index. */
export function shownExpression(context: NameScope, text: string, schemaId: number): string {
	if (!HAS_NAMES.test(text)) return text;
	const sequences = withSequences(context, text);
	const node = parseSql(`SELECT ${sequences}`)[0]?.node.SelectStmt?.targetList?.[0] as AstNode | undefined;
	if (node?.ResTarget?.val === undefined) return sequences;
	return deparseExpression(rewriteNames(node.ResTarget.val as AstNode, shownNames(context, expressionPath(context, schemaId))));
}

/** Sequences are kept by their ids, or by the names they were given. */
function withSequences(context: NameScope, text: string): string {
	const shown = (object: CatalogObject): string => `'${displayName(context, object).replaceAll("'", "''")}'::regclass`;
	return text
		.replace(/'(\d+)'::regclass/g, (whole, id: string) => {
			const object = context.catalog.get(Number(id));
			return object === undefined ? whole : shown(object);
		})
		.replace(/\bnextval\('((?:[^']|'')+)'(?:::regclass)?\)/g, (whole, name: string) => {
			const object = relationNamed(context, name.replaceAll("''", "'"));
			return object === undefined ? whole : `nextval(${shown(object)})`;
		});
}

/** A relation by a name in a text, with or without schema. */
function relationNamed(context: NameScope, name: string): CatalogObject | undefined {
	const parts = splitName(name) ?? [];
	const schemas = parts.length > 1 ? [parts.at(-2)!] : expressionPath(context, 0);
	for (const schema of schemas) {
		const id = context.catalog.findSchema(schema)?.id;
		const found = id === undefined ? undefined : context.catalog.find(id, 'relation', parts.at(-1) ?? '');
		if (isRelation(found)) return found;
	}
	return undefined;
}

/** The sequences that a default draws from. */
export function sequencesOf(context: NameScope, text: string): number[] {
	if (!text.includes('nextval(')) return [];
	const ids = [...text.matchAll(/'(\d+)'::regclass/g)].map((m) => Number(m[1]));
	for (const m of text.matchAll(/\bnextval\('((?:[^'0-9]|'')(?:[^']|'')*)'/g)) {
		const object = relationNamed(context, m[1]!.replaceAll("''", "'"));
		if (object !== undefined) ids.push(object.id);
	}
	return ids.filter((id) => context.catalog.get(id)?.kind === 'sequence');
}

/** A column's default or generation expression; literals of defaults carry the column's type. */
export function shownDefault(context: NameScope, column: ColumnObject, text: string, schemaId: number): string {
	if (column.generatedText !== null) return shownExpression(context, text, schemaId);
	const type = (): string => (column.typeOid === BPCHAR.oid ? 'bpchar' : displayType(context, column.typeOid, -1));
	const negative = /^\((-\d+(\.\d+)?)\)$/.exec(text);
	if (negative !== null) return `'${negative[1]}'::${negative[2] === undefined ? 'integer' : displayType(context, NUMERIC.oid, -1)}`;
	const literal = /^'((?:[^']|'')*)'$/.exec(text);
	if (literal === null) return shownExpression(context, text, schemaId);
	if (column.typeOid === INT4.oid && /^\d+$/.test(literal[1]!)) return literal[1]!;
	if (column.typeOid === BOOL.oid) return /^\s*(?:t|tr|tru|true|y|ye|yes|on|1)\s*$/i.test(literal[1]!) ? 'true' : 'false';
	return `${text}::${type()}`;
}
