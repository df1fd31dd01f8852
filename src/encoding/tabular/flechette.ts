/**
 * The parts of Flechette (@uwdata/flechette) that are used: its modules one by one, since its main file is one of CommonJS that does not show the two halves of
 * decoding, between which the types of columns are changed here. Loaded when the first file of Arrow is read or written, with the codecs of compressed buffers.
 */
import type { Table } from '@uwdata/flechette';
import type { ArrowData, Codec, CompressionType_, ExtractionOptions } from '@uwdata/flechette/dist/types/types.js';
import { readLz4Frame } from './lz4-frame.ts';

type Main = typeof import('@uwdata/flechette');

export interface Flechette extends Main {
	decodeIPC(data: Uint8Array[]): ArrowData;
	createTable(data: ArrowData, options: ExtractionOptions): Table;
}

let loading: Promise<Flechette> | null = null;

export function loadFlechette(): Promise<Flechette> {
	loading ??= load();
	return loading;
}

/** Not one string, so that no declarations are looked for: the package has none for these paths. */
function part(path: string): Promise<unknown> {
	return import(`@uwdata/flechette/src/${path}.js`);
}

async function load(): Promise<Flechette> {
	const [main, decode, table, { compressors }] = await Promise.all([
		part('index') as Promise<Main>,
		part('decode/decode-ipc') as Promise<Pick<Flechette, 'decodeIPC'>>,
		part('decode/table-from-ipc') as Promise<Pick<Flechette, 'createTable'>>,
		import('hyparquet-compressors'),
	]);
	const refuse = (): never => {
		throw new Error('files are written without compression');
	};
	const codecs: readonly [CompressionType_, Codec][] = [
		[main.CompressionType.LZ4_FRAME, { decode: readLz4Frame, encode: refuse }],
		[main.CompressionType.ZSTD, { decode: (bytes) => compressors.ZSTD!(bytes, 0), encode: refuse }],
	];
	for (const [type, codec] of codecs) main.setCompressionCodec(type, codec);
	return { ...main, decodeIPC: decode.decodeIPC, createTable: table.createTable };
}
