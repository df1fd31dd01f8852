/** MULTI, EXEC, WATCH: what is queued becomes one transaction of the log. */

import { PolylogError } from '../../../platform/errors.ts';
import type { Client } from '../client.ts';
import type { CommandSet } from '../command.ts';
import { keyName, parseKeyName } from '../key-name.ts';
import { houseError, RedisError } from '../redis-error.ts';
import type { ReplyBuffer } from '../reply-buffer.ts';
import type { Request } from '../request.ts';

function multi(client: Client, _request: Request, out: ReplyBuffer): void {
	if (client.queued !== null) throw new RedisError('ERR MULTI calls can not be nested');
	client.queued = [];
	out.ok();
}

function discard(client: Client, _request: Request, out: ReplyBuffer): void {
	if (client.queued === null) throw new RedisError('ERR DISCARD without MULTI');
	end(client);
	out.ok();
}

function end(client: Client): void {
	client.discardQueue();
	client.server.watched();
}

function exec(client: Client, _request: Request, out: ReplyBuffer): void {
	const { queued } = client;
	if (queued === null) throw new RedisError('ERR EXEC without MULTI');
	const isBroken = client.isQueueBroken;
	const isDirty = client.isDirty || hasExpiredWatch(client);
	end(client);
	if (isBroken) throw new RedisError('EXECABORT Transaction discarded because of previous errors.');
	if (isDirty) {
		out.nilArray();
		return;
	}
	out.array(queued.length);
	client.isInExec = true;
	try {
		client.transact(() => {
			for (const request of queued) runQueued(client, request, out);
		});
	} finally {
		client.isInExec = false;
	}
}

/** A command that fails changes nothing; the others of the transaction stand. */
function runQueued(client: Client, request: Request, out: ReplyBuffer): void {
	const { data } = client.server;
	const transaction = data.transaction!;
	const savepoint = transaction.savepoint('');
	const mark = out.length;
	try {
		client.run(client.server.commands.find(request)!, request);
	} catch (error) {
		if (!(error instanceof RedisError || error instanceof PolylogError)) throw error;
		transaction.rollbackTo(savepoint);
		data.forget();
		out.length = mark;
		out.error(error instanceof RedisError ? error.message : houseError(error));
	}
}

/** A watched key that has expired since counts as changed. */
function hasExpiredWatch(client: Client): boolean {
	const { data } = client.server;
	if (client.watched.size === 0) return false;
	data.readOffset = data.manager.decidedOffset;
	for (const [name, hadExpired] of client.watched) {
		if (!hadExpired && hasExpired(client, name)) return true;
	}
	return false;
}

function hasExpired(client: Client, name: string): boolean {
	const { database, key } = parseKeyName(name);
	const header = client.server.data.space(database).find(key, 0, key.length);
	return header.isStored && header.type === 0;
}

function watch(client: Client, request: Request, out: ReplyBuffer): void {
	if (client.queued !== null) throw new RedisError('ERR WATCH inside MULTI is not allowed');
	const { server } = client;
	server.data.readOffset = server.data.manager.decidedOffset;
	for (let i = 1; i < request.count; i++) {
		const name = keyName(client.database, request.bytes, request.starts[i]!, request.ends[i]!);
		server.watches.watch(client, name, hasExpired(client, name));
	}
	server.watched();
	out.ok();
}

function unwatch(client: Client, _request: Request, out: ReplyBuffer): void {
	client.server.watches.forget(client);
	client.server.watched();
	out.ok();
}

export const transactionCommands: CommandSet = {
	multi: { run: multi, isControl: true },
	exec: { run: exec, isControl: true },
	discard: { run: discard, isControl: true },
	watch: { run: watch, isControl: true },
	unwatch: { run: unwatch },
};
