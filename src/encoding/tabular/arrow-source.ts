/** Arrow IPC files (Feather V2) and streams as rows: a record batch at a time, with the dictionaries that came before it. */
import type { Field } from '@uwdata/flechette/dist/types/types.js';
import { PolylogError, sqlError } from '../../platform/errors.ts';
import { type ArrowColumn, arrowColumn, rawField } from './arrow-columns.ts';
import { type ArrowMessage, messagesStart, readMessage } from './arrow-messages.ts';
import { type Flechette, loadFlechette } from './flechette.ts';
import { type FileBytes, plainBatch, type StartPlace, type TabularBatch, type TabularSource } from './tabular-source.ts';

const BIG_ENDIAN = 1;

export async function openArrow(file: FileBytes, name: string): Promise<TabularSource> {
	const start = messagesStart(file, name);
	const schema = readMessage(file, name, start);
	if (schema?.kind !== 'schema') throw sqlError('22P04', `${name} is no file or stream of Arrow`);
	const flechette = await loadFlechette();
	const found = decoded(name, start, () => flechette.decodeIPC([schema.bytes])).schema;
	if (found === undefined) throw sqlError('22P04', `${name} has no schema`);
	if (found.endianness === BIG_ENDIAN) throw sqlError('0A000', `${name} has its numbers with the highest byte first, which cannot be read`);
	return new ArrowSource(file, name, schema, found.fields, flechette);
}

function decoded<T>(name: string, position: number, work: () => T): T {
	try {
		return work();
	} catch (error) {
		if (error instanceof PolylogError) throw error;
		const reason = error instanceof Error ? error.message : String(error);
		throw sqlError('22P04', `${name}: the message at position ${position} cannot be read: ${reason}`, { cause: error });
	}
}

class ArrowSource implements TabularSource {
	readonly bytesTotal: number;
	readonly #file: FileBytes;
	readonly #name: string;
	readonly #schema: ArrowMessage;
	readonly #columns: readonly ArrowColumn[];
	readonly #flechette: Flechette;

	constructor(file: FileBytes, name: string, schema: ArrowMessage, fields: readonly Field[], flechette: Flechette) {
		this.#file = file;
		this.#name = name;
		this.#schema = schema;
		this.#flechette = flechette;
		this.#columns = fields.map(arrowColumn);
		this.bytesTotal = file.byteLength;
	}

	get columns() {
		return this.#columns.map((c) => c.column);
	}

	async *batches(start: StartPlace): AsyncGenerator<TabularBatch> {
		const dictionaries: Uint8Array[] = [];
		let row = 0;
		for (let position = this.#schema.end; ; ) {
			const message = readMessage(this.#file, this.#name, position);
			if (message === null) return;
			if (message.kind === 'dictionary') dictionaries.push(message.bytes);
			if (message.kind === 'batch') {
				const batch = decoded(this.#name, position, () => this.#decode(dictionaries, message, row));
				row += batch.rowCount;
				if (row > start.row) yield start.row > batch.firstRow ? without(batch, start.row - batch.firstRow) : batch;
			}
			position = message.end;
		}
	}

	#decode(dictionaries: readonly Uint8Array[], message: ArrowMessage, firstRow: number): TabularBatch {
		const data = this.#flechette.decodeIPC([this.#schema.bytes, ...dictionaries, message.bytes]);
		const schema = { ...data.schema!, fields: data.schema!.fields.map(rawField) };
		const table = this.#flechette.createTable({ ...data, schema }, { useBigInt: true, useDecimalInt: true });
		const columns = this.#columns.map((c, i) => c.convert(table.getChildAt(i).toArray()));
		return plainBatch(firstRow, table.numRows, columns, message.end);
	}
}

/** A batch without its first rows. */
function without(batch: TabularBatch, count: number): TabularBatch {
	const columns = batch.columns.map((values) => Array.prototype.slice.call(values, count) as unknown[]);
	return plainBatch(batch.firstRow + count, batch.rowCount - count, columns, batch.bytesDone);
}
