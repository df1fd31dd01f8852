/** What commands that wait for an element share: their keys, their timeouts, the waiting itself. */

import { PolylogError } from '../../../platform/errors.ts';
import type { Client, Wait } from '../client.ts';
import { keyName } from '../key-name.ts';
import { houseError, RedisError, SYNTAX } from '../redis-error.ts';
import type { ReplyBuffer } from '../reply-buffer.ts';
import { parseFloating, type Request } from '../request.ts';

/** Longer timeouts are none. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

/** Seconds in an argument, as milliseconds; 0: for ever. */
export function timeoutMs(request: Request, index: number): number {
	const seconds = parseFloating(request.text(index));
	if (seconds === undefined || !Number.isFinite(seconds)) throw new RedisError('ERR timeout is not a float or out of range');
	if (seconds < 0) throw new RedisError('ERR timeout is negative');
	const ms = Math.ceil(seconds * 1000);
	if (ms > Number.MAX_SAFE_INTEGER) throw new RedisError('ERR timeout is out of range');
	return ms;
}

/** Keys whose number is in an argument before them: the places of the first and the last one. */
export function countedKeys(request: Request, index: number, tooFew: RedisError = SYNTAX): { readonly first: number; readonly last: number } {
	const wrong = new RedisError('ERR numkeys should be greater than 0');
	const count = request.index(index, wrong);
	if (!(count > 0)) throw wrong;
	if (index + count >= request.count) throw tooFew;
	return { first: index + 1, last: index + count };
}

/**
 * Lets a client wait until `attempt` succeeds for one of its keys, which are arguments `first` to `last`. Inside MULTI nobody
 * waits: it is as if the time were over.
 */
export function waitFor(
	client: Client,
	given: Request,
	first: number,
	last: number,
	timeout: number,
	attempt: (request: Request, out: ReplyBuffer) => boolean,
	giveUp: (out: ReplyBuffer) => void,
	isMove = false,
): void {
	if (client.isInExec) {
		if (isMove) client.out.nil();
		else giveUp(client.out);
		return;
	}
	const { server } = client;
	const request = given.copy();
	const keys: string[] = [];
	for (let i = first; i <= last; i++) keys.push(keyName(client.database, request.bytes, request.starts[i]!, request.ends[i]!));
	const { timers } = server.host.platform;
	const wait: Wait = {
		keys,
		retry: () => retry(client, request, attempt),
		giveUp,
		cancelTimer: timeout === 0 || timeout > TIMEOUT_MS_MAX ? () => undefined : timers.after(timeout, () => expire(client, wait)),
	};
	server.waiting.enter(client, wait);
	server.watched();
}

/** True when the client was answered: with an element, or with an error. */
function retry(client: Client, request: Request, attempt: (request: Request, out: ReplyBuffer) => boolean): boolean {
	const mark = client.out.length;
	let isDone = false;
	try {
		client.transact(() => {
			isDone = attempt(request, client.out);
		});
	} catch (error) {
		// A key of another type is no reason to stop waiting.
		client.out.length = mark;
		if (error instanceof RedisError) return false;
		if (!(error instanceof PolylogError)) throw error;
		client.out.error(houseError(error));
		return true;
	}
	return isDone;
}

function expire(client: Client, wait: Wait): void {
	if (client.wait !== wait) return;
	const { server } = client;
	server.waiting.end(client, () => wait.giveUp(client.out));
	server.watched();
	server.settle();
}
