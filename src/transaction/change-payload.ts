/**
 * The payload of one transaction in the log: for each change a varint of its model, a varint of its byte count, its bytes.
 * The page is `docs/formats/changes.md`.
 */
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
