/**
 * The LZ4 frame format (Collet; lz4_Frame_format.md, version 1.6.4), to read: a header, blocks that may refer to those before, an end mark. Checksums are passed over: what
 * holds a frame here has its own, or none. Skippable frames and dictionaries do not occur in what is read.
 */
const MAGIC = 0x184d2204;
const MATCH_BYTES_MIN = 4;

/** Throws an Error for what is no whole frame. */
export function readLz4Frame(frame: Uint8Array): Uint8Array {
	const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
	if (frame.length < 7 || view.getUint32(0, true) !== MAGIC) throw new Error('there is no frame of LZ4');
	const flags = frame[4]!;
	const [hasBlockChecksum, hasContentBytes, hasDictionary] = [(flags & 0x10) !== 0, (flags & 0x08) !== 0, (flags & 0x01) !== 0];
	if (hasDictionary) throw new Error('the LZ4 frame needs a dictionary');
	const out = new FrameOutput(hasContentBytes ? Number(view.getBigUint64(6, true)) : frame.length * 3);
	let at = 6 + (hasContentBytes ? 8 : 0) + 1;
	for (;;) {
		const word = view.getUint32(at, true);
		at += 4;
		if (word === 0) return out.bytes.subarray(0, out.length);
		const count = word & 0x7fffffff;
		const block = frame.subarray(at, at + count);
		if (block.length < count) throw new Error('a block of the LZ4 frame is cut off');
		if (word >>> 31 === 1) out.literals(block, 0, count);
		else decodeBlock(block, out);
		at += count + (hasBlockChecksum ? 4 : 0);
	}
}

class FrameOutput {
	bytes: Uint8Array;
	length = 0;

	constructor(bytesExpected: number) {
		this.bytes = new Uint8Array(Math.max(64, bytesExpected));
	}

	literals(from: Uint8Array, start: number, count: number): void {
		this.#reserve(count);
		this.bytes.set(from.subarray(start, start + count), this.length);
		this.length += count;
	}

	/** Byte by byte, as what is copied may overlap what is written. */
	copy(distance: number, count: number): void {
		if (distance === 0 || distance > this.length) throw new Error('a copy in the LZ4 frame reaches before its beginning');
		this.#reserve(count);
		const { bytes } = this;
		for (let i = 0; i < count; i++) bytes[this.length + i] = bytes[this.length + i - distance]!;
		this.length += count;
	}

	#reserve(count: number): void {
		if (this.length + count <= this.bytes.length) return;
		const grown = new Uint8Array(Math.max(this.length + count, this.bytes.length * 2));
		grown.set(this.bytes.subarray(0, this.length));
		this.bytes = grown;
	}
}

function decodeBlock(block: Uint8Array, out: FrameOutput): void {
	let at = 0;
	const more = (count: number): number => {
		let total = count;
		if (count !== 15) return total;
		for (;;) {
			const byte = block[at++];
			if (byte === undefined) throw new Error('a block of the LZ4 frame is cut off');
			total += byte;
			if (byte !== 255) return total;
		}
	};
	while (at < block.length) {
		const token = block[at++]!;
		const literals = more(token >> 4);
		if (at + literals > block.length) throw new Error('a block of the LZ4 frame is cut off');
		out.literals(block, at, literals);
		at += literals;
		if (at >= block.length) return;
		const distance = block[at]! | (block[at + 1]! << 8);
		at += 2;
		out.copy(distance, more(token & 15) + MATCH_BYTES_MIN);
	}
}
