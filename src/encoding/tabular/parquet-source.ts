/**
 * Parquet files as rows. hyparquet decodes pages; here are the reading by row groups, the checksums of pages, and errors that name the place.
 *
 * A row group of more than `BATCH_ROWS` rows is read in parts, one column after the other, so that memory is a part's values and one column chunk. Pages that have
 * a checksum are checked before they are decoded.
 */
import type { AsyncBuffer, Compressors, FileMetaData, SchemaTree } from 'hyparquet';
import { invariant, PolylogError, sqlError } from '../../platform/errors.ts';
import { NESTED_TIMES, type ParquetColumn, parquetColumn, rawSchema } from './parquet-columns.ts';
import type { FlatCodecs, FlatColumn } from './parquet-flat-column.ts';
import { type FileBytes, plainBatch, type StartPlace, type TabularBatch, type TabularSource, type ValueSink } from './tabular-source.ts';

/** Of files without nesting: few enough that a batch is used while it is in the processor's cache. */
const FLAT_BATCH_ROWS = 8192;
/** Of others: hyparquet begins a row group anew for each part. */
const NESTED_BATCH_ROWS = 131_072;
const MAGIC_BYTES = 4;

type Hyparquet = typeof import('hyparquet');

/** What is loaded when the first Parquet file is read. */
interface Codecs {
	readonly hyparquet: Hyparquet;
	readonly compressors: Compressors;
	readonly checkPages: typeof import('./parquet-pages.ts').checkPages;
	readonly FlatColumn: typeof import('./parquet-flat-column.ts').FlatColumn;
	readonly flat: FlatCodecs;
}

async function loadCodecs(): Promise<Codecs> {
	const [hyparquet, { decompressPage, readDataPage }, { readPlain }, codecs, { brotliDecompressSync, gunzipSync }, { checkPages }, { FlatColumn }] =
		await Promise.all([
			import('hyparquet'),
			import('hyparquet/src/datapage.js'),
			import('hyparquet/src/plain.js'),
			import('hyparquet-compressors'),
			import('node:zlib'),
			import('./parquet-pages.ts'),
			import('./parquet-flat-column.ts'),
		]);
	const compressors: Compressors = { ...codecs.compressors, GZIP: (input) => gunzipSync(input), BROTLI: (input) => brotliDecompressSync(input) };
	return { hyparquet, checkPages, FlatColumn, compressors, flat: { compressors, decompressPage, readDataPage, readPlain } };
}

export async function openParquet(file: FileBytes, name: string): Promise<TabularSource> {
	refuseOthers(file, name);
	const codecs = await loadCodecs();
	const buffer: AsyncBuffer = {
		byteLength: file.byteLength,
		slice: (start, end = file.byteLength) => copyOf(file.read(start, end - start)),
	};
	let metadata: FileMetaData;
	try {
		metadata = await codecs.hyparquet.parquetMetadataAsync(buffer, { geoparquet: false });
		if (metadata.schema.length === 0) throw new Error('it has no schema');
	} catch (error) {
		throw damaged(name, 'its metadata cannot be read', error);
	}
	const tree = codecs.hyparquet.parquetSchema(metadata);
	return new ParquetSource(file, buffer, name, metadata, tree.children, codecs);
}

function refuseOthers(file: FileBytes, name: string): void {
	const magic = Buffer.from(file.read(0, MAGIC_BYTES)).toString('latin1');
	const tail = Buffer.from(file.read(Math.max(0, file.byteLength - MAGIC_BYTES), MAGIC_BYTES)).toString('latin1');
	if (magic === 'PARE' || tail === 'PARE') throw sqlError('0A000', `${name} is encrypted, which cannot be read`);
	if (magic !== 'PAR1' || tail !== 'PAR1')
		throw sqlError('22P04', `${name} is no Parquet file, or it was cut off`, { detail: 'It does not begin and end with PAR1.' });
}

/** A buffer of its own, as hyparquet takes views of all of it. */
function copyOf(bytes: Uint8Array): ArrayBuffer {
	return bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength ? (bytes.buffer as ArrayBuffer) : new Uint8Array(bytes).buffer;
}

function damaged(name: string, what: string, error: unknown): Error {
	if (error instanceof PolylogError) return error;
	const reason = error instanceof Error ? error.message : String(error);
	return sqlError('22P04', `${name}: ${what}: ${reason}`, { cause: error });
}

class ParquetSource implements TabularSource {
	readonly bytesTotal: number;
	readonly #file: FileBytes;
	readonly #buffer: AsyncBuffer;
	readonly #name: string;
	readonly #metadata: FileMetaData;
	readonly #columns: readonly ParquetColumn[];
	readonly #codecs: Codecs;

	constructor(file: FileBytes, buffer: AsyncBuffer, name: string, metadata: FileMetaData, nodes: readonly SchemaTree[], codecs: Codecs) {
		this.#file = file;
		this.#buffer = buffer;
		this.#name = name;
		this.#metadata = { ...metadata, schema: rawSchema(metadata.schema) };
		this.#columns = nodes.map(parquetColumn);
		this.#codecs = codecs;
		this.bytesTotal = Math.max(1, Number(metadata.num_rows));
	}

	get columns() {
		return this.#columns.map((c) => c.column);
	}

