/**
 * CRC-32 (the IEEE polynomial 0xEDB88320, reflected; RFC 1952 §8), the checksum of every frame, block and page.
 *
 * Cost: a call into zlib takes about 0.2 µs whatever the length, so short inputs go through a table here (about 1 ns a
 * byte), long ones through `zlib.crc32`, which is vectorised.
 * Why not CRC-32C: no vectorised form of it is reachable from Node.js without native code.
 */
import { crc32 as zlibCrc32 } from 'node:zlib';

const TABLE_BYTES_MAX = 200;

const table = makeTable();

/**
 * The checksum of `bytes[start, end)` as an unsigned 32-bit number. `seed` continues the checksum of what came before, so
 * that `checksum(b, 0, 9)` equals `checksum(b, 4, 9, checksum(b, 0, 4))`.
 */
export function checksum(bytes: Uint8Array, start: number, end: number, seed = 0): number {
	if (end - start >= TABLE_BYTES_MAX) return zlibCrc32(bytes.subarray(start, end), seed);
	let crc = ~seed;
	for (let at = start; at < end; at++) crc = table[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8);
	return ~crc >>> 0;
}

function makeTable(): Int32Array {
	const made = new Int32Array(256);
	for (let byte = 0; byte < 256; byte++) {
		let crc = byte;
		for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
		made[byte] = crc;
	}
	return made;
}
