/** The longest key. It is checked where a key enters a transaction: what the log has taken must never be refused by a store. */
import { LimitError } from '../platform/errors.ts';

export const KEY_BYTES_MAX = 65_535;

/** Throws LimitError (key-too-long, 54000). */
export function checkKeyLength(keyBytes: number): void {
	if (keyBytes <= KEY_BYTES_MAX) return;
	throw new LimitError('key-too-long', `a key of ${keyBytes} bytes is longer than the limit of ${KEY_BYTES_MAX}`, {
		sqlstate: '54000',
		hint: 'Keys of tables and indexes are made of all of their columns: index a shorter value, such as its md5.',
	});
}
