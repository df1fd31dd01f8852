/**
 * An exported Kuzu database (`EXPORT DATABASE 'directory'`) as nodes and relationships: `schema.cypher` tells the tables, `copy.cypher` which file holds
 * what, as CSV or Parquet. Node tables become labels, relationship tables types, columns properties.
 *
 * A relationship file has the primary keys of its ends before its properties. Structs, maps, unions and lists of them, which no property is, become their
 * text; decimals become floats, timestamps local datetimes. CSV keeps lists of texts as `[a,b]`, without quotes: a text with a comma in a list comes out as two,
 * which Parquet exports do not have.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type AsyncBuffer, asyncBufferFromFile, parquetMetadataAsync, parquetRead } from 'hyparquet';
import { cypherStatements } from '../language/cypher/script.ts';
import { InputError, PolylogError } from '../platform/errors.ts';
import { type DynamicValue, floatValue } from '../value/dynamic.ts';
import { fromBigInt } from '../value/int8.ts';
import { CypherDate } from '../value/temporal/cypher-date.ts';
import { CypherDateTime } from '../value/temporal/cypher-date-time.ts';
import { CypherDuration } from '../value/temporal/cypher-duration.ts';
import { CypherLocalDateTime } from '../value/temporal/cypher-local-date-time.ts';
import { parseDate, parseDateTime, parseLocalDateTime } from '../value/temporal/temporal-text.ts';
import { UTC_ZONE } from '../value/temporal/temporal-zone.ts';
import { type FieldReader, readBoolean, readFloat, readInteger } from './csv-values.ts';
import { fileRecords, type OnBytes } from './graph-csv.ts';
import { type GraphLoader, type RowTaker, uniqueConstraint } from './graph-loader.ts';

interface Column {
	readonly name: string;
	readonly type: string;
}

interface NodeTable {
	readonly kind: 'node';
	readonly name: string;
	readonly columns: readonly Column[];
	readonly key: string;
}

interface RelationshipTable {
	readonly kind: 'relationship';
	readonly name: string;
	readonly columns: readonly Column[];
}

/** One COPY of `copy.cypher`. */
interface Copy {
	readonly table: string;
	readonly columns: readonly string[];
	readonly file: string;
	readonly options: ReadonlyMap<string, string>;
}

export interface KuzuExport {
	readonly directory: string;
	readonly tables: ReadonlyMap<string, NodeTable | RelationshipTable>;
	readonly copies: readonly Copy[];
	/** Statements of the schema that have no meaning here: sequences, macros. */
	readonly skipped: readonly string[];
}

const NAME = '(?:`((?:[^`]|``)*)`|(\\w+))';

/** Reads the two scripts. Throws 'input' for what is no export. */
export function readKuzuExport(directory: string): KuzuExport {
	const tables = new Map<string, NodeTable | RelationshipTable>();
	const skipped: string[] = [];
	for (const { text } of cypherStatements(scriptOf(directory, 'schema.cypher'))) {
		const match = new RegExp(`^CREATE\\s+(NODE|REL)\\s+TABLE\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?${NAME}\\s*\\(([\\s\\S]*)\\)$`, 'i').exec(text);
		if (match === null) {
			skipped.push(text);
			continue;
		}
		const name = nameOf(match[2], match[3]);
		tables.set(name, tableOf(match[1]!.toUpperCase() === 'NODE', name, splitAtCommas(match[4]!)));
	}
	const copies = [...cypherStatements(scriptOf(directory, 'copy.cypher'))].map(({ text }) => copyOf(text));
	return { directory, tables, copies, skipped };
}

function scriptOf(directory: string, name: string): string {
	try {
		return readFileSync(join(directory, name), 'utf8');
	} catch (error) {
		throw new InputError('input', `${directory} is no export of Kuzu: ${name} cannot be read`, {
			cause: error,
			hint: "Make one with EXPORT DATABASE 'directory'.",
		});
	}
}

function nameOf(inTicks: string | undefined, plain: string | undefined): string {
	return inTicks === undefined ? plain! : inTicks.replaceAll('``', '`');
}

