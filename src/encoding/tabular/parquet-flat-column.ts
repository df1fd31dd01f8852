/**
 * A column without nesting of one row group, page by page. hyparquet decodes values; levels, dictionaries and NULLs are put together here, since its way for nested
 * columns makes a list of each value: three quarters of a load's time went there.
 *
 * A dictionary's entries are converted once, and each page's checksum is checked where it has one.
 *
 * Calls: `fill` with the rows of a batch, in order; after the last row there is nothing more.
 */
import type { ColumnChunk, ColumnMetaData, Compressors, PageHeader, SchemaElement } from 'hyparquet';
import { readHybrid } from './parquet-levels.ts';
import { checkedPage } from './parquet-pages.ts';
import type { FileBytes, ValueSink } from './tabular-source.ts';

type PageDecoder = Pick<typeof import('hyparquet/src/datapage.js'), 'decompressPage' | 'readDataPage'>;
type PageParts = PageDecoder & Pick<typeof import('hyparquet/src/plain.js'), 'readPlain'>;

/** What the reading of columns needs of hyparquet. */
export interface FlatCodecs extends PageParts {
	readonly compressors: Compressors;
}

const NULLS: readonly null[] = new Array<null>(256).fill(null);

/** Takes values that are passed over. */
const NOWHERE: ValueSink = { values: () => undefined, entries: () => undefined };

/** Puts values into a list. */
class ListSink implements ValueSink {
	readonly #into: unknown[];
	#at = 0;

	constructor(into: unknown[]) {
		this.#into = into;
	}

	values(list: ArrayLike<unknown>, from: number, count: number): void {
		const into = this.#into;
		const at = this.#at;
		for (let i = 0; i < count; i++) into[at + i] = list[from + i];
		this.#at += count;
	}

	entries(dictionary: ArrayLike<unknown>, numbers: Int32Array, from: number, count: number): void {
		const into = this.#into;
		const at = this.#at;
		for (let i = 0; i < count; i++) into[at + i] = dictionary[numbers[from + i]!];
		this.#at += count;
	}
}

const ROOT_ELEMENT: SchemaElement = { name: 'root' };

export class FlatColumn {
	readonly #codecs: FlatCodecs;
	readonly #metadata: ColumnMetaData;
	readonly #element: SchemaElement;
	readonly #convert: (raws: ArrayLike<unknown>) => ArrayLike<unknown>;
	readonly #bytes: Uint8Array;
	readonly #reader: { readonly view: DataView; offset: number };
	readonly #start: number;
	#dictionary: ArrayLike<unknown> | null = null;
	/** Of the page that is read: a value for each that is not NULL, or an entry of the dictionary, and which are NULL; null: none is. */
	#values: ArrayLike<unknown> = [];
	#numbers: Int32Array | null = null;
	#levels: Int32Array | null = null;
	#levelAt = 0;
	#valueAt = 0;
	#rowCount = 0;

	/** `convert`: from raw values, as hyparquet gives them without annotations. */
	constructor(codecs: FlatCodecs, file: FileBytes, chunk: ColumnChunk, element: SchemaElement, convert: (raws: ArrayLike<unknown>) => ArrayLike<unknown>) {
		const { meta_data: metadata } = chunk;
		if (metadata === undefined) throw new Error(chunk.crypto_metadata === undefined ? 'it has no metadata' : 'it is encrypted');
		if (chunk.file_path !== undefined) throw new Error('its data is in another file');
		const dictionaryAt = Number(metadata.dictionary_page_offset ?? 0);
		const dataAt = Number(metadata.data_page_offset);
		this.#start = dictionaryAt > 0 && dictionaryAt < dataAt ? dictionaryAt : dataAt;
		// Pages are viewed as arrays of wide elements, whose places in the buffer must be multiples of their width: a copy sees to that.
		this.#bytes = file.read(this.#start, Number(metadata.total_compressed_size));
		this.#codecs = codecs;
		this.#metadata = metadata;
		this.#element = element;
		this.#convert = convert;
		this.#reader = { view: new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength), offset: 0 };
	}

	/** Passes rows over. */
	skip(count: number): void {
		this.#advance(count, NOWHERE);
	}

	/** The next values, one for each place of `into`. */
	fill(into: unknown[]): void {
		this.#advance(into.length, new ListSink(into));
	}

	/** Gives the next values to `sink`, in parts. */
	transfer(count: number, sink: ValueSink): void {
		this.#advance(count, sink);
	}

	#advance(count: number, sink: ValueSink): void {
		for (let done = 0; done < count; ) {
			if (this.#levelAt === this.#rowCount) this.#nextPage();
			const part = Math.min(count - done, this.#rowCount - this.#levelAt);
			this.#take(part, sink);
			done += part;
		}
	}

	#take(count: number, sink: ValueSink): void {
		const levels = this.#levels;
		const start = this.#levelAt;
		this.#levelAt += count;
		if (levels === null) {
			this.#give(count, sink);
			return;
		}
		for (let i = start, end = start + count; i < end; ) {
			const from = i;
			while (i < end && levels[i] === 0) i++;
			for (let left = i - from; left > 0; left -= NULLS.length) sink.values(NULLS, 0, Math.min(left, NULLS.length));
			const present = i;
			while (i < end && levels[i] !== 0) i++;
			if (i > present) this.#give(i - present, sink);
		}
	}

