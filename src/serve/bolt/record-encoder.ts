/**
 * Result rows as RECORD messages, straight into the connection's output: the `RowSink` of a result. It also says when to stop: at
 * the number that a PULL asks for, or when the client reads more slowly than rows are made. Rows that a DISCARD passes over are
 * counted and not written.
 *
 * Calls: `start` before each run of a result; then `begin`, the writers, `end` per row.
 */
import type { RowSink } from '../../query/executor/contracts.ts';
import type { ByteTarget } from '../buffer-pool.ts';
import { RECORD } from './messages.ts';
import type { OutputBuffer } from './output-buffer.ts';
import type { Packer } from './packer.ts';

/** Output is handed to the socket in pieces of about this size while a query runs. */
const PIECE_BYTES = 60 * 1024;
/** With so much waiting in the socket the client is not reading: no more rows are made until it has drained. */
export const WAITING_BYTES_MAX = 512 * 1024;

export class RecordEncoder implements RowSink {
	readonly writers: readonly ((value: unknown) => void)[];
	/** Rows since the first `start`. */
	rowCount: number;
	/** Why the last `end` refused more: 'limit', 'waiting' (the socket is full), or '' when it did not. */
	refusal: 'limit' | 'waiting' | '';
	readonly #out: OutputBuffer;
	readonly #target: ByteTarget;
	readonly #fieldCount: number;
	#isDiscarding: boolean;
	#stopAt: number;

	constructor(fieldCount: number, out: OutputBuffer, packer: Packer, target: ByteTarget) {
		const write = (value: unknown): void => {
			if (!this.#isDiscarding) packer.value(value);
		};
		this.writers = new Array<(value: unknown) => void>(fieldCount).fill(write);
		this.rowCount = 0;
		this.refusal = '';
		this.#out = out;
		this.#target = target;
		this.#fieldCount = fieldCount;
		this.#isDiscarding = false;
		this.#stopAt = 0;
	}

	start(rowsMax: number, isDiscarding: boolean): void {
		this.refusal = '';
		this.#isDiscarding = isDiscarding;
		this.#stopAt = this.rowCount + rowsMax;
	}

	/** Goes on after the socket has drained. */
	proceed(): void {
		this.refusal = '';
	}

	begin(): void {
		if (this.#isDiscarding) return;
		this.#out.begin(RECORD, 1);
		this.#out.list(this.#fieldCount);
	}

	end(): boolean {
		this.rowCount++;
		if (!this.#isDiscarding) {
			const out = this.#out;
			out.finish();
			if (out.length >= PIECE_BYTES) {
				out.flush(this.#target);
				if (this.#target.writableLength >= WAITING_BYTES_MAX) this.refusal = 'waiting';
			}
		}
		if (this.rowCount >= this.#stopAt) this.refusal = 'limit';
		return this.refusal === '';
	}
}
