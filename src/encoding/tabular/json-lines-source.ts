/**
 * JSON lines as rows: an object a line, its fields by name. Columns are the fields of the first rows (`SAMPLE_ROWS`), or those that are asked for; a field that comes
 * up later and is none of them makes its row unreadable, since passing it over would lose it. Numbers stay exact.
 */
import { sqlError } from '../../platform/errors.ts';
import { JSON_NULL, type Jsonb, JsonbObject, parseJsonb } from '../../value/jsonb.ts';
import { FILE_START, type FileBytes, jsonColumn, type StartPlace, type TabularBatch, type TabularColumn, type TabularSource } from './tabular-source.ts';
import { reasonOf, textBatches } from './text-batch.ts';
import { SAMPLE_ROWS, typeForJson } from './text-inference.ts';
import { TextRecords } from './text-records.ts';

export function openJsonLines(file: FileBytes, name: string): TabularSource {
	const columns = sampledColumns(file, name);
	if (columns.length === 0) throw sqlError('22P04', `${name} holds no JSON objects`);
	return new JsonLinesSource(file, name, columns);
}

function sampledColumns(file: FileBytes, name: string): TabularColumn[] {
	const records = new TextRecords(file, name, false, FILE_START);
	const byName = new Map<string, Jsonb[]>();
	for (let count = 0; count < SAMPLE_ROWS && records.next(); count++) {
		const object = readObject(records.bytes);
		if (typeof object !== 'string') for (const [at, key] of object.keys.entries()) valuesOf(byName, key).push(object.values[at]!);
	}
	// In the order that the first object that has them is written in, which a jsonb tree does not keep.
	return orderedNames(file, name, [...byName.keys()]).map((key) => jsonColumn(key, typeForJson(byName.get(key)!)));
}

function valuesOf(byName: Map<string, Jsonb[]>, key: string): Jsonb[] {
	const values = byName.get(key) ?? [];
	byName.set(key, values);
	return values;
}

function orderedNames(file: FileBytes, name: string, names: readonly string[]): string[] {
	const records = new TextRecords(file, name, false, FILE_START);
	const ordered = new Set<string>();
	while (ordered.size < names.length && records.next()) {
		const object = readObject(records.bytes);
		if (typeof object !== 'string') for (const key of Object.keys(JSON.parse(decoded(records.bytes)) as object)) if (names.includes(key)) ordered.add(key);
	}
	return [...ordered];
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decoded(bytes: Uint8Array): string {
	return utf8.decode(bytes);
}

/** The object of a line, or why there is none. */
function readObject(bytes: Uint8Array): JsonbObject | string {
	try {
		const value = parseJsonb(decoded(bytes));
		return value instanceof JsonbObject ? value : 'the line is not a JSON object';
	} catch (error) {
		return `the line is not JSON: ${reasonOf(error)}`;
	}
}

class JsonLinesSource implements TabularSource {
	readonly columns: readonly TabularColumn[];
	readonly bytesTotal: number;
	readonly #file: FileBytes;
	readonly #name: string;
	readonly #places: ReadonlyMap<string, number>;

	constructor(file: FileBytes, name: string, columns: readonly TabularColumn[]) {
		this.#file = file;
		this.#name = name;
		this.columns = columns;
		this.bytesTotal = file.byteLength;
		this.#places = new Map(columns.map((c, i) => [c.name, i]));
	}

	batches(start: StartPlace): AsyncGenerator<TabularBatch> {
		const records = new TextRecords(this.#file, this.#name, false, start);
		return textBatches(records, start.row, this.columns.length, (bytes) => this.#values(bytes));
	}

	#values(bytes: Uint8Array): unknown[] | string {
		const object = readObject(bytes);
		if (typeof object === 'string') return object;
		const values = new Array<unknown>(this.columns.length).fill(null);
		for (let i = 0; i < object.keys.length; i++) {
			const place = this.#places.get(object.keys[i]!);
			if (place === undefined) return `the field ${JSON.stringify(object.keys[i])} is in none of the first ${SAMPLE_ROWS} rows`;
			const value = object.values[i]!;
			values[place] = value === JSON_NULL ? null : value;
		}
		return values;
	}
}
