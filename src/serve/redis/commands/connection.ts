/** The connection itself: AUTH, HELLO, SELECT, CLIENT, PING, QUIT. */
import { matchesPassword } from '../../../database/scram-verifier.ts';
import type { Client } from '../client.ts';
import type { CommandSet } from '../command.ts';
import { NOT_AN_INTEGER, RedisError, SYNTAX, wrongArguments } from '../redis-error.ts';
import type { ReplyBuffer } from '../reply-buffer.ts';
import type { Request } from '../request.ts';
import { DATABASES } from '../server-state.ts';
import { REDIS_VERSION } from '../version.ts';

/** The user that AUTH means when it is given a password alone. */
const DEFAULT_USER = 'default';
const FIRST_USER = 'polylog';

const WRONG_PASSWORD = 'WRONGPASS invalid username-password pair or user is disabled.';
const NO_PASSWORD = 'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?';

function logIn(client: Client, user: string, password: string): void {
	const { host } = client.server;
	const role = host.role(user === DEFAULT_USER ? FIRST_USER : user);
	// A user that does not exist takes as long as one that does.
	const matches = matchesPassword(role?.verifier ?? null, password);
	if (!matches || role?.canLogin !== true) throw new RedisError(WRONG_PASSWORD);
	client.user = user;
	client.isAuthenticated = true;
}

function auth(client: Client, request: Request, out: ReplyBuffer): void {
	if (request.count > 3) throw SYNTAX;
	if (!client.server.host.hasPasswords()) {
		if (request.count === 2) throw new RedisError(NO_PASSWORD);
		// Nobody has a password: whoever comes is let in, as by the other protocols.
		if (request.text(1) !== DEFAULT_USER && client.server.host.role(request.text(1)) === undefined) throw new RedisError(WRONG_PASSWORD);
	} else {
		logIn(client, request.count === 3 ? request.text(1) : DEFAULT_USER, request.text(request.count - 1));
	}
	out.ok();
}

interface Hello {
	protocol: number;
	user: string | null;
	password: string;
	name: string | null;
}

function helloOptions(client: Client, request: Request): Hello {
	const hello: Hello = { protocol: client.out.protocol, user: null, password: '', name: null };
	if (request.count > 1) {
		hello.protocol = request.integer(1, new RedisError('ERR Protocol version is not an integer or out of range'));
		if (hello.protocol !== 2 && hello.protocol !== 3) throw new RedisError('NOPROTO unsupported protocol version');
	}
	for (let i = 2; i < request.count; i++) {
		if (request.is(i, 'auth') && i + 2 < request.count) {
			hello.user = request.text(i + 1);
			hello.password = request.text(i + 2);
			i += 2;
		} else if (request.is(i, 'setname') && i + 1 < request.count) {
			hello.name = checkName(request, ++i);
		} else {
			throw new RedisError(`ERR Syntax error in HELLO option '${request.text(i)}'`);
		}
	}
	return hello;
}

function hello(client: Client, request: Request, out: ReplyBuffer): void {
	const options = helloOptions(client, request);
	const { server } = client;
	if (options.user !== null && server.host.hasPasswords()) logIn(client, options.user, options.password);
	if (!client.isAuthenticated) {
		throw new RedisError(
			'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
		);
	}
	if (options.name !== null) client.name = options.name;
	out.protocol = options.protocol;
	out.map(7);
	out.bulkText('server');
	out.bulkText('redis');
	out.bulkText('version');
	out.bulkText(REDIS_VERSION);
	out.bulkText('proto');
	out.integer(options.protocol);
	out.bulkText('id');
	out.integer(client.id);
	out.bulkText('mode');
	out.bulkText('standalone');
	out.bulkText('role');
	out.bulkText('master');
	out.bulkText('modules');
	out.array(0);
}

function checkName(request: Request, index: number): string {
	const name = request.text(index);
	if (!/^[!-~]*$/.test(name)) throw new RedisError('ERR Client names cannot contain spaces, newlines or special characters.');
	return name;
}

function select(client: Client, request: Request, out: ReplyBuffer): void {
	const database = request.integer(1);
	if (!(database >= 0 && database < DATABASES)) throw new RedisError('ERR DB index is out of range');
	client.database = database;
	out.ok();
}

