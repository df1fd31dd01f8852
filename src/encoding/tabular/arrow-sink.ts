/**
 * Arrow IPC files (Feather V2), to write, a record batch at a time. Flechette encodes each batch as a stream of its own, of which the batch's message is taken; times are given to it
 * as integers and called what they are in the schema alone, since it would take them as milliseconds.
 */
import type { DataType, Field } from '@uwdata/flechette/dist/types/types.js';
import { writeUuid } from '../../value/uuid.ts';
import { readMessage } from './arrow-messages.ts';
import { type ArrowBlock, type Flechette, loadFlechette } from './flechette.ts';
import type { Emit, SinkColumn, TabularSink } from './tabular-sink.ts';
import type { FileBytes } from './tabular-source.ts';

const HEAD = Buffer.from('ARROW1\u0000\u0000', 'latin1');

export async function arrowSink(columns: readonly SinkColumn[], emit: Emit): Promise<TabularSink> {
	return new ArrowSink(columns, emit, await loadFlechette());
}

class ArrowSink implements TabularSink {
	readonly #columns: readonly SinkColumn[];
	readonly #emit: Emit;
	readonly #flechette: Flechette;
	readonly #fields: readonly Field[];
	readonly #blocks: ArrowBlock[] = [];
	#position = 0;

	constructor(columns: readonly SinkColumn[], emit: Emit, flechette: Flechette) {
		this.#columns = columns;
		this.#emit = emit;
		this.#flechette = flechette;
		this.#fields = columns.map((column) => this.#field(column));
	}

	write(values: readonly (readonly unknown[])[], rowCount: number): void {
		this.#batch(values, rowCount);
	}

	finish(): void {
		if (this.#position === 0)
			this.#batch(
				this.#columns.map(() => []),
				0,
			);
		for (const piece of this.#flechette.footer({ version: 4, endianness: 0, fields: [...this.#fields], metadata: null }, this.#blocks)) this.#put(piece);
	}

	#put(bytes: Uint8Array): void {
		this.#emit(bytes);
		this.#position += bytes.length;
	}

	#batch(values: readonly (readonly unknown[])[], rowCount: number): void {
		const f = this.#flechette;
		const children = this.#columns.map((column, i) =>
			f.columnFromArray(values[i]!.map(stored(column)), this.#storage(column), { maxBatchRows: Math.max(1, rowCount) }),
		);
		const table = new f.Table({ version: 4, endianness: 0, fields: [...this.#fields], metadata: null }, children);
		const stream = f.tableToIPC(table, { format: 'stream' })!;
		const file: FileBytes = { byteLength: stream.length, read: (position, count) => stream.subarray(position, position + count) };
		for (let at = 0; ; ) {
			const message = readMessage(file, 'the batch', at);
			if (message === null) return;
			if (message.kind === 'schema' && this.#position === 0) {
				this.#put(HEAD);
				this.#put(message.bytes);
			} else if (message.kind === 'batch') {
				const metadataLength = 8 + new DataView(message.bytes.buffer, message.bytes.byteOffset).getInt32(4, true);
				this.#blocks.push({ offset: this.#position, metadataLength, bodyLength: message.bytes.length - metadataLength });
				this.#put(message.bytes);
			}
			at = message.end;
		}
	}

	/** What Flechette is to encode: the same bytes as the type of the schema has. */
	#storage(column: SinkColumn): DataType {
		const f = this.#flechette;
		const scalar = ['time', 'timestamp', 'instant'].includes(column.kind) ? f.int64() : column.kind === 'date' ? f.int32() : this.#type(column);
		return column.isList ? f.list(f.field('item', scalar)) : scalar;
	}

	#field(column: SinkColumn): Field {
		const extension = column.kind === 'uuid' ? 'arrow.uuid' : column.kind === 'json' ? 'arrow.json' : null;
		const metadata = new Map(extension === null ? [] : [['ARROW:extension:name', extension] as const, ['ARROW:extension:metadata', ''] as const]);
		const scalar = this.#type(column);
		if (!column.isList) return { name: column.name, type: scalar, nullable: true, metadata };
		const item: Field = { name: 'item', type: scalar, nullable: true, metadata };
		return { name: column.name, type: this.#flechette.list(item), nullable: true, metadata: new Map() };
	}

	#type({ kind, precision, scale }: SinkColumn): DataType {
		const f = this.#flechette;
		switch (kind) {
			case 'boolean':
				return f.bool();
			case 'int16':
				return f.int16();
			case 'int32':
				return f.int32();
			case 'int64':
				return f.int64();
			case 'float':
				return f.float32();
			case 'double':
				return f.float64();
			case 'decimal':
				return f.decimal128(precision, scale);
			case 'date':
				return f.dateDay();
			case 'time':
				return f.timeMicrosecond();
			case 'timestamp':
				return f.timestamp(f.TimeUnit.MICROSECOND, null);
			case 'instant':
				return f.timestamp(f.TimeUnit.MICROSECOND, 'UTC');
			case 'uuid':
				return f.fixedSizeBinary(16);
			case 'bytes':
				return f.binary();
			case 'text':
			case 'json':
				return f.utf8();
			default:
				return kind satisfies never;
		}
	}
}

/** UUIDs are 16 bytes. */
function stored(column: SinkColumn): (value: unknown) => unknown {
	if (column.kind !== 'uuid') return (value) => value;
	const one = (value: unknown): unknown => {
		if (value === null) return null;
		if (Array.isArray(value)) return value.map(one);
		const bytes = new Uint8Array(16);
		writeUuid(bytes, 0, value as string);
		return bytes;
	};
	return one;
}
