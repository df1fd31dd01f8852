/**
 * The payload of one transaction in the log: for each change a varint of its model, a varint of its byte count, its bytes.
 * The page is `docs/formats/changes.md`.
 */
import type { ByteWriter } from '../bytes/byte-writer.ts';
import { readVarint, varintBytes } from '../bytes/varint.ts';
import { CorruptionError } from '../platform/errors.ts';

/** A walk over the changes of a payload: `open`, then `next` and the fields. */
export class ChangeWalk {
	model = 0;
	/** The change is `bytes[start, end)`. */
	start = 0;
	end = 0;
	#bytes: Uint8Array = new Uint8Array(0);
	#payloadEnd = 0;

	open(bytes: Uint8Array, start: number, end: number): void {
		this.#bytes = bytes;
		this.end = start;
		this.#payloadEnd = end;
	}

	/** Goes on at another place, where a change begins. */
	skipTo(place: number): void {
		this.end = place;
	}

	next(): boolean {
		const at = this.end;
		if (at >= this.#payloadEnd) return false;
		const bytes = this.#bytes;
		const model = readVarint(bytes, at);
		const lengthAt = at + varintBytes(model);
		const length = readVarint(bytes, lengthAt);
		this.model = model;
		this.start = lengthAt + varintBytes(length);
		this.end = this.start + length;
		if (this.end > this.#payloadEnd) {
			throw new CorruptionError('corruption', `a change of ${length} bytes runs past the end of its transaction`, { sqlstate: 'XX001' });
		}
		return true;
	}
}

/** Calls back for each change in `bytes[start, end)`. */
export function eachChange(bytes: Uint8Array, start: number, end: number, visit: (model: number, start: number, end: number) => void): void {
	const walk = new ChangeWalk();
	walk.open(bytes, start, end);
	while (walk.next()) visit(walk.model, walk.start, walk.end);
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
