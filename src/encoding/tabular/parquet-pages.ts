/** The pages of a column chunk of Parquet, with their checksums: CRC-32 of what follows a page's header, where the header has one. */
import { crc32 } from 'node:zlib';
import type { ColumnChunk, PageHeader } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import type { FileBytes } from './tabular-source.ts';

export interface Page {
	readonly header: PageHeader;
	readonly bytes: Uint8Array;
}

/** The next page of a chunk, null behind the last. `start`: of the chunk in the file. Throws an Error for one that is not what was written, or is not whole. */
export function checkedPage(reader: { readonly view: DataView; offset: number }, bytes: Uint8Array, start: number): Page | null {
	if (reader.offset >= bytes.byteLength - 1) return null;
	const at = start + reader.offset;
	const header = readHeader(reader, at);
	const end = reader.offset + header.compressed_page_size;
	if (!(header.compressed_page_size >= 0) || !(header.uncompressed_page_size >= 0) || end > bytes.byteLength)
		throw new Error(`the page at position ${at} does not end within its column`);
	const page = bytes.subarray(reader.offset, end);
	if (header.crc !== undefined && crc32(page) !== header.crc >>> 0) throw new Error(`the checksum of the page at position ${at} is wrong`);
	reader.offset = end;
	return { header, bytes: page };
}

function readHeader(reader: { readonly view: DataView; offset: number }, at: number): PageHeader {
	try {
		const header = parquetHeader(reader);
		const count = header.data_page_header?.num_values ?? header.data_page_header_v2?.num_values ?? header.dictionary_page_header?.num_values ?? 0;
		if (header.type !== undefined && Number.isInteger(count) && count >= 0) return header;
	} catch (error) {
		throw new Error(`the header of the page at position ${at} makes no sense`, { cause: error });
	}
	throw new Error(`the header of the page at position ${at} makes no sense`);
}

/** Walks the pages of a column chunk that hyparquet is going to read. */
export function checkPages(file: FileBytes, chunk: ColumnChunk): void {
	const { meta_data: metadata } = chunk;
	if (metadata === undefined) throw new Error(chunk.crypto_metadata === undefined ? 'it has no metadata' : 'it is encrypted');
	if (chunk.file_path !== undefined) throw new Error('its data is in another file');
	const dictionaryAt = Number(metadata.dictionary_page_offset ?? 0);
	const dataAt = Number(metadata.data_page_offset);
	const start = dictionaryAt > 0 && dictionaryAt < dataAt ? dictionaryAt : dataAt;
	const bytes = file.read(start, Number(metadata.total_compressed_size));
	const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
	let valueCount = 0;
	while (valueCount < Number(metadata.num_values)) {
		const page = checkedPage(reader, bytes, start);
		if (page === null) return;
		valueCount += page.header.data_page_header?.num_values ?? page.header.data_page_header_v2?.num_values ?? 0;
	}
}