function ping(client: Client, request: Request, out: ReplyBuffer): void {
	if (request.count > 2) throw wrongArguments('ping');
	if (client.isSubscribed && out.protocol === 2) {
		out.array(2);
		out.bulkText('pong');
		if (request.count === 2) out.bulkBytes(request.view(1));
		else out.bulkText('');
	} else if (request.count === 2) {
		out.bulkBytes(request.view(1));
	} else {
		out.simple('PONG');
	}
}

function quit(client: Client, _request: Request, out: ReplyBuffer): void {
	out.ok();
	client.transport.shutDown();
}

/** One line of CLIENT LIST. */
function describe(client: Client): string {
	const { server } = client;
	const now = server.data.nowMs;
	const flags = `${client.wait !== null ? 'b' : ''}${client.isSubscribed ? 'P' : ''}${client.queued !== null ? 'x' : ''}${client.isDirty ? 'd' : ''}`;
	const fields: readonly (readonly [string, string | number])[] = [
		['id', client.id],
		['addr', client.transport.address],
		['laddr', `${server.address.host}:${server.address.port}`],
		['name', client.name],
		['age', Math.floor((now - client.connectedMs) / 1000)],
		['idle', Math.floor((now - client.lastRequestMs) / 1000)],
		['flags', flags === '' ? 'N' : flags],
		['db', client.database],
		['sub', client.channels.size],
		['psub', client.patterns.size],
		['ssub', client.shardChannels.size],
		['multi', client.queued?.length ?? -1],
		['cmd', client.lastCommand],
		['user', client.user],
		['resp', client.out.protocol],
		['lib-name', client.libraryName],
		['lib-ver', client.libraryVersion],
	];
	return fields.map(([name, value]) => `${name}=${value}`).join(' ');
}

function list(client: Client, request: Request, out: ReplyBuffer): void {
	let clients = client.server.clients();
	if (request.count > 2) {
		if (request.is(2, 'id') && request.count > 3) {
			const ids = new Set<number>();
			for (let i = 3; i < request.count; i++) ids.add(request.integer(i, new RedisError('ERR Invalid client ID')));
			clients = clients.filter((one) => ids.has(one.id));
		} else if (request.is(2, 'type') && request.count === 4) {
			const type = request.lower(3);
			if (!['normal', 'master', 'replica', 'slave', 'pubsub'].includes(type)) throw new RedisError(`ERR Unknown client type '${request.text(3)}'`);
			clients = clients.filter((one) => type === (one.isSubscribed ? 'pubsub' : 'normal'));
		} else throw SYNTAX;
	}
	out.verbatim(clients.map((one) => `${describe(one)}\n`).join(''));
}

function kill(client: Client, request: Request, out: ReplyBuffer): void {
	const { server } = client;
	const clients = server.clients();
	if (request.count === 3) {
		const address = request.text(2);
		const found = clients.find((one) => one.transport.address === address);
		if (found === undefined) throw new RedisError('ERR No such client');
		end(client, found);
		out.ok();
		return;
	}
	let chosen = clients;
	let sparesSelf = true;
	for (let i = 2; i < request.count; i += 2) {
		if (i + 1 >= request.count) throw SYNTAX;
		const value = request.text(i + 1);
		const word = request.lower(i);
		if (word === 'id') {
			const id = request.integer(i + 1, new RedisError('ERR client-id should be greater than 0'));
			if (!(id > 0)) throw new RedisError('ERR client-id should be greater than 0');
			chosen = chosen.filter((one) => one.id === id);
		} else if (word === 'addr') chosen = chosen.filter((one) => one.transport.address === value);
		else if (word === 'laddr') chosen = chosen.filter(() => `${server.address.host}:${server.address.port}` === value);
		else if (word === 'user') chosen = chosen.filter((one) => one.user === value);
		else if (word === 'type') chosen = chosen.filter((one) => value.toLowerCase() === (one.isSubscribed ? 'pubsub' : 'normal'));
		else if (word === 'skipme') sparesSelf = value.toLowerCase() !== 'no';
		else throw SYNTAX;
	}
	if (sparesSelf) chosen = chosen.filter((one) => one !== client);
	for (const one of chosen) end(client, one);
	out.integer(chosen.length);
}