function tableOf(isNode: boolean, name: string, parts: readonly string[]): NodeTable | RelationshipTable {
	const columns: Column[] = [];
	let key = '';
	for (const part of parts) {
		const primary = new RegExp(`^PRIMARY\\s+KEY\\s*\\(\\s*${NAME}\\s*\\)$`, 'i').exec(part);
		const column = new RegExp(`^${NAME}\\s+([A-Za-z][\\s\\S]*)$`).exec(part);
		if (primary !== null) key = nameOf(primary[1], primary[2]);
		else if (column !== null && !/^(FROM\s|(MANY|ONE)_(MANY|ONE)$)/i.test(part)) {
			columns.push({ name: nameOf(column[1], column[2]), type: column[3]!.replace(/\s+(DEFAULT|PRIMARY)\s[\s\S]*$/i, '').trim() });
		}
	}
	return isNode ? { kind: 'node', name, columns, key } : { kind: 'relationship', name, columns };
}

/** Cuts at commas outside of brackets, names in backticks and strings. */
function splitAtCommas(text: string): string[] {
	const parts: string[] = [];
	let depth = 0;
	let start = 0;
	let quote = '';
	for (let at = 0; at <= text.length; at++) {
		const character = text[at] ?? ',';
		if (quote !== '') {
			if (character === quote) quote = '';
		} else if ('`\'"'.includes(character)) quote = character;
		else if ('([{'.includes(character)) depth++;
		else if (')]}'.includes(character)) depth--;
		else if (character === ',' && depth === 0) {
			const part = text.slice(start, at).trim();
			if (part !== '') parts.push(part);
			start = at + 1;
		}
	}
	return parts;
}

