/**
 * Publish and subscribe: who listens to which channel or pattern. In this process alone, and forgotten with it, as in Redis.
 *
 * A message goes out no sooner than what its publisher has written before it is durable: so a subscriber that reads what the
 * message is about finds it.
 */
import type { Client } from './client.ts';
import { GlobPattern } from './glob-pattern.ts';
import type { ReplyBuffer } from './reply-buffer.ts';

export type ChannelKind = 'channels' | 'patterns' | 'shardChannels';

/** Words of the messages. */
const WORDS = {
	channels: { join: 'subscribe', leave: 'unsubscribe' },
	patterns: { join: 'psubscribe', leave: 'punsubscribe' },
	shardChannels: { join: 'ssubscribe', leave: 'sunsubscribe' },
} as const;

interface Pattern {
	readonly glob: GlobPattern;
	readonly clients: Set<Client>;
}

/** Names are kept as latin1 texts, one character a byte. */
export class Channels {
	readonly #channels = new Map<string, Set<Client>>();
	readonly #shardChannels = new Map<string, Set<Client>>();
	readonly #patterns = new Map<string, Pattern>();

	get channelCount(): number {
		return this.#channels.size;
	}

	get patternCount(): number {
		return this.#patterns.size;
	}

	get shardChannelCount(): number {
		return this.#shardChannels.size;
	}

	join(client: Client, kind: ChannelKind, name: string, out: ReplyBuffer): void {
		const names = client[kind];
		if (!names.has(name)) {
			names.add(name);
			this.#members(kind, name).add(client);
		}
		confirm(out, WORDS[kind].join, name, subscriptions(client, kind));
	}

	leave(client: Client, kind: ChannelKind, name: string, out: ReplyBuffer | null): void {
		if (client[kind].delete(name)) this.#remove(kind, name, client);
		if (out !== null) confirm(out, WORDS[kind].leave, name, subscriptions(client, kind));
	}

	/** All of a kind; a client that had none is told so. */
	leaveKind(client: Client, kind: ChannelKind, out: ReplyBuffer): void {
		if (client[kind].size === 0) confirm(out, WORDS[kind].leave, null, subscriptions(client, kind));
		for (const name of [...client[kind]]) this.leave(client, kind, name, out);
	}

	leaveAll(client: Client): void {
		for (const kind of ['channels', 'patterns', 'shardChannels'] as const) for (const name of [...client[kind]]) this.leave(client, kind, name, null);
	}

	/** Sends a message to all who listen; returns how many they are. */
	publish(publisher: Client, name: string, message: Uint8Array, isSharded: boolean): number {
		let count = 0;
		const members = (isSharded ? this.#shardChannels : this.#channels).get(name);
		for (const client of members ?? []) {
			const out = client.out;
			out.push(3);
			out.bulkText(isSharded ? 'smessage' : 'message');
			writeName(out, name);
			out.bulkBytes(message);
			deliver(publisher, client);
			count++;
		}
		if (isSharded || this.#patterns.size === 0) return count;
		const bytes = Buffer.from(name, 'latin1');
		for (const [pattern, { glob, clients }] of this.#patterns) {
			if (!glob.matches(bytes, 0, bytes.length)) continue;
			for (const client of clients) {
				const out = client.out;
				out.push(4);
				out.bulkText('pmessage');
				writeName(out, pattern);
				writeName(out, name);
				out.bulkBytes(message);
				deliver(publisher, client);
				count++;
			}
		}
		return count;
	}

	/** Names with listeners, of those that match. */
	names(kind: 'channels' | 'shardChannels', pattern: GlobPattern | null): string[] {
		const names = [...(kind === 'channels' ? this.#channels : this.#shardChannels).keys()];
		if (pattern === null) return names;
		return names.filter((name) => pattern.matches(Buffer.from(name, 'latin1'), 0, name.length));
	}

	listeners(kind: 'channels' | 'shardChannels', name: string): number {
		return (kind === 'channels' ? this.#channels : this.#shardChannels).get(name)?.size ?? 0;
	}

	#members(kind: ChannelKind, name: string): Set<Client> {
		if (kind === 'patterns') {
			let pattern = this.#patterns.get(name);
			if (pattern === undefined) this.#patterns.set(name, (pattern = { glob: new GlobPattern(Buffer.from(name, 'latin1')), clients: new Set() }));
			return pattern.clients;
		}
		const map = kind === 'channels' ? this.#channels : this.#shardChannels;
		let members = map.get(name);
		if (members === undefined) map.set(name, (members = new Set()));
		return members;
	}

	#remove(kind: ChannelKind, name: string, client: Client): void {
		const members = this.#members(kind, name);
		members.delete(client);
		if (members.size > 0) return;
		if (kind === 'patterns') this.#patterns.delete(name);
		else (kind === 'channels' ? this.#channels : this.#shardChannels).delete(name);
	}
}

export function writeName(out: ReplyBuffer, name: string): void {
	out.bulkBytes(Buffer.from(name, 'latin1'));
}

function subscriptions(client: Client, kind: ChannelKind): number {
	return kind === 'shardChannels' ? client.shardChannels.size : client.channels.size + client.patterns.size;
}

function confirm(out: ReplyBuffer, word: string, name: string | null, count: number): void {
	out.push(3);
	out.bulkText(word);
	if (name === null) out.nil();
	else writeName(out, name);
	out.integer(count);
}

function deliver(publisher: Client, client: Client): void {
	if (publisher.waitOffset > client.waitOffset) client.waitOffset = publisher.waitOffset;
	if (client !== publisher) client.transport.touch();
}
