/**
 * A graph over tables that are there already: rows of some are its vertices, foreign keys and link tables its edges. Nothing is
 * copied, and nothing can be changed through it.
 *
 * The definition, as `polylog.create_graph(name, definition)` takes it (names of tables as in SQL, columns by name):
 *
 *     { "nodes": [{ "table": "artist", "labels": ["Artist"], "properties": ["name"] }],
 *       "relationships": [{ "table": "album", "type": "BY",
 *                           "from": { "table": "album", "column": "album_id" },
 *                           "to": { "table": "artist", "column": "artist_id" }, "properties": [] }] }
 *
 * `labels` is the table's name where left out, `properties` all columns (of a relationship: none of its ends and keys). Properties
 * may be an object as well: property → column.
 *
 * Ids: a vertex's is its key × 256 + the place of its table, so its table has a primary key of one integer column. An edge's is
 * made in the same way where its table has such a key; else the table's key is the pair of its ends, of which the id is put
 * together (7, 28 and 28 bits).
 */
import { sqlError } from '../../platform/errors.ts';
import type { ColumnObject, ObjectId, TableObject } from '../../transaction/catalog-objects.ts';
import { INT2, INT4, INT8 } from '../../value/builtin-types.ts';

export const PLACES_MAX = 256;
const PAIR_PLACES_MAX = 128;

/** Property → attribute number. */
export type OverlayProperties = readonly (readonly [property: string, attribute: number])[];

export interface OverlayNodes {
	readonly tableId: ObjectId;
	/** Attribute number of the primary key. */
	readonly key: number;
	readonly labels: readonly string[];
	readonly properties: OverlayProperties;
}

/** An end of a relationship. */
export interface OverlayEnd {
	/** Place among the nodes. */
	readonly node: number;
	/** The column with the node's key. */
	readonly column: number;
}

export interface OverlayRelationships {
	readonly tableId: ObjectId;
	readonly type: string;
	readonly from: OverlayEnd;
	readonly to: OverlayEnd;
	/** Attribute number of the table's key; 0: the pair of the ends. */
	readonly key: number;
	readonly properties: OverlayProperties;
}

export interface OverlayGraph {
	readonly nodes: readonly OverlayNodes[];
	readonly relationships: readonly OverlayRelationships[];
}

const INTEGERS = new Set([INT2.oid, INT4.oid, INT8.oid]);

type Fields = Readonly<Record<string, unknown>>;

/** Reads a definition; `findTable` resolves a table's name and throws when there is none. Throws 22023 with what is wrong with it. */
export function readOverlay(definition: unknown, findTable: (name: string) => TableObject): OverlayGraph {
	const given = fieldsOf(definition, 'the definition of a graph');
	const names: string[] = [];
	const nodes = listOf(given['nodes'], 'nodes').map((item): OverlayNodes => {
		const fields = fieldsOf(item, 'an entry of "nodes"');
		const name = textOf(fields['table'], 'table');
		names.push(name);
		const table = findTable(name);
		const key = singleKey(table);
		if (key === null) throw invalid(`table "${name}" cannot hold nodes: it has no primary key of one integer column`);
		const labels = fields['labels'] ?? fields['label'] ?? table.name;
		return {
			tableId: table.id,
			key,
			labels: (Array.isArray(labels) ? labels : [labels]).map((label) => textOf(label, 'labels')).sort(),
			properties: propertiesOf(table, fields['properties'], []),
		};
	});
	if (nodes.length > PLACES_MAX) throw invalid(`a graph is over ${PLACES_MAX} tables of nodes at most`);
	const relationships = listOf(given['relationships'] ?? [], 'relationships').map((item) => readRelationships(item, names, findTable));
	if (relationships.length > PAIR_PLACES_MAX) throw invalid(`a graph has ${PAIR_PLACES_MAX} kinds of relationships at most`);
	return { nodes, relationships };
}

function readRelationships(item: unknown, names: readonly string[], findTable: (name: string) => TableObject): OverlayRelationships {
	const fields = fieldsOf(item, 'an entry of "relationships"');
	const table = findTable(textOf(fields['table'], 'table'));
	const end = (name: 'from' | 'to'): OverlayEnd => {
		const given = fieldsOf(fields[name], `"${name}" of a relationship`);
		const nodeTable = textOf(given['table'], 'table');
		const node = names.indexOf(nodeTable);
		if (node < 0) throw invalid(`a relationship leads to "${nodeTable}", which is not among the nodes`);
		const column = columnOf(table, textOf(given['column'], 'column'));
		if (!INTEGERS.has(column.typeOid)) throw invalid(`column "${column.name}" of table "${table.name}" is no integer, as keys of nodes are`);
		return { node, column: column.number };
	};
	const [from, to] = [end('from'), end('to')];
	const key = singleKey(table);
	const pair = [...table.primaryKey].sort((a, b) => a - b).join();
	if (key === null && pair !== [from.column, to.column].sort((a, b) => a - b).join())
		throw invalid(`table "${table.name}" cannot hold relationships: its primary key is neither one integer column nor the pair of its ends`);
	const hidden = [from.column, to.column, ...table.primaryKey];
	return { tableId: table.id, type: textOf(fields['type'], 'type'), from, to, key: key ?? 0, properties: propertiesOf(table, fields['properties'], hidden) };
}

/** The primary key of one integer column; null when it is another. */
function singleKey(table: TableObject): number | null {
	const [number, ...rest] = table.primaryKey;
	if (number === undefined || rest.length > 0) return null;
	return INTEGERS.has(table.columns.find((column) => column.number === number)!.typeOid) ? number : null;
}

function propertiesOf(table: TableObject, given: unknown, hidden: readonly number[]): OverlayProperties {
	if (given === undefined) {
		const live = table.columns.filter((column) => !column.dropped && !hidden.includes(column.number));
		return live.map((column) => [column.name, column.number]);
	}
	if (Array.isArray(given)) return given.map((name) => [textOf(name, 'properties'), columnOf(table, textOf(name, 'properties')).number]);
	return Object.entries(fieldsOf(given, '"properties"')).map(([property, name]) => [property, columnOf(table, textOf(name, 'properties')).number]);
}

function columnOf(table: TableObject, name: string): ColumnObject {
	const column = table.columns.find((c) => c.name === name && !c.dropped);
	if (column === undefined) throw sqlError('42703', `column "${name}" of relation "${table.name}" does not exist`);
	return column;
}

function fieldsOf(value: unknown, what: string): Fields {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${what} must be an object`);
	return value as Fields;
}

function listOf(value: unknown, name: string): readonly unknown[] {
	if (!Array.isArray(value)) throw invalid(`"${name}" must be a list`);
	return value;
}

function textOf(value: unknown, name: string): string {
	if (typeof value !== 'string' || value === '') throw invalid(`"${name}" must be a text that is not empty`);
	return value;
}

function invalid(message: string): Error {
	return sqlError('22023', message, {
		hint: '{"nodes": [{"table", "labels", "properties"}], "relationships": [{"table", "type", "from": {"table", "column"}, "to": {"table", "column"}, "properties"}]}',
	});
}