function copyOf(text: string): Copy {
	const match = new RegExp(`^COPY\\s+${NAME}\\s*(?:\\(([\\s\\S]*?)\\))?\\s*FROM\\s+"([^"]*)"\\s*(?:\\(([\\s\\S]*)\\))?$`, 'i').exec(text);
	if (match === null) throw new InputError('input', `copy.cypher has a statement that is not understood: ${text}`);
	const options = new Map<string, string>();
	for (const part of splitAtCommas(match[5] ?? '')) {
		const at = part.indexOf('=');
		options.set(
			part.slice(0, at).trim().toLowerCase(),
			part
				.slice(at + 1)
				.trim()
				.replace(/^(['"])([\s\S]*)\1$/, '$2'),
		);
	}
	const columns = splitAtCommas(match[3] ?? '').map((name) => name.replace(/^`([\s\S]*)`$/, '$1').replaceAll('``', '`'));
	return { table: nameOf(match[1], match[2]), columns, file: match[4]!, options };
}

export function exportBytes({ directory, copies }: KuzuExport): number {
	return copies.reduce((sum, { file }) => sum + statSync(join(directory, file)).size, 0);
}

/** The statements that make constraints of primary keys. */
export function kuzuConstraints({ tables }: KuzuExport): string[] {
	return [...tables.values()].flatMap((table) => (table.kind === 'node' && table.key !== '' ? [uniqueConstraint(table.name, table.key)] : []));
}

/** Loads nodes, then relationships. */
export async function loadKuzuExport(loader: GraphLoader, source: KuzuExport, onBytes: OnBytes): Promise<void> {
	const ofKind = (kind: 'node' | 'relationship'): readonly Copy[] => source.copies.filter((copy) => tableFor(source, copy.table).kind === kind);
	for (const copy of [...ofKind('node'), ...ofKind('relationship')]) {
		try {
			await loadCopy(loader, source, copy, onBytes);
		} catch (error) {
			if (!(error instanceof PolylogError)) throw error;
			throw new InputError('input', `${copy.file}: ${error.message}`, { cause: error, ...(error.hint === undefined ? {} : { hint: error.hint }) });
		}
	}
}

function tableFor(source: KuzuExport, name: string): NodeTable | RelationshipTable {
	const table = source.tables.get(name);
	if (table === undefined) throw new InputError('input', `schema.cypher has no table ${name}`);
	return table;
}

function nodeTable(source: KuzuExport, name: string | undefined): NodeTable {
	const table = tableFor(source, name ?? '');
	if (table.kind !== 'node') throw new InputError('input', `${table.name} is no table of nodes`);
	return table;
}

async function loadCopy(loader: GraphLoader, source: KuzuExport, copy: Copy, onBytes: OnBytes): Promise<void> {
	const table = tableFor(source, copy.table);
	const columns = copy.columns.map((name) => table.columns.find((column) => column.name === name) ?? { name, type: 'STRING' });
	const properties = columns.map((column) => column.name);
	let batch: RowTaker;
	let types: readonly string[];
	let keyPlaces: readonly number[];
	if (table.kind === 'node') {
		batch = loader.nodes({ labels: [table.name], properties, space: table.name });
		types = columns.map((column) => column.type);
		keyPlaces = [properties.indexOf(table.key)];
	} else {
		const [from, to] = [nodeTable(source, copy.options.get('from')), nodeTable(source, copy.options.get('to'))];
		batch = loader.relationships({ type: table.name, properties, fromSpace: from.name, toSpace: to.name });
		types = [keyType(from), keyType(to), ...columns.map((column) => column.type)];
		keyPlaces = [0, 1];
	}
	const first = table.kind === 'node' ? 0 : 2;
	const take = (values: readonly DynamicValue[]): Promise<void> | null =>
		batch.add(
			values.slice(first),
			keyPlaces.map((place) => keyOf(values[place] ?? null)),
		);
	const path = join(source.directory, copy.file);
	if (/\.parquet$/i.test(copy.file)) await parquetRows(path, types, take, onBytes);
	else await csvRows(path, copy.options, types, take, onBytes);
	await batch.end();
}

function keyType(table: NodeTable): string {
	return table.columns.find((column) => column.name === table.key)?.type ?? 'STRING';
}

/** Keys are compared by value: objects by their text. */
function keyOf(value: DynamicValue): unknown {
	return typeof value === 'object' && value !== null ? String(value) : value;
}

async function csvRows(
	path: string,
	options: ReadonlyMap<string, string>,
	types: readonly string[],
	take: (values: readonly DynamicValue[]) => Promise<void> | null,
	onBytes: OnBytes,
): Promise<void> {
	for (const [name, usual] of [
		['delim', ','],
		['quote', '"'],
		['escape', '"'],
	] as const) {
		const given = options.get(name);
		if (given !== undefined && given !== usual)
			throw new InputError('input', `the CSV option ${name}=${given} is not supported`, { hint: 'Export with the usual options, or as Parquet.' });
	}
	const readers = types.map(readerOf);
	const records = fileRecords(path, onBytes);
	if (/^true$/i.test(options.get('header') ?? 'false')) records.next();
	for (const record of records) {
		const wait = take(readers.map((read, index) => (record[index] === null || record[index] === undefined ? null : read(record[index]))));
		if (wait !== null) await wait;
	}
}

/** How the texts of a type are read. */
function readerOf(type: string): FieldReader {
	const upper = type.toUpperCase();
	const list = /^(.*)\[\d*\]$/.exec(upper);
	if (list !== null) {
		if (isNested(list[1]!)) return (text) => text;
		const read = readerOf(list[1]!);
		return (text) => splitAtCommas(text.replace(/^\[/, '').replace(/\]$/, '')).map((part) => read(part));
	}
	if (/^(U?INT\d*|SERIAL)$/.test(upper)) return readInteger;
	if (/^(DOUBLE|FLOAT|DECIMAL)\b/.test(upper)) return readFloat;
	switch (upper) {
		case 'BOOL':
		case 'BOOLEAN':
			return readBoolean;
		case 'DATE':
			return (text) => parseDate(text);
		case 'TIMESTAMP_TZ':
			return (text) => parseDateTime(text.trim().replace(' ', 'T'), UTC_ZONE);
		case 'TIMESTAMP':
		case 'TIMESTAMP_NS':
		case 'TIMESTAMP_MS':
		case 'TIMESTAMP_SEC':
			return (text) => parseLocalDateTime(text.trim().replace(' ', 'T'));
		case 'INTERVAL':
			return readInterval;
		default:
			return (text) => text;
	}
}

/** A type that no list of a property may have. */
function isNested(type: string): boolean {
	return /[[(]/.test(type);
}

const INTERVAL_UNITS: ReadonlyMap<string, readonly [months: number, days: number]> = new Map([
	['year', [12, 0]],
	['month', [1, 0]],
	['day', [0, 1]],
]);

/** `1 year 2 days 03:00:00.5`. */
function readInterval(text: string): CypherDuration {
	let months = 0;
	let days = 0;
	let microseconds = 0;
	const rest = text.replace(/(-?\d+) (year|month|day)s?/g, (_whole, count: string, unit: string) => {
		const [perMonth, perDay] = INTERVAL_UNITS.get(unit)!;
		months += Number(count) * perMonth;
		days += Number(count) * perDay;
		return '';
	});
	const time = /^(-?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/.exec(rest.trim());
	if (time !== null) {
		const seconds = Number(time[2]) * 3600 + Number(time[3]) * 60 + Number(time[4]);
		microseconds = (seconds * 1_000_000 + Number((time[5] ?? '').padEnd(6, '0'))) * (time[1] === '-' ? -1 : 1);
	} else if (rest.trim() !== '') throw new InputError('input', `"${text}" is no interval`);
	const seconds = Math.trunc(microseconds / 1_000_000);
	return CypherDuration.of(months, days, seconds, (microseconds - seconds * 1_000_000) * 1000);
}

async function parquetRows(
	path: string,
	types: readonly string[],
	take: (values: readonly DynamicValue[]) => Promise<void> | null,
	onBytes: OnBytes,
): Promise<void> {
	const file: AsyncBuffer = await asyncBufferFromFile(path);
	const metadata = await parquetMetadataAsync(file);
	const converters = types.map(parquetConverter);
	let rowStart = 0;
	for (const group of metadata.row_groups) {
		const rowEnd = rowStart + Number(group.num_rows);
		let rows: readonly (readonly unknown[])[] = [];
		try {
			await parquetRead({
				file,
				metadata,
				rowStart,
				rowEnd,
				parsers: PARQUET_PARSERS,
				onComplete: (complete) => void (rows = complete as unknown as unknown[][]),
			});
		} catch (error) {
			throw new InputError('input', `the file cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
				cause: error,
				hint: 'Export as CSV.',
			});
		}
		for (const row of rows) {
			const wait = take(converters.map((convert, index) => convert(row[index])));
			if (wait !== null) await wait;
		}
		rowStart = rowEnd;
		onBytes(Math.round(file.byteLength / metadata.row_groups.length));
	}
}

/** Times stay exact. */
const PARQUET_PARSERS = {
	timestampFromMilliseconds: (value: bigint) => localDateTime(value, 1000n),
	timestampFromMicroseconds: (value: bigint) => localDateTime(value, 1_000_000n),
	timestampFromNanoseconds: (value: bigint) => localDateTime(value, 1_000_000_000n),
	dateFromDays: (value: number) => CypherDate.ofEpochDay(value),
};

function localDateTime(value: bigint, perSecond: bigint): CypherLocalDateTime {
	const fraction = ((value % perSecond) + perSecond) % perSecond;
	return CypherLocalDateTime.ofEpochSecond(fromBigInt((value - fraction) / perSecond), Number(fraction * (1_000_000_000n / perSecond)));
}

/** What Parquet gives for a type as a value. */
function parquetConverter(type: string): (value: unknown) => DynamicValue {
	const upper = type.toUpperCase();
	const isFloat = /^(DOUBLE|FLOAT|DECIMAL)\b/.test(upper);
	const convert = (value: unknown): DynamicValue => {
		if (value === null || value === undefined) return null;
		if (typeof value === 'bigint') return fromBigInt(value);
		if (typeof value === 'number') return isFloat || !Number.isInteger(value) ? floatValue(value) : value;
		if (upper === 'TIMESTAMP_TZ' && value instanceof CypherLocalDateTime) return CypherDateTime.ofEpochSecond(value.epochSecond, value.nanosecond, UTC_ZONE);
		if (value instanceof Date)
			return CypherLocalDateTime.ofEpochSecond(Math.floor(value.getTime() / 1000), (((value.getTime() % 1000) + 1000) % 1000) * 1_000_000);
		if (typeof value === 'string' || typeof value === 'boolean' || value instanceof Uint8Array) return value;
		if (value instanceof CypherDate || value instanceof CypherLocalDateTime) return value;
		return jsonText(value);
	};
	const list = /^(.*)\[\d*\]$/.exec(upper);
	if (list === null || isNested(list[1]!)) return convert;
	const element = parquetConverter(list[1]!);
	return (value) => (Array.isArray(value) ? value.filter((part) => part !== null && part !== undefined).map(element) : convert(value));
}

/** What no property is, as text. */
function jsonText(value: unknown): string {
	return JSON.stringify(value, (_key, part: unknown) =>
		typeof part === 'bigint' ? Number(part) : part instanceof CypherDate || part instanceof CypherLocalDateTime ? String(part) : part,
	);
}
