/**
 * The messages of Arrow's IPC formats, found one by one, so that a file is read record batch by record batch.
 *
 * Format: Arrow columnar format 1.x, "Serialization and Interprocess Communication". A stream is messages: FF FF FF FF, the length of the metadata, the metadata (a flatbuffer `Message`:
 * version, header type, header, body length), the body. Before 0.15 the four bytes FF were not there. A file (Feather V2) is `ARROW1`, two bytes, a stream, and a
 * footer that says again where the messages are; here it is read as the stream it holds.
 */
import { sqlError } from '../../platform/errors.ts';
import type { FileBytes } from './tabular-source.ts';

export type ArrowMessageKind = 'schema' | 'dictionary' | 'batch' | 'other';

export interface ArrowMessage {
	readonly kind: ArrowMessageKind;
	/** All of it, as a stream has it. */
	readonly bytes: Uint8Array;
	/** Of the byte behind it. */
	readonly end: number;
}

const FILE_MAGIC = 'ARROW1';
const FILE_MAGIC_BYTES = 8;
const KINDS: readonly ArrowMessageKind[] = ['other', 'schema', 'dictionary', 'batch'];
const MESSAGE_BYTES_MAX = 2 ** 31 - 1;

/** Where a file's messages begin. Throws for files of other formats. */
export function messagesStart(file: FileBytes, name: string): number {
	const head = Buffer.from(file.read(0, FILE_MAGIC_BYTES)).toString('latin1');
	if (head.startsWith('FEA1')) throw sqlError('0A000', `${name} is a Feather file of version 1`, { hint: 'Write it as Feather V2 or Arrow IPC.' });
	return head.startsWith(FILE_MAGIC) ? FILE_MAGIC_BYTES : 0;
}

/** The message at a position; null at the end of the stream. */
export function readMessage(file: FileBytes, name: string, position: number): ArrowMessage | null {
	const prefix = viewOf(file.read(position, 8));
	if (prefix.byteLength < 4) return null;
	const hasMark = prefix.getUint32(0, true) === 0xffffffff;
	if (hasMark && prefix.byteLength < 8) throw cutOff(name, position);
	const metadataBytes = prefix.getInt32(hasMark ? 4 : 0, true);
	if (metadataBytes === 0) return null;
	const metadataAt = position + (hasMark ? 8 : 4);
	if (metadataBytes < 0 || metadataAt + metadataBytes > file.byteLength) throw noMessage(name, position);
	const { kind, bodyBytes } = readMetadata(viewOf(file.read(metadataAt, metadataBytes)), name, position);
	const end = metadataAt + metadataBytes + bodyBytes;
	if (end > file.byteLength) throw cutOff(name, position);
	if (end - position > MESSAGE_BYTES_MAX)
		throw sqlError('54000', `${name} has a message of ${end - position} bytes at position ${position}, more than can be read at once`);
	return { kind, bytes: file.read(position, end - position), end };
}

function viewOf(bytes: Uint8Array): DataView {
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The fields of a flatbuffer `Message` that framing needs. */
function readMetadata(view: DataView, name: string, position: number): { readonly kind: ArrowMessageKind; readonly bodyBytes: number } {
	try {
		const table = view.getUint32(0, true);
		const fields = table - view.getInt32(table, true);
		const fieldsBytes = view.getUint16(fields, true);
		const placeOf = (field: number): number => {
			const at = 4 + 2 * field;
			const offset = at < fieldsBytes ? view.getUint16(fields + at, true) : 0;
			return offset === 0 ? -1 : table + offset;
		};
		const [kindAt, bodyAt] = [placeOf(1), placeOf(3)];
		const bodyBytes = bodyAt < 0 ? 0 : Number(view.getBigInt64(bodyAt, true));
		if (bodyBytes < 0) throw new RangeError('a negative length');
		return { kind: KINDS[kindAt < 0 ? 0 : view.getUint8(kindAt)] ?? 'other', bodyBytes };
	} catch (error) {
		throw noMessage(name, position, error);
	}
}

function noMessage(name: string, position: number, cause?: unknown): Error {
	if (position <= FILE_MAGIC_BYTES) return sqlError('22P04', `${name} is no file or stream of Arrow`, { cause });
	return sqlError('22P04', `${name}: there is no message of Arrow at position ${position}`, { cause });
}

function cutOff(name: string, position: number): Error {
	return sqlError('22P04', `${name}: the message at position ${position} is cut off`);
}
