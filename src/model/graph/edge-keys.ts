/**
 * Edges read from the key bytes of the edges table: (tail int8, type text, head int8, id int8), each part behind a byte that says it
 * is not null (`value/key-codec.ts`). Ids past 32 bits are not read: the adjacency does not hold them.
 */
import { decodeUtf8 } from '../../value/utf8.ts';

const INT8_BYTES = 9;

export class EdgeKey {
	tail: number;
	type: string;
	head: number;
	id: number;
	/** Bytes of `type`, so that equal ones that follow each other are not decoded again. */
	#typeBytes: Uint8Array;

	constructor() {
		this.tail = 0;
		this.type = '';
		this.head = 0;
		this.id = 0;
		this.#typeBytes = new Uint8Array(0);
	}

	/** False when an id does not fit into 32 bits. */
	read(key: Uint8Array, start: number): boolean {
		const typeStart = start + INT8_BYTES + 1;
		const typeEnd = this.#readType(key, typeStart);
		const headAt = typeEnd + 1;
		const idAt = headAt + INT8_BYTES;
		this.tail = readId(key, start);
		this.head = readId(key, headAt);
		this.id = readId(key, idAt);
		return this.tail >= 0 && this.head >= 0 && this.id >= 0;
	}

	#readType(key: Uint8Array, start: number): number {
		const known = this.#typeBytes;
		let at = start;
		while (at - start < known.length && key[at] === known[at - start] && key[at] !== 0) at++;
		if (at - start === known.length && key[at] === 0 && known.length > 0) return at;
		while (key[at] !== 0) at++;
		this.#typeBytes = key.slice(start, at);
		this.type = decodeUtf8(key, start, at);
		return at;
	}
}

/** The int8 at a key part, or −1 when it is not within 32 bits. */
export function readId(key: Uint8Array, start: number): number {
	if (key[start + 1] !== 0x80 || key[start + 2] !== 0 || key[start + 3] !== 0 || key[start + 4] !== 0) return -1;
	return ((key[start + 5]! << 24) | (key[start + 6]! << 16) | (key[start + 7]! << 8) | key[start + 8]!) >>> 0;
}
