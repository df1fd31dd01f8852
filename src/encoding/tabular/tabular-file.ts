/** Opens a file of rows of a known format; a format's library is loaded when the first file of it is opened. */
import type { FileHandle } from '../../platform/files.ts';
import type { Emit, SinkColumn, TabularSink } from './tabular-sink.ts';
import type { FileBytes, TabularFormat, TabularSource } from './tabular-source.ts';

/** How a file's text is to be read. */
export interface TabularOptions {
	/** Between fields of CSV; default a comma. */
	readonly delimiter?: string;
}

export async function openTabular(file: FileBytes, name: string, format: TabularFormat, options: TabularOptions = {}): Promise<TabularSource> {
	switch (format) {
		case 'parquet':
			return (await import('./parquet-source.ts')).openParquet(file, name);
		case 'arrow':
			return (await import('./arrow-source.ts')).openArrow(file, name);
		case 'avro':
			return (await import('./avro-source.ts')).openAvro(file, name);
		case 'jsonl':
			return (await import('./json-lines-source.ts')).openJsonLines(file, name);
		case 'csv':
			return (await import('./csv-source.ts')).openCsv(file, name, options.delimiter ?? ',');
		default:
			return format satisfies never;
	}
}

/** Formats that `openSink` writes. */
export type SinkFormat = 'parquet' | 'arrow' | 'avro';

/** Begins a file; what it holds goes to `emit`. `random`: bytes that no other file has, for Avro. */
export async function openSink(format: SinkFormat, columns: readonly SinkColumn[], emit: Emit, random: Uint8Array): Promise<TabularSink> {
	switch (format) {
		case 'parquet':
			return (await import('./parquet-sink.ts')).parquetSink(columns, emit);
		case 'arrow':
			return (await import('./arrow-sink.ts')).arrowSink(columns, emit);
		case 'avro':
			return (await import('./avro-sink.ts')).avroSink(columns, emit, random);
		default:
			return format satisfies never;
	}
}

/** A file of the platform. */
export function fileBytes(handle: FileHandle): FileBytes {
	const byteLength = handle.bytes();
	return {
		byteLength,
		read(position, count) {
			const bytes = new Uint8Array(Math.max(0, Math.min(count, byteLength - position)));
			return bytes.subarray(0, handle.read(bytes, 0, bytes.length, position));
		},
	};
}

const ENDINGS: Readonly<Record<string, TabularFormat>> = {
	csv: 'csv',
	tsv: 'csv',
	jsonl: 'jsonl',
	ndjson: 'jsonl',
	parquet: 'parquet',
	arrow: 'arrow',
	arrows: 'arrow',
	feather: 'arrow',
	ipc: 'arrow',
	avro: 'avro',
};

/** By the ending of a file's name; undefined for others. */
export function tabularFormatOf(name: string): TabularFormat | undefined {
	return ENDINGS[/\.([^.\\/]*)$/.exec(name)?.[1]?.toLowerCase() ?? ''];
}
