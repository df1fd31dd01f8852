/**
 * The payload of one transaction in the log: for each change a varint of its model, a varint of its byte count, its bytes.
 * The page is `docs/formats/changes.md`.
 */
import type { ByteWriter } from '../bytes/byte-writer.ts';
import { readVarint, varintBytes } from '../bytes/varint.ts';
import { CorruptionError } from '../platform/errors.ts';

/** Calls back for each change in `bytes[start, end)`. */
export function eachChange(bytes: Uint8Array, start: number, end: number, visit: (model: number, start: number, end: number) => void): void {
	let at = start;
	while (at < end) {
		const model = readVarint(bytes, at);
		at += varintBytes(model);
		const length = readVarint(bytes, at);
		at += varintBytes(length);
		if (at + length > end) {
			throw new CorruptionError('corruption', `a change of ${length} bytes runs past the end of its transaction`, { sqlstate: 'XX001' });
		}
		visit(model, at, at + length);
		at += length;
	}
}

/** Adds changes to a payload. */
export class ChangeWriter {
	readonly #writer: ByteWriter;

	constructor(writer: ByteWriter) {
		this.#writer = writer;
	}

	/** Adds the change `bytes[0, length)`, which are copied. */
	add(model: number, bytes: Uint8Array, length: number): void {
		this.begin(model, length).raw(bytes, 0, length);
	}

	/** Adds a change of `length` bytes, which the caller writes next. */
	begin(model: number, length: number): ByteWriter {
		const writer = this.#writer;
		writer.varint(model);
		writer.varint(length);
		return writer;
	}
}
