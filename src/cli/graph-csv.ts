/**
 * CSV files of nodes and relationships whose header says what each field is, in the form of neo4j-admin: `name:type`, `:ID`, `key:ID(space)`, `:LABEL`,
 * `:START_ID(space)`, `:END_ID(space)`, `:TYPE`, `:IGNORE`. Types are int, float, boolean, string (the default), date and so on, with `[]` for lists,
 * whose parts are cut at semicolons; labels are as well. An empty field is no property.
 *
 * Source: Neo4j operations manual, "neo4j-admin database import", "CSV header format".
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { CsvRecords } from '../encoding/csv-records.ts';
import { InputError, PolylogError } from '../platform/errors.ts';
import type { DynamicValue } from '../value/dynamic.ts';
import { type FieldReader, headerReader } from './csv-values.ts';
import type { GraphLoader, RowTaker } from './graph-loader.ts';

const PIECE_BYTES = 1 << 18;

/** Told of bytes read. */
export type OnBytes = (count: number) => void;

/** A file, and the labels or the type that all of its rows have. */
export interface GraphFile {
	readonly path: string;
	readonly names: readonly string[];
}

interface Field {
	readonly role: 'property' | 'ID' | 'LABEL' | 'START_ID' | 'END_ID' | 'TYPE' | 'IGNORE';
	readonly name: string;
	readonly space: string;
	readonly read: FieldReader;
}

/** `Label:Other=file.csv` or `file.csv`. */
export function graphFile(argument: string): GraphFile {
	const at = argument.indexOf('=');
	return at < 0
		? { path: argument, names: [] }
		: {
				path: argument.slice(at + 1),
				names: argument
					.slice(0, at)
					.split(':')
					.filter((name) => name !== ''),
			};
}

export function fileBytes(files: readonly GraphFile[]): number {
	return files.reduce((sum, { path }) => sum + statSync(path).size, 0);
}

/** Records of a file, the first of them too. */
export function* fileRecords(path: string, onBytes: OnBytes): Generator<(string | null)[]> {
	const file = openSync(path, 'r');
	try {
		const read = (): Uint8Array | null => {
			const piece = new Uint8Array(PIECE_BYTES);
			const count = readSync(file, piece);
			onBytes(count);
			return count === 0 ? null : piece.subarray(0, count);
		};
		yield* new CsvRecords(read, ',').records();
	} finally {
		closeSync(file);
	}
}

function fieldOf(text: string): Field {
	const at = text.lastIndexOf(':');
	const name = at < 0 ? text : text.slice(0, at);
	const kind = at < 0 ? '' : text.slice(at + 1);
	const role = /^(ID|LABEL|START_ID|END_ID|TYPE|IGNORE)(?:\(([^)]*)\))?$/.exec(kind);
	if (role !== null) return { role: role[1] as Field['role'], name, space: role[2] ?? '', read: headerReader('string') };
	return { role: 'property', name, space: '', read: headerReader(kind === '' ? 'string' : kind) };
}

/** The header of a file, with the fields that rows have. */
function readHeader(path: string, record: readonly (string | null)[] | undefined): readonly Field[] {
	if (record === undefined) throw new InputError('input', `${path} has no header line`);
	return record.map((text) => fieldOf(text ?? ''));
}

/** Values of the fields that are properties: those with a name. */
function propertiesOf(fields: readonly Field[]): readonly number[] {
	return fields.flatMap((field, index) => (field.name !== '' && (field.role === 'property' || field.role === 'ID') ? [index] : []));
}

export async function loadNodes(loader: GraphLoader, file: GraphFile, onBytes: OnBytes): Promise<void> {
	const records = fileRecords(file.path, onBytes);
	const fields = readHeader(file.path, records.next().value ?? undefined);
	const idAt = fields.findIndex((field) => field.role === 'ID');
	const labelAt = fields.findIndex((field) => field.role === 'LABEL');
	const properties = propertiesOf(fields);
	const names = properties.map((at) => fields[at]!.name);
	const space = idAt < 0 ? null : fields[idAt]!.space;
	await eachRow(file, records, (record, batches) => {
		const own = labelAt < 0 ? [] : (record[labelAt] ?? '').split(';').filter((label) => label !== '');
		const labels = [...new Set([...file.names, ...own])];
		const batch = batches(labels.join('\0'), () => loader.nodes({ labels, properties: names, space }));
		return batch.add(valuesOf(fields, properties, record), idAt < 0 ? [] : [record[idAt] ?? null]);
	});
}

export async function loadRelationships(loader: GraphLoader, file: GraphFile, onBytes: OnBytes): Promise<void> {
	const records = fileRecords(file.path, onBytes);
	const fields = readHeader(file.path, records.next().value ?? undefined);
	const place = (role: Field['role']): number => fields.findIndex((field) => field.role === role);
	const [fromAt, toAt, typeAt] = [place('START_ID'), place('END_ID'), place('TYPE')];
	if (fromAt < 0 || toAt < 0) throw new InputError('input', `${file.path} has no fields :START_ID and :END_ID`);
	if (typeAt < 0 && file.names.length !== 1)
		throw new InputError('input', `${file.path} has no field :TYPE`, { hint: 'Name the type: --relationships TYPE=FILE.' });
	const properties = propertiesOf(fields);
	const names = properties.map((at) => fields[at]!.name);
	await eachRow(file, records, (record, batches) => {
		const type = (typeAt < 0 ? null : record[typeAt]) ?? file.names[0];
		if (type === undefined) throw new InputError('input', 'a relationship has no type');
		const shape = { type, properties: names, fromSpace: fields[fromAt]!.space, toSpace: fields[toAt]!.space };
		return batches(type, () => loader.relationships(shape)).add(valuesOf(fields, properties, record), [record[fromAt] ?? null, record[toAt] ?? null]);
	});
}

/** Calls `take` with each record; what goes wrong is told with file and record. At the end all batches are sent. */
async function eachRow(
	file: GraphFile,
	records: Generator<(string | null)[]>,
	take: (record: readonly (string | null)[], batches: (key: string, make: () => RowTaker) => RowTaker) => Promise<void> | null,
): Promise<void> {
	const open = new Map<string, RowTaker>();
	const batches = (key: string, make: () => RowTaker): RowTaker => {
		let batch = open.get(key);
		if (batch === undefined) open.set(key, (batch = make()));
		return batch;
	};
	let number = 1;
	try {
		for (const record of records) {
			number++;
			const wait = take(record, batches);
			if (wait !== null) await wait;
		}
		for (const batch of open.values()) await batch.end();
	} catch (error) {
		if (!(error instanceof PolylogError)) throw error;
		throw new InputError('input', `${file.path}, at or before record ${number}: ${error.message}`, { cause: error });
	}
}

function valuesOf(fields: readonly Field[], places: readonly number[], record: readonly (string | null)[]): DynamicValue[] {
	return places.map((at) => {
		const text = record[at] ?? null;
		return text === null ? null : fields[at]!.read(text);
	});
}