	async *batches(start: StartPlace): AsyncGenerator<TabularBatch> {
		const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
		const scan = await this.#codecs.hyparquet.parquetScan({
			file: this.#buffer,
			metadata: this.#metadata,
			compressors: this.#codecs.compressors,
			utf8: false,
			geoparquet: false,
			parsers: {
				...NESTED_TIMES,
				stringFromBytes: (bytes: Uint8Array | null | undefined) => (bytes === null || bytes === undefined ? bytes : utf8.decode(bytes)),
			},
		});
		const batchRows = this.#columns.every((c) => c.flat !== null) ? FLAT_BATCH_ROWS : NESTED_BATCH_ROWS;
		let groupStart = 0;
		for (const [index, group] of this.#metadata.row_groups.entries()) {
			const groupEnd = groupStart + Number(group.num_rows);
			if (groupEnd > start.row) {
				const from = Math.max(groupStart, start.row);
				const readers = this.#columns.map((column, i) => this.#reader(scan.readColumn, column, i, index, from, from - groupStart));
				for (let at = from; at < groupEnd; at += batchRows) {
					const to = Math.min(groupEnd, at + batchRows);
					if (readers.every(isFlat)) {
						const batch = new FlatBatch(at, to - at, readers);
						yield batch;
						batch.skipRest();
						continue;
					}
					const columns: ArrayLike<unknown>[] = [];
					for (const reader of readers) columns.push(await reader.read(to));
					yield plainBatch(at, to - at, columns, to);
				}
			}
			groupStart = groupEnd;
		}
	}

	/** Reads the values up to a row, from `from` on, which is row `skipped` of the group. */
	#reader(
		readColumn: (options: { column: string; rowStart: number; rowEnd: number }) => Promise<ArrayLike<unknown>>,
		column: ParquetColumn,
		index: number,
		group: number,
		from: number,
		skipped: number,
	): ColumnReader {
		let at = from;
		const failed = (error: unknown): Error => damaged(this.#name, `column ${column.column.name} of row group ${group} cannot be read`, error);
		const chunks = this.#metadata.row_groups[group]!.columns;
		try {
			if (column.flat !== null) {
				const chunk = chunks.find((c) => c.meta_data?.path_in_schema.length === 1 && c.meta_data.path_in_schema[0] === column.column.name) ?? chunks[index]!;
				const reader: FlatColumn = new this.#codecs.FlatColumn(this.#codecs.flat, this.#file, chunk, column.flat, column.convert);
				reader.skip(skipped);
				const transfer = (count: number, sink: ValueSink): void => {
					try {
						reader.transfer(count, sink);
					} catch (error) {
						throw failed(error);
					}
				};
				const fill = (count: number): unknown[] => {
					try {
						const values = new Array<unknown>(count);
						reader.fill(values);
						return values;
					} catch (error) {
						throw failed(error);
					}
				};
				const read = (to: number): unknown[] => {
					const count = to - at;
					at = to;
					return fill(count);
				};
				return { read, flat: { fill, transfer, skip: (count) => reader.skip(count) } };
			}
			for (const chunk of chunks) if (chunk.meta_data?.path_in_schema[0] === column.column.name) this.#codecs.checkPages(this.#file, chunk);
		} catch (error) {
			throw failed(error);
		}
		const read = async (to: number): Promise<ArrayLike<unknown>> => {
			try {
				const raws = await readColumn({ column: column.column.name, rowStart: at, rowEnd: to });
				if (raws.length !== to - at) throw new Error(`it has ${raws.length} values for ${to - at} rows`);
				at = to;
				return column.convert(raws);
			} catch (error) {
				throw failed(error);
			}
		};
		return { read, flat: null };
	}
}

interface FlatReader {
	fill(count: number): unknown[];
	transfer(count: number, sink: ValueSink): void;
	skip(count: number): void;
}

/** A column of one row group. */
interface ColumnReader {
	/** The values up to a row. */
	readonly read: (to: number) => ArrayLike<unknown> | Promise<ArrayLike<unknown>>;
	/** Of columns without nesting. */
	readonly flat: FlatReader | null;
}

function isFlat(reader: ColumnReader): reader is ColumnReader & { readonly flat: FlatReader } {
	return reader.flat !== null;
}

/** Rows whose values are read when they are asked for, all of them or column by column. */
class FlatBatch implements TabularBatch {
	readonly firstRow: number;
	readonly rowCount: number;
	readonly lines = null;
	readonly unreadable = null;
	readonly original = null;
	readonly bytesDone: number;
	readonly nextPosition = 0;
	readonly nextLine = 0;
	readonly #readers: readonly { readonly flat: FlatReader }[];
	/** Rows of each column that were not taken yet. */
	readonly #left: Uint32Array;
	#columns: unknown[][] | null = null;

	constructor(firstRow: number, rowCount: number, readers: readonly { readonly flat: FlatReader }[]) {
		this.firstRow = firstRow;
		this.rowCount = rowCount;
		this.bytesDone = firstRow + rowCount;
		this.#readers = readers;
		this.#left = new Uint32Array(readers.length).fill(rowCount);
	}

	get columns(): readonly ArrayLike<unknown>[] {
		if (this.#columns === null) {
			this.#columns = this.#readers.map(({ flat }) => flat.fill(this.rowCount));
			this.#left.fill(0);
		}
		return this.#columns;
	}

	transfer(column: number, count: number, sink: ValueSink): void {
		invariant(count <= this.#left[column]!, 'each value of a batch is given once');
		this.#left[column]! -= count;
		this.#readers[column]!.flat.transfer(count, sink);
	}

	/** What nobody asked for. */
	skipRest(): void {
		for (const [i, { flat }] of this.#readers.entries()) if (this.#left[i]! > 0) flat.skip(this.#left[i]!);
	}
}
