/** Publish and subscribe. */
import { type ChannelKind, writeName } from '../channels.ts';
import type { Client } from '../client.ts';
import type { CommandHandler, CommandSet } from '../command.ts';
import { GlobPattern } from '../glob-pattern.ts';
import type { ReplyBuffer } from '../reply-buffer.ts';
import type { Request } from '../request.ts';
import { findSubcommand } from './connection.ts';

function join(kind: ChannelKind): CommandHandler {
	return (client, request, out) => {
		for (let i = 1; i < request.count; i++) client.server.channels.join(client, kind, request.latin1(i), out);
	};
}

function leave(kind: ChannelKind): CommandHandler {
	return (client, request, out) => {
		const { channels } = client.server;
		if (request.count === 1) channels.leaveKind(client, kind, out);
		for (let i = 1; i < request.count; i++) channels.leave(client, kind, request.latin1(i), out);
	};
}

function publish(isSharded: boolean): CommandHandler {
	return (client, request, out) => {
		// A publisher that hears itself gets the message before the reply's place is known.
		const message = Buffer.from(request.view(2));
		const count = client.server.channels.publish(client, request.latin1(1), message, isSharded);
		out.integer(count);
	};
}

function names(kind: 'channels' | 'shardChannels'): (client: Client, request: Request, out: ReplyBuffer) => void {
	return (client, request, out) => {
		const found = client.server.channels.names(kind, request.count > 2 ? new GlobPattern(request.view(2)) : null);
		out.array(found.length);
		for (const name of found) writeName(out, name);
	};
}

function listeners(kind: 'channels' | 'shardChannels'): (client: Client, request: Request, out: ReplyBuffer) => void {
	return (client, request, out) => {
		out.map(request.count - 2);
		for (let i = 2; i < request.count; i++) {
			out.bulkBytes(request.view(i));
			out.integer(client.server.channels.listeners(kind, request.latin1(i)));
		}
	};
}

const SUBCOMMANDS: Readonly<Record<string, { readonly arity: number; readonly run: (client: Client, request: Request, out: ReplyBuffer) => void }>> = {
	channels: { arity: -2, run: names('channels') },
	numsub: { arity: -2, run: listeners('channels') },
	numpat: { arity: 2, run: (client, _request, out) => out.integer(client.server.channels.patternCount) },
	shardchannels: { arity: -2, run: names('shardChannels') },
	shardnumsub: { arity: -2, run: listeners('shardChannels') },
};

export const publishingCommands: CommandSet = {
	subscribe: { run: join('channels') },
	psubscribe: { run: join('patterns') },
	ssubscribe: { run: join('shardChannels') },
	unsubscribe: { run: leave('channels') },
	punsubscribe: { run: leave('patterns') },
	sunsubscribe: { run: leave('shardChannels') },
	publish: { run: publish(false) },
	spublish: { run: publish(true) },
	pubsub: { run: (client, request, out) => findSubcommand(SUBCOMMANDS, request, 'pubsub').run(client, request, out) },
};
