/**
 * The parts of Flechette (@uwdata/flechette) that are used: its modules one by one, since its main file is one of CommonJS that does not show the two halves of
 * decoding, between which the types of columns are changed here. Loaded when the first file of Arrow is read or written, with the codecs of compressed buffers.
 */
import type { Table } from '@uwdata/flechette';
import type { ArrowData, Codec, CompressionType_, ExtractionOptions, Schema } from '@uwdata/flechette/dist/types/types.js';
import { readLz4Frame } from './lz4-frame.ts';

type Main = typeof import('@uwdata/flechette');

/** Where a message of a file is. */
export interface ArrowBlock {
	readonly offset: number;
	readonly metadataLength: number;
	readonly bodyLength: number;
}

export interface Flechette extends Main {
	/** The pieces of a file's footer. */
	footer(schema: Schema, batches: readonly ArrowBlock[]): Uint8Array[];
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
	const [main, decode, table, footer, builder, sink, { compressors }] = await Promise.all([
		part('index') as Promise<Main>,
		part('decode/decode-ipc') as Promise<Pick<Flechette, 'decodeIPC'>>,
		part('decode/table-from-ipc') as Promise<Pick<Flechette, 'createTable'>>,
		part('encode/footer') as Promise<{
			writeFooter(builder: unknown, schema: Schema, dictionaries: readonly ArrowBlock[], batches: readonly ArrowBlock[]): void;
		}>,
		part('encode/builder') as Promise<{ readonly Builder: new (sink: unknown) => unknown }>,
		part('encode/sink') as Promise<{ readonly MemorySink: new () => { readonly buffers: Uint8Array[] } }>,
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
	return {
		...main,
		decodeIPC: decode.decodeIPC,
		createTable: table.createTable,
		footer(schema, batches) {
			const memory = new sink.MemorySink();
			footer.writeFooter(new builder.Builder(memory), schema, [], batches);
			return memory.buffers;
		},
	};
}
