/** The server as a whole: COMMAND, CONFIG, INFO, DBSIZE, FLUSHALL, TIME. */
import type { Client } from '../client.ts';
import type { Command, CommandSet } from '../command.ts';
import { GlobPattern } from '../glob-pattern.ts';
import { RedisError, SYNTAX } from '../redis-error.ts';
import type { ReplyBuffer } from '../reply-buffer.ts';
import type { Request } from '../request.ts';
import { config } from './configuration.ts';
import { findSubcommand } from './connection.ts';
import { info } from './information.ts';

function describe(command: Command, out: ReplyBuffer): void {
	const { facts } = command;
	out.array(10);
	out.bulkText(facts.name);
	out.integer(facts.arity);
	out.set(facts.flags.length);
	for (const flag of facts.flags) out.simple(flag);
	out.integer(facts.firstKey);
	out.integer(facts.lastKey);
	out.integer(facts.keyStep);
	out.set(facts.categories.length);
	for (const category of facts.categories) out.simple(category);
	// Tips, specifications of keys, subcommands.
	out.array(0);
	out.array(0);
	out.array(0);
}

function list(client: Client, request: Request, out: ReplyBuffer): void {
	let names = client.server.commands.all.map((command) => command.name);
	if (request.count > 2) {
		if (request.count !== 5 || !request.is(2, 'filterby')) throw SYNTAX;
		const value = request.lower(4);
		if (request.is(3, 'aclcat')) names = client.server.commands.all.filter((c) => c.facts.categories.includes(`@${value}`)).map((c) => c.name);
		else if (request.is(3, 'pattern')) {
			const pattern = new GlobPattern(Buffer.from(value));
			names = names.filter((name) => pattern.matches(Buffer.from(name), 0, name.length));
		} else if (request.is(3, 'module')) names = [];
		else throw SYNTAX;
	}
	out.array(names.length);
	for (const name of names) out.bulkText(name);
}

function describeNamed(client: Client, request: Request, out: ReplyBuffer): void {
	if (request.count === 2) {
		everything(client, out);
		return;
	}
	out.array(request.count - 2);
	for (let i = 2; i < request.count; i++) {
		const command = client.server.commands.named(request.text(i));
		if (command === undefined) out.nilArray();
		else describe(command, out);
	}
}

function everything(client: Client, out: ReplyBuffer): void {
	const commands = client.server.commands.all;
	out.array(commands.length);
	for (const command of commands) describe(command, out);
}

function keysOf(client: Client, request: Request, out: ReplyBuffer): void {
	const command = client.server.commands.named(request.text(2));
	if (command === undefined) throw new RedisError('ERR Invalid command specified');
	const { arity, firstKey, lastKey, keyStep } = command.facts;
	const count = request.count - 2;
	if (firstKey === 0) throw new RedisError('ERR The command has no key arguments');
	if (arity > 0 ? count !== arity : count < -arity) throw new RedisError('ERR Invalid number of arguments specified for command');
	const last = lastKey < 0 ? count + lastKey : lastKey;
	const places: number[] = [];
	for (let i = firstKey; i <= last; i += keyStep) places.push(i);
	out.array(places.length);
	for (const place of places) out.bulkBytes(request.view(place + 2));
}

/** What documentation there is: the manual has it. */
function documentation(client: Client, request: Request, out: ReplyBuffer): void {
	const commands: Command[] = request.count === 2 ? [...client.server.commands.all] : [];
	for (let i = 2; i < request.count; i++) {
		const command = client.server.commands.named(request.text(i));
		if (command !== undefined) commands.push(command);
	}
	out.map(commands.length);
	for (const command of commands) {
		out.bulkText(command.name);
		out.map(1);
		out.bulkText('group');
		out.bulkText(command.facts.categories.find((c) => !/^@(read|write|fast|slow|dangerous|admin|blocking)$/.test(c))?.slice(1) ?? 'server');
	}
}

const SUBCOMMANDS: Readonly<Record<string, { readonly arity: number; readonly run: (client: Client, request: Request, out: ReplyBuffer) => void }>> = {
	count: { arity: 2, run: (client, _request, out) => out.integer(client.server.commands.all.length) },
	list: { arity: -2, run: list },
	info: { arity: -2, run: describeNamed },
	getkeys: { arity: -3, run: keysOf },
	docs: { arity: -2, run: documentation },
};

function command(client: Client, request: Request, out: ReplyBuffer): void {
	if (request.count === 1) everything(client, out);
	else findSubcommand(SUBCOMMANDS, request, 'command').run(client, request, out);
}

function checkFlushMode(request: Request): void {
	if (request.count > 2 || (request.count === 2 && !request.is(1, 'async') && !request.is(1, 'sync'))) throw SYNTAX;
}

function flushdb(client: Client, request: Request, out: ReplyBuffer): void {
	checkFlushMode(request);
	client.space.empty();
	out.ok();
}

function flushall(client: Client, request: Request, out: ReplyBuffer): void {
	checkFlushMode(request);
	const { data } = client.server;
	for (const database of data.databases()) data.space(database).empty();
	out.ok();
}

function time(client: Client, _request: Request, out: ReplyBuffer): void {
	const nowUs = Math.round(client.server.host.platform.clock.nowUs());
	out.array(2);
	out.bulkText(String(Math.floor(nowUs / 1e6)));
	out.bulkText(String(nowUs % 1e6));
}

/** There are no replicas: none has acknowledged anything. */
function wait(_client: Client, request: Request, out: ReplyBuffer): void {
	request.integer(1);
	if (!(request.integer(2, new RedisError('ERR timeout is not an integer or out of range')) >= 0)) throw new RedisError('ERR timeout is negative');
	out.integer(0);
}

/** Makes the stores durable in their own files; every commit is in the log already. */
function bgsave(client: Client, request: Request, out: ReplyBuffer): void {
	if (request.count > 2 || (request.count === 2 && !request.is(1, 'schedule'))) throw SYNTAX;
	const { server } = client;
	server.host.manager.checkpoint().then(
		() => {
			server.lastSaveMs = server.host.platform.clock.nowUs() / 1000;
		},
		(error: unknown) => server.host.report(`the checkpoint that BGSAVE asked for failed: ${error instanceof Error ? error.message : String(error)}`),
	);
	out.simple('Background saving started');
}

function role(_client: Client, _request: Request, out: ReplyBuffer): void {
	out.array(3);
	out.bulkText('master');
	out.integer(0);
	out.array(0);
}

export const serverCommands: CommandSet = {
	command: { run: command },
	config: { run: config },
	info: { run: info },
	dbsize: { run: (client, _request, out) => out.integer(client.space.keyCount()) },
	flushdb: { run: flushdb },
	flushall: { run: flushall },
	time: { run: time },
	wait: { run: wait },
	bgsave: { run: bgsave },
	lastsave: { run: (client, _request, out) => out.integer(Math.floor(client.server.lastSaveMs / 1000)) },
	role: { run: role },
};
