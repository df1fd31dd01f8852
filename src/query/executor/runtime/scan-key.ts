/** Keys of access paths, reused between executions. */
import type { Slot } from '../../../storage/contracts.ts';
import { GrowingKeyBuffer } from '../../../value/key-buffer.ts';

export class ScanKey extends GrowingKeyBuffer {}

const NO_BYTES = new Uint8Array(0);

export function makeSlot(): Slot {
	return { buffer: NO_BYTES, start: 0, end: 0 };
}

export function copyKey(buffer: Uint8Array, start: number, end: number): Uint8Array {
	const copy = new Uint8Array(end - start);
	for (let i = start; i < end; i++) copy[i - start] = buffer[i]!;
	return copy;
}

/** What `ctid` shows: the key's bytes in hexadecimal. */
export function keyText(key: Uint8Array): string {
	let text = '(';
	for (const byte of key) text += byte.toString(16).padStart(2, '0');
	return `${text})`;
}