	/** Values that are not NULL. */
	#give(count: number, sink: ValueSink): void {
		const from = this.#valueAt;
		this.#valueAt += count;
		if (this.#numbers === null) sink.values(this.#values, from, count);
		else sink.entries(this.#values, this.#numbers, from, count);
	}

	#nextPage(): void {
		for (;;) {
			const page = checkedPage(this.#reader, this.#bytes, this.#start);
			if (page === null) throw new Error('it has fewer values than rows');
			if (page.header.type === 'DICTIONARY_PAGE') this.#readDictionary(page.header, page.bytes);
			else if (page.header.type !== 'INDEX_PAGE') {
				this.#readPage(page.header, page.bytes);
				if (this.#rowCount > 0) return;
			}
		}
	}

	#inflate(bytes: Uint8Array, count: number): Uint8Array {
		if (bytes.length === 0 && count === 0) return bytes;
		return this.#codecs.decompressPage(bytes, count, this.#metadata.codec, this.#codecs.compressors);
	}

	#readDictionary(header: PageHeader, bytes: Uint8Array): void {
		const count = header.dictionary_page_header?.num_values;
		if (count === undefined || !(count >= 0)) throw new Error('its dictionary does not say how many entries it has');
		const page = this.#inflate(bytes, header.uncompressed_page_size);
		const reader = { view: new DataView(page.buffer, page.byteOffset, page.byteLength), offset: 0 };
		this.#dictionary = this.#convert(this.#codecs.readPlain(reader, this.#metadata.type, count, this.#element.type_length));
	}

	#readPage(header: PageHeader, bytes: Uint8Array): void {
		const [first, second] = [header.data_page_header, header.data_page_header_v2];
		const count = first?.num_values ?? second?.num_values;
		if (count === undefined || !(count >= 0)) throw new Error('a page does not say how many values it has');
		let levels: Uint8Array;
		let values: Uint8Array;
		if (first !== undefined) {
			const page = this.#inflate(bytes, header.uncompressed_page_size);
			const hasLevels = this.#element.repetition_type !== 'REQUIRED' && count > 0;
			const levelsEnd = hasLevels ? 4 + new DataView(page.buffer, page.byteOffset).getUint32(0, true) : 0;
			if (levelsEnd > page.length) throw new Error('a page ends within its levels');
			levels = page.subarray(hasLevels ? 4 : 0, levelsEnd);
			values = page.subarray(levelsEnd);
		} else {
			const levelsEnd = second!.repetition_levels_byte_length + second!.definition_levels_byte_length;
			levels = bytes.subarray(second!.repetition_levels_byte_length, levelsEnd);
			const packed = bytes.subarray(levelsEnd);
			values = second!.is_compressed === false ? packed : this.#inflate(packed, header.uncompressed_page_size - levelsEnd);
		}
		const valueCount = this.#readLevels(levels, count);
		this.#numbers = null;
		this.#values = valueCount === 0 ? [] : this.#readValues(values, (first ?? second)!.encoding, valueCount);
		this.#levelAt = 0;
		this.#valueAt = 0;
		this.#rowCount = count;
	}

	/** Returns how many values are not NULL. */
	#readLevels(bytes: Uint8Array, count: number): number {
		this.#levels = null;
		if (this.#element.repetition_type === 'REQUIRED') return count;
		const levels = new Int32Array(count);
		readHybrid(bytes, 0, 1, levels, count);
		let valueCount = 0;
		for (let i = 0; i < count; i++) valueCount += levels[i]!;
		if (valueCount < count) this.#levels = levels;
		return valueCount;
	}

	/** The values, or the dictionary that `#numbers` speak of. */
	#readValues(bytes: Uint8Array, encoding: string, count: number): ArrayLike<unknown> {
		if (encoding !== 'PLAIN_DICTIONARY' && encoding !== 'RLE_DICTIONARY') {
			const element: SchemaElement = { ...this.#element, repetition_type: 'REQUIRED' };
			const node = { children: [], count: 1, element, path: [element.name] };
			const schemaPath = [{ children: [node], count: 2, element: ROOT_ELEMENT, path: [] }, node];
			const header = { num_values: count, encoding, definition_level_encoding: 'RLE', repetition_level_encoding: 'RLE' } as never;
			// Not the page's own bytes: PLAIN values are viewed as numbers, from a place of their own.
			const decoder = { type: this.#metadata.type, element, schemaPath } as never;
			return this.#convert(this.#codecs.readDataPage(bytes, header, decoder).dataPage as ArrayLike<unknown>);
		}
		const dictionary = this.#dictionary;
		if (dictionary === null) throw new Error('it has a page of numbers of a dictionary, and no dictionary');
		const numbers = new Int32Array(count);
		const width = bytes[0] ?? 0;
		if (width > 32) throw new Error(`its numbers have ${width} bits`);
		if (width > 0) readHybrid(bytes, 1, width, numbers, count);
		for (let i = 0; i < count; i++) if (numbers[i]! >>> 0 >= dictionary.length) throw new Error(`its dictionary has no entry ${numbers[i]}`);
		this.#numbers = numbers;
		return dictionary;
	}
}
