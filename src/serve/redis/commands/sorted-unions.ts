/** Unions, intersections and differences of sorted sets (and sets, whose members count 1). */
import { compareArrays } from '../../../bytes/compare-bytes.ts';
import { SET, SORTED_SET } from '../../../model/redis/redis-layout.ts';
import { elementStart, type RedisSpace } from '../../../model/redis/redis-space.ts';
import { membersByName } from '../../../model/redis/sorted-set.ts';
import type { Client } from '../client.ts';
import type { CommandHandler, CommandSet } from '../command.ts';
import { RedisError, SYNTAX, WRONG_TYPE } from '../redis-error.ts';
import type { ReplyBuffer } from '../reply-buffer.ts';
import type { Request } from '../request.ts';
import { type Found, storeMembers, writeMembers } from './sorted-ranges.ts';

type Combination = 'union' | 'inter' | 'diff';
type Aggregate = 'sum' | 'min' | 'max';

interface CombinationOptions {
	readonly first: number;
	readonly last: number;
	readonly weights: number[];
	aggregate: Aggregate;
	withScores: boolean;
	/** 0: none. */
	limit: number;
}

/** The number of keys is argument `at`. */
function combinationOptions(request: Request, at: number, name: string, how: Combination, allows: 'scores' | 'limit' | 'nothing'): CombinationOptions {
	const count = request.index(at);
	if (!(count > 0)) throw new RedisError(`ERR at least 1 input key is needed for '${name}' command`);
	if (at + count >= request.count) throw SYNTAX;
	const options: CombinationOptions = {
		first: at + 1,
		last: at + count,
		weights: new Array<number>(count).fill(1),
		aggregate: 'sum',
		withScores: false,
		limit: 0,
	};
	for (let i = at + count + 1; i < request.count; i++) {
		const word = request.lower(i);
		if (word === 'weights' && how !== 'diff' && allows !== 'limit' && i + count < request.count) {
			for (let k = 0; k < count; k++) options.weights[k] = request.float(++i, 'ERR weight value is not a float');
		} else if (word === 'aggregate' && how !== 'diff' && allows !== 'limit' && i + 1 < request.count) {
			const aggregate = request.lower(++i);
			if (aggregate !== 'sum' && aggregate !== 'min' && aggregate !== 'max') throw SYNTAX;
			options.aggregate = aggregate;
		} else if (word === 'withscores' && allows === 'scores') options.withScores = true;
		else if (word === 'limit' && allows === 'limit' && i + 1 < request.count) {
			const wrong = new RedisError("ERR LIMIT can't be negative");
			options.limit = request.index(++i, wrong);
			if (!(options.limit >= 0)) throw wrong;
		} else throw SYNTAX;
	}
	return options;
}

/** Members of a set or sorted set, by name. */
function membersOf(space: RedisSpace, request: Request, index: number): Map<string, Found> {
	const header = space.find(request.bytes, request.starts[index]!, request.ends[index]!);
	const members = new Map<string, Found>();
	if (header.type === 0) return members;
	const add = (member: Uint8Array, score: number): void => void members.set(Buffer.from(member).toString('latin1'), { member, score });
	if (header.type === SORTED_SET) {
		const cursor = membersByName(space, header);
		while (cursor.next()) add(cursor.buffer.slice(cursor.start, cursor.end), cursor.score);
		cursor.close();
	} else if (header.type === SET) {
		const cursor = space.elements(header.id);
		while (cursor.next()) add(cursor.keyBuffer.slice(elementStart(cursor), cursor.keyEnd), 1);
		cursor.close();
	} else {
		throw WRONG_TYPE;
	}
	return members;
}

function weighted(score: number, weight: number): number {
	const value = score * weight;
	return Number.isNaN(value) ? 0 : value;
}

function aggregated(aggregate: Aggregate, a: number, b: number): number {
	if (aggregate === 'min') return Math.min(a, b);
	if (aggregate === 'max') return Math.max(a, b);
	const sum = a + b;
	// Both infinities together.
	return Number.isNaN(sum) ? 0 : sum;
}

function combined(space: RedisSpace, request: Request, how: Combination, options: CombinationOptions): Found[] {
	const sets: Map<string, Found>[] = [];
	for (let i = options.first; i <= options.last; i++) sets.push(membersOf(space, request, i));
	const result = new Map<string, Found>();
	for (const [name, { member, score }] of sets[0]!) result.set(name, { member, score: how === 'diff' ? score : weighted(score, options.weights[0]!) });
	for (let i = 1; i < sets.length; i++) mergeInto(result, sets[i]!, how, options, options.weights[i]!);
	return [...result.values()].sort((a, b) => a.score - b.score || compareArrays(a.member, b.member));
}

function mergeInto(result: Map<string, Found>, set: Map<string, Found>, how: Combination, options: CombinationOptions, weight: number): void {
	if (how === 'diff') {
		for (const name of set.keys()) result.delete(name);
		return;
	}
	if (how === 'inter') for (const name of [...result.keys()]) if (!set.has(name)) result.delete(name);
	for (const [name, { member, score }] of set) {
		const before = result.get(name);
		if (before === undefined && how === 'inter') continue;
		const own = weighted(score, weight);
		result.set(name, { member, score: before === undefined ? own : aggregated(options.aggregate, before.score, own) });
	}
}

function combine(name: string, how: Combination): CommandHandler {
	return (client, request, out) => {
		const options = combinationOptions(request, 1, name, how, 'scores');
		writeMembers(combined(client.space, request, how, options), options.withScores, out);
	};
}

function combineInto(name: string, how: Combination): CommandHandler {
	return (client, request, out) => {
		const options = combinationOptions(request, 2, name, how, 'nothing');
		const space = client.space;
		storeMembers(space, request, 1, combined(space, request, how, options), out);
	};
}

function zintercard(client: Client, request: Request, out: ReplyBuffer): void {
	const options = combinationOptions(request, 1, 'zintercard', 'inter', 'limit');
	const count = combined(client.space, request, 'inter', options).length;
	out.integer(options.limit === 0 ? count : Math.min(count, options.limit));
}

export const sortedUnionCommands: CommandSet = {
	zunion: { run: combine('zunion', 'union') },
	zinter: { run: combine('zinter', 'inter') },
	zdiff: { run: combine('zdiff', 'diff') },
	zunionstore: { run: combineInto('zunionstore', 'union') },
	zinterstore: { run: combineInto('zinterstore', 'inter') },
	zdiffstore: { run: combineInto('zdiffstore', 'diff') },
	zintercard: { run: zintercard },
};
