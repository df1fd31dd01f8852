/** Avro object container files, to write: the header, and blocks of datums compressed with deflate. The format is told in `avro-source.ts`, which reads it. */
import { deflateRawSync } from 'node:zlib';

const MAGIC = Buffer.from('Obj\u0001', 'latin1');

/** A zig-zag number of variable length. */
function long(value: number): Buffer {
	const bytes: number[] = [];
	let rest = BigInt(value) << 1n;
	for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
	bytes.push(Number(rest));
	return Buffer.from(bytes);
}

function text(value: string): Buffer {
	const bytes = Buffer.from(value);
	return Buffer.concat([long(bytes.length), bytes]);
}

/** `sync`: 16 bytes that end each block, unlike those of other files. */
export function avroHeader(schema: unknown, sync: Uint8Array): Uint8Array {
	const metadata = [text('avro.schema'), text(JSON.stringify(schema)), text('avro.codec'), text('deflate')];
	return Buffer.concat([MAGIC, long(2), ...metadata, long(0), sync]);
}

export function avroBlock(count: number, datums: readonly Uint8Array[], sync: Uint8Array): Uint8Array {
	const data = deflateRawSync(Buffer.concat(datums));
	return Buffer.concat([long(count), long(data.length), data, sync]);
}
