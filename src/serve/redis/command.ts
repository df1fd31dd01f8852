/** What a command is: its facts, and what it does. */
import type { Client } from './client.ts';
import type { CommandFacts } from './command-facts.ts';
import type { ReplyBuffer } from './reply-buffer.ts';
import type { Request } from './request.ts';

/** Answers a request by exactly one reply (subscriptions: by several), or throws a `RedisError`. */
export type CommandHandler = (client: Client, request: Request, out: ReplyBuffer) => void;

export interface CommandDefinition {
	readonly run: CommandHandler;
	/**
	 * For commands that write: with up to so many arguments it never reads what it has itself written, so that it needs no
	 * transaction. Default: always one.
	 */
	readonly directArguments?: number;
	/** Answered inside MULTI too, not queued. */
	readonly isControl?: boolean;
}

export type CommandSet = Readonly<Record<string, CommandDefinition>>;

const WHILE_SUBSCRIBED = /^([ps]?(un)?subscribe|ping|quit|reset)$/;

export class Command {
	readonly facts: CommandFacts;
	readonly name: string;
	readonly arity: number;
	readonly run: CommandHandler;
	readonly isWrite: boolean;
	readonly isRead: boolean;
	readonly directArguments: number;
	/** It reads or changes the key that is its first argument, and nothing else. */
	readonly isOfOneKey: boolean;
	readonly isControl: boolean;
	/** Answered before a password was shown. */
	readonly isOpen: boolean;
	/** Answered while subscribed in RESP2. */
	readonly isSubscription: boolean;
	/** Refused inside MULTI. */
	readonly isAlone: boolean;

	constructor(facts: CommandFacts, definition: CommandDefinition) {
		this.facts = facts;
		this.name = facts.name;
		this.arity = facts.arity;
		this.run = definition.run;
		this.isWrite = facts.flags.includes('write');
		this.isRead = facts.flags.includes('readonly');
		this.directArguments = definition.directArguments ?? 0;
		this.isOfOneKey = (this.isWrite || this.isRead) && facts.firstKey === 1 && facts.lastKey === 1 && !facts.flags.includes('blocking');
		this.isControl = definition.isControl ?? false;
		this.isOpen = facts.flags.includes('no_auth');
		this.isSubscription = WHILE_SUBSCRIBED.test(facts.name);
		this.isAlone = facts.flags.includes('no_multi');
	}
}
