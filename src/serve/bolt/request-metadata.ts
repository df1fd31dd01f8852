/** What the maps in a client's requests say: of a transaction, of a pull, of a login. */
import type { BoltTransactionOptions } from './host.ts';
import { BOOKMARK_INVALID, REQUEST_INVALID, RequestError } from './status-codes.ts';

/** Bookmarks are offsets behind this. */
const BOOKMARK = 'polylog:';

const EMPTY: ReadonlyMap<string, unknown> = new Map();

/** What came with BEGIN, or with a RUN outside of a transaction; `database` is what the client calls it. */
export interface TransactionRequest extends BoltTransactionOptions {
	/** The offset that must be visible first; 0 when none was named. */
	readonly afterOffset: number;
}

export function readTransactionRequest(metadata: ReadonlyMap<string, unknown>, user: string): TransactionRequest {
	const impersonated = optionalText(metadata, 'imp_user');
	if (impersonated !== '' && impersonated !== user) {
		throw new RequestError(REQUEST_INVALID, `${user} cannot act as ${impersonated}: impersonation is not supported`);
	}
	const mode = optionalText(metadata, 'mode');
	if (mode !== '' && mode !== 'r' && mode !== 'w') throw new RequestError(REQUEST_INVALID, `mode must be "r" or "w", not ${JSON.stringify(mode)}`);
	const timeoutMs = metadata.get('tx_timeout') ?? 0;
	if (typeof timeoutMs !== 'number' || !Number.isInteger(timeoutMs) || timeoutMs < 0) {
		throw new RequestError(REQUEST_INVALID, 'tx_timeout must be a count of milliseconds');
	}
	const given = metadata.get('tx_metadata') ?? EMPTY;
	if (!(given instanceof Map)) throw new RequestError(REQUEST_INVALID, 'tx_metadata must be a map');
	return {
		database: optionalText(metadata, 'db'),
		mode: mode === 'r' ? 'read' : 'write',
		timeoutMs,
		metadata: given,
		afterOffset: lastOffset(metadata.get('bookmarks')),
	};
}

/** The bookmark of a state: its offset. */
export function bookmarkOf(offset: number): string {
	return `${BOOKMARK}${offset}`;
}

/** The highest offset of a list of bookmarks; 0 of none. */
export function lastOffset(bookmarks: unknown): number {
	if (bookmarks === null || bookmarks === undefined) return 0;
	if (!Array.isArray(bookmarks)) throw new RequestError(BOOKMARK_INVALID, 'bookmarks must be a list');
	let last = 0;
	for (const bookmark of bookmarks) {
		const digits = typeof bookmark === 'string' && bookmark.startsWith(BOOKMARK) ? bookmark.slice(BOOKMARK.length) : '';
		const offset = /^\d{1,16}$/.test(digits) ? Number(digits) : Number.NaN;
		if (!Number.isSafeInteger(offset)) throw new RequestError(BOOKMARK_INVALID, `${JSON.stringify(String(bookmark))} is no bookmark of this database`);
		last = Math.max(last, offset);
	}
	return last;
}

/** How many records a PULL or DISCARD is about (Infinity: all), and of which result (−1: the last one). */
export function readPull(metadata: ReadonlyMap<string, unknown>): { readonly count: number; readonly qid: number } {
	const n = metadata.get('n') ?? -1;
	const qid = metadata.get('qid') ?? -1;
	if (typeof n !== 'number' || !Number.isInteger(n) || n < -1 || n === 0) throw new RequestError(REQUEST_INVALID, 'n must be -1 or a positive integer');
	if (typeof qid !== 'number' || !Number.isInteger(qid) || qid < -1) throw new RequestError(REQUEST_INVALID, 'qid must be the number of a result, or -1');
	return { count: n === -1 ? Number.POSITIVE_INFINITY : n, qid };
}

/** A text of a map; '' when it is not there or null. */
export function optionalText(metadata: ReadonlyMap<string, unknown>, key: string): string {
	const value = metadata.get(key) ?? '';
	if (typeof value !== 'string') throw new RequestError(REQUEST_INVALID, `${key} must be a text`);
	return value;
}
