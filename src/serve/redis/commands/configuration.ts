/**
 * CONFIG: what can be asked and what can be set. Only `appendfsync` can: it is the durability of the selected database, kept in
 * the catalog. The others tell how things are.
 */
import type { Client } from '../client.ts';
import { GlobPattern } from '../glob-pattern.ts';
import { RedisError, wrongArguments } from '../redis-error.ts';
import type { ReplyBuffer } from '../reply-buffer.ts';
import type { Request } from '../request.ts';
import { BULK_BYTES_MAX } from '../request-parser.ts';
import { DATABASES } from '../server-state.ts';
import { findSubcommand } from './connection.ts';

interface Parameter {
	readonly get: (client: Client) => string;
	/** Checks a value and returns what sets it; absent where nothing can be set. */
	readonly prepare?: (client: Client, value: string) => () => void;
}

/** What `appendfsync` says of the selected database. */
function appendfsync(client: Client): string {
	const { durability, object } = client.space;
	if (durability === 'disk') return 'always';
	return object.syncEachSecond === true ? 'everysec' : 'no';
}

function prepareAppendfsync(client: Client, value: string): () => void {
	const word = value.toLowerCase();
	if (!['no', 'everysec', 'always'].includes(word)) {
		throw new RedisError(`ERR CONFIG SET failed (possibly related to argument 'appendfsync') - argument(s) must be one of the following: everysec, always, no`);
	}
	return () => {
		client.space.configure(word === 'always' ? 'disk' : 'os', word === 'everysec');
		client.waitOffset = client.server.host.manager.decidedOffset;
	};
}

function fixed(value: string): Parameter {
	return { get: () => value };
}

const PARAMETERS: Readonly<Record<string, Parameter>> = {
	appendfsync: { get: appendfsync, prepare: prepareAppendfsync },
	appendonly: fixed('yes'),
	save: fixed(''),
	databases: fixed(String(DATABASES)),
	maxmemory: fixed('0'),
	'maxmemory-policy': fixed('noeviction'),
	maxclients: { get: (client) => String(client.server.connectionsMax) },
	port: { get: (client) => String(client.server.address.port) },
	bind: { get: (client) => client.server.address.host },
	dir: { get: (client) => client.server.host.directory },
	timeout: fixed('0'),
	'proto-max-bulk-len': fixed(String(BULK_BYTES_MAX)),
	'notify-keyspace-events': fixed(''),
	'cluster-enabled': fixed('no'),
	'io-threads': fixed('1'),
};

function getParameters(client: Client, request: Request, out: ReplyBuffer): void {
	const found = new Map<string, string>();
	for (let i = 2; i < request.count; i++) {
		const pattern = new GlobPattern(Buffer.from(request.lower(i)));
		for (const [name, parameter] of Object.entries(PARAMETERS)) {
			if (!found.has(name) && pattern.matches(Buffer.from(name), 0, name.length)) found.set(name, parameter.get(client));
		}
	}
	out.map(found.size);
	for (const [name, value] of found) {
		out.bulkText(name);
		out.bulkText(value);
	}
}

function setParameters(client: Client, request: Request, out: ReplyBuffer): void {
	if (request.count % 2 === 1) throw wrongArguments('config|set');
	const settings: (() => void)[] = [];
	for (let i = 2; i < request.count; i += 2) {
		const name = request.lower(i);
		const parameter = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
		if (parameter === undefined) throw new RedisError(`ERR Unknown option or number of arguments for CONFIG SET - '${request.text(i)}'`);
		if (parameter.prepare === undefined) {
			throw new RedisError(`ERR CONFIG SET failed (possibly related to argument '${request.text(i)}') - can't set immutable config`);
		}
		settings.push(parameter.prepare(client, request.text(i + 1)));
	}
	for (const set of settings) set();
	out.ok();
}

function resetStatistics(client: Client, _request: Request, out: ReplyBuffer): void {
	const { statistics } = client.server;
	for (const name of Object.keys(statistics) as (keyof typeof statistics)[]) statistics[name] = 0;
	out.ok();
}

const SUBCOMMANDS: Readonly<Record<string, { readonly arity: number; readonly run: (client: Client, request: Request, out: ReplyBuffer) => void }>> = {
	get: { arity: -3, run: getParameters },
	set: { arity: -4, run: setParameters },
	resetstat: { arity: 2, run: resetStatistics },
	rewrite: {
		arity: 2,
		run: () => {
			throw new RedisError('ERR The server is running without a config file');
		},
	},
};

export function config(client: Client, request: Request, out: ReplyBuffer): void {
	findSubcommand(SUBCOMMANDS, request, 'config').run(client, request, out);
}