/** A client that ends itself is answered first. */
function end(self: Client, client: Client): void {
	if (client === self) client.transport.shutDown();
	else client.transport.destroy();
}

function reply(client: Client, request: Request, out: ReplyBuffer): void {
	const word = request.lower(2);
	if (word === 'on') {
		client.replies = 'on';
		out.ok();
	} else if (word === 'off') client.replies = 'off';
	else if (word === 'skip') client.replies = client.replies === 'off' ? 'off' : 'skip';
	else throw SYNTAX;
}

function setInfo(client: Client, request: Request, out: ReplyBuffer): void {
	const word = request.lower(2);
	const value = request.text(3);
	if (!/^[!-~]*$/.test(value)) throw new RedisError(`ERR ${word} cannot contain spaces, newlines or special characters.`);
	if (word === 'lib-name') client.libraryName = value;
	else if (word === 'lib-ver') client.libraryVersion = value;
	else throw new RedisError(`ERR Unrecognized option '${request.text(2)}'`);
	out.ok();
}

function unblock(client: Client, request: Request, out: ReplyBuffer): void {
	const asError = request.count === 4 && request.is(3, 'error');
	if (request.count > 4 || (request.count === 4 && !asError && !request.is(3, 'timeout'))) {
		throw new RedisError('ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR');
	}
	const other = client.server.clientOf(request.integer(2, NOT_AN_INTEGER));
	const isWaiting = other !== undefined && other.wait !== null;
	if (isWaiting) {
		client.server.waiting.end(other, (wait) => {
			if (asError) other.out.error('UNBLOCKED client unblocked via CLIENT UNBLOCK');
			else wait.giveUp(other.out);
		});
	}
	out.integer(isWaiting ? 1 : 0);
}

function onOrOff(request: Request, index: number): boolean {
	if (request.is(index, 'on')) return true;
	if (request.is(index, 'off')) return false;
	throw SYNTAX;
}

interface Subcommand {
	/** Counts arguments with both words; negative: at least. */
	readonly arity: number;
	readonly run: (client: Client, request: Request, out: ReplyBuffer) => void;
}

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
	id: { arity: 2, run: (client, _request, out) => out.integer(client.id) },
	getname: { arity: 2, run: (client, _request, out) => (client.name === '' ? out.nil() : out.bulkText(client.name)) },
	setname: {
		arity: 3,
		run: (client, request, out) => {
			client.name = checkName(request, 2);
			out.ok();
		},
	},
	info: { arity: 2, run: (client, _request, out) => out.verbatim(`${describe(client)}\n`) },
	list: { arity: -2, run: list },
	kill: { arity: -3, run: kill },
	reply: { arity: 3, run: reply },
	setinfo: { arity: 4, run: setInfo },
	unblock: { arity: -3, run: unblock },
	'no-evict': {
		arity: 3,
		run: (client, request, out) => {
			client.isEvictable = !onOrOff(request, 2);
			out.ok();
		},
	},
};

/** Finds a subcommand and checks the number of its arguments. */
export function findSubcommand<T extends { readonly arity: number }>(table: Readonly<Record<string, T>>, request: Request, command: string): T {
	const word = request.lower(1);
	const found = Object.hasOwn(table, word) ? table[word] : undefined;
	if (found === undefined) throw new RedisError(`ERR unknown subcommand '${request.text(1)}'. Try ${command.toUpperCase()} HELP.`);
	if (found.arity > 0 ? request.count !== found.arity : request.count < -found.arity) throw wrongArguments(`${command}|${word}`);
	return found;
}

function reset(client: Client, _request: Request, out: ReplyBuffer): void {
	client.reset();
	client.server.watched();
	out.simple('RESET');
}

export const connectionCommands: CommandSet = {
	auth: { run: auth },
	hello: { run: hello },
	select: { run: select },
	ping: { run: ping },
	echo: { run: (_client, request, out) => out.bulkBytes(request.view(1)) },
	quit: { run: quit, isControl: true },
	reset: { run: reset, isControl: true },
	client: { run: (client, request, out) => findSubcommand(SUBCOMMANDS, request, 'client').run(client, request, out) },
};
