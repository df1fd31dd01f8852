/**
 * Avro object container files as rows: a block at a time. avsc decodes the datums; the container is read here, as avsc has it only as streams of whole files.
 *
 * Format: Avro 1.12, "Object Container Files": `Obj` 1, a map of metadata (the schema, the codec), 16 bytes that end each block; blocks of a count, a length and the data.
 */
import { crc32, inflateRawSync } from 'node:zlib';
import { PolylogError, sqlError } from '../../platform/errors.ts';
import { type AvroColumn, avroColumns, isRecord } from './avro-columns.ts';
import { exactLong, loadAvsc, plainLongs } from './avsc.ts';
import { type FileBytes, plainBatch, type StartPlace, type TabularBatch, type TabularSource } from './tabular-source.ts';

const MAGIC = 'Obj\u0001';
const SYNC_BYTES = 16;
const HEADER_BYTES_MAX = 64 * 1024 * 1024;
const LONG_BYTES_MAX = 10;

type Inflate = (data: Uint8Array) => Uint8Array;

interface Header {
	readonly schema: string;
	readonly codec: string;
	readonly sync: Uint8Array;
	readonly end: number;
}

interface Decoder {
	decode(buffer: Buffer, position: number): { readonly value: unknown; readonly offset: number };
}

export async function openAvro(file: FileBytes, name: string): Promise<TabularSource> {
	const header = readHeader(file, name);
	const avsc = await loadAvsc();
	let schema: unknown;
	let decoder: Decoder;
	try {
		schema = JSON.parse(header.schema);
		const long = exactLong(avsc);
		const options = { registry: { long }, wrapUnions: true, noAnonymousTypes: false };
		decoder = avsc.Type.forSchema(plainLongs(schema) as never, options as never) as unknown as Decoder;
	} catch (error) {
		throw sqlError('22P04', `${name} has a schema that cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
	}
	return new AvroSource(file, name, header, decoder, avroColumns(schema), isRecord(schema), await inflater(header.codec, name));
}

function readHeader(file: FileBytes, name: string): Header {
	const bytes = file.read(0, Math.min(file.byteLength, HEADER_BYTES_MAX));
	if (Buffer.from(bytes.subarray(0, 4)).toString('latin1') !== MAGIC)
		throw sqlError('22P04', `${name} is no Avro object container file`, { detail: 'It does not begin with "Obj" and 1.' });
	const metadata = new Map<string, string>();
	let at = 4;
	const long = (): number => {
		const read = readLong(bytes, at);
		if (read === null) throw sqlError('22P04', `${name} is cut off within its header`);
		at = read.end;
		return read.value;
	};
	const text = (): string => {
		const count = long();
		if (count < 0 || at + count > bytes.length) throw sqlError('22P04', `${name} is cut off within its header`);
		at += count;
		return Buffer.from(bytes.subarray(at - count, at)).toString();
	};
	for (let count = long(); count !== 0; count = long()) {
		if (count < 0) long();
		for (let i = Math.abs(count); i > 0; i--) metadata.set(text(), text());
	}
	const schema = metadata.get('avro.schema');
	if (schema === undefined || at + SYNC_BYTES > bytes.length) throw sqlError('22P04', `${name} has no schema, or is cut off within its header`);
	return { schema, codec: metadata.get('avro.codec') ?? 'null', sync: bytes.slice(at, at + SYNC_BYTES), end: at + SYNC_BYTES };
}

/** A zig-zag number of variable length; null when it does not end within the bytes. */
function readLong(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } | null {
	let value = 0n;
	for (let at = start, shift = 0n; at < bytes.length && at < start + LONG_BYTES_MAX; at++, shift += 7n) {
		value |= BigInt(bytes[at]! & 0x7f) << shift;
		if (bytes[at]! < 0x80) return { value: Number((value >> 1n) ^ -(value & 1n)), end: at + 1 };
	}
	return null;
}

async function inflater(codec: string, name: string): Promise<Inflate> {
	switch (codec) {
		case 'null':
			return (data) => data;
		case 'deflate':
			return (data) => inflateRawSync(data);
		case 'zstandard': {
			const { compressors } = await import('hyparquet-compressors');
			return (data) => compressors.ZSTD!(data, 0);
		}
		case 'snappy':
			return snappyInflater();
		default:
			throw sqlError('0A000', `${name} is compressed with ${codec}, which cannot be read`, { hint: 'Write it with null, deflate, snappy or zstandard.' });
	}
}

/** A block of snappy ends with the CRC-32 of what it holds. */
async function snappyInflater(): Promise<Inflate> {
	const { compressors } = await import('hyparquet-compressors');
	return (data) => {
		const end = data.length - 4;
		const length = readLength(data);
		const bytes = compressors.SNAPPY!(data.slice(0, end), length);
		if (crc32(bytes) !== new DataView(data.buffer, data.byteOffset + end, 4).getUint32(0)) throw new Error('its checksum is wrong');
		return bytes;
	};
}

function readLength(data: Uint8Array): number {
	let length = 0;
	for (let at = 0, factor = 1; at < 5; at++, factor *= 128) {
		length += (data[at]! & 0x7f) * factor;
		if (data[at]! < 0x80) break;
	}
	return length;
}

class AvroSource implements TabularSource {
	readonly bytesTotal: number;
	readonly #file: FileBytes;
	readonly #name: string;
	readonly #header: Header;
	readonly #decoder: Decoder;
	readonly #columns: readonly AvroColumn[];
	readonly #isRecord: boolean;
	readonly #inflate: Inflate;

	constructor(file: FileBytes, name: string, header: Header, decoder: Decoder, columns: readonly AvroColumn[], ofRecords: boolean, inflate: Inflate) {
		this.#file = file;
		this.#name = name;
		this.#header = header;
		this.#decoder = decoder;
		this.#columns = columns;
		this.#isRecord = ofRecords;
		this.#inflate = inflate;
		this.bytesTotal = file.byteLength;
	}

	get columns() {
		return this.#columns.map((c) => c.column);
	}

	async *batches(start: StartPlace): AsyncGenerator<TabularBatch> {
		let row = 0;
		for (let position = this.#header.end; position < this.#file.byteLength; ) {
			const block = this.#block(position);
			if (row + block.count > start.row) {
				const skipped = Math.max(0, start.row - row);
				yield this.#batch(this.#datums(block.data, block.count, position), row, skipped, block.end);
			}
			row += block.count;
			position = block.end;
		}
	}

	#block(position: number): { readonly count: number; readonly data: Uint8Array; readonly end: number } {
		const head = this.#file.read(position, 2 * LONG_BYTES_MAX);
		const count = readLong(head, 0);
		const length = count === null ? null : readLong(head, count.end);
		if (count === null || length === null || count.value < 0 || length.value < 0) throw this.#damaged(position, 'it does not begin like one');
		const dataAt = position + length.end;
		const bytes = this.#file.read(dataAt, length.value + SYNC_BYTES);
		if (bytes.length < length.value + SYNC_BYTES) throw this.#damaged(position, 'it is cut off');
		const data = bytes.subarray(0, length.value);
		if (!Buffer.from(bytes.buffer, bytes.byteOffset + length.value, SYNC_BYTES).equals(this.#header.sync))
			throw this.#damaged(position, 'it does not end with the mark of the file');
		return { count: count.value, data, end: dataAt + length.value + SYNC_BYTES };
	}

	#datums(data: Uint8Array, count: number, position: number): unknown[] {
		try {
			const inflated = this.#inflate(data);
			const buffer = Buffer.from(inflated.buffer, inflated.byteOffset, inflated.byteLength);
			const datums: unknown[] = [];
			let at = 0;
			for (let i = 0; i < count; i++) {
				const { value, offset } = this.#decoder.decode(buffer, at);
				if (offset < 0) throw new Error('it has fewer datums than it says');
				datums.push(value);
				at = offset;
			}
			if (at !== buffer.length) throw new Error('it has more than the datums that it says');
			return datums;
		} catch (error) {
			if (error instanceof PolylogError) throw error;
			throw this.#damaged(position, error instanceof Error ? error.message : String(error), error);
		}
	}

	#batch(datums: readonly unknown[], firstRow: number, skipped: number, end: number): TabularBatch {
		const wanted = skipped === 0 ? datums : datums.slice(skipped);
		const columns = this.#columns.map(({ field, convert }) =>
			wanted.map((datum) => {
				const raw = this.#isRecord ? (datum as Readonly<Record<string, unknown>>)[field] : datum;
				return raw === null || raw === undefined ? null : convert(raw);
			}),
		);
		return plainBatch(firstRow + skipped, wanted.length, columns, end);
	}

	#damaged(position: number, why: string, cause?: unknown): Error {
		return sqlError('22P04', `${this.#name}: the block at position ${position} cannot be read: ${why}`, { cause });
	}
}
