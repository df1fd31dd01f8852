/**
 * Replies are those of redis-server 7.0: `replies.golden.txt` holds what it answered to each request, with the sections asked on
 * a new connection each. `sleep` moves the clock. Where Polylog answers otherwise, the difference is listed here with its reason.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { COMMANDS } from './all-commands.ts';
import { COMMAND_FACTS } from './command-facts.ts';
import { TestServer } from './redis.testing.ts';
import { splitWords } from './request-parser.ts';

const GUIDE = new URL('../../../docs/guide/redis.md', import.meta.url);
const GOLDEN = new URL('../../../src/serve/redis/replies.golden.txt', import.meta.url);

/** Request → reply of ours, and why. */
const DIFFERENT: Readonly<Record<string, string>> = {
	// Sums of decimals are exact; Redis adds long doubles.
	'incrbyfloat f 5.0e3': '$6\r\n5000.3\r\n',
	// Every commit is logged.
	'config get appendonly': '*2\r\n$10\r\nappendonly\r\n$3\r\nyes\r\n',
	// Small numbers are shared by Redis, by nobody here.
	'object refcount a': ':1\r\n',
};

/** Replies whose order means nothing, and those that are drawn by lot. */
const UNORDERED = /^(s(members|inter|union|diff)|h(keys|vals|getall)|keys|scan|sscan) /;
const RANDOM = /^(randomkey|spop|[shz]rand(member|field)|object help)/;

interface Asked {
	readonly section: string;
	readonly request: string;
	readonly reply: string;
}

function golden(): Asked[] {
	const asked: Asked[] = [];
	let section = '';
	let request = '';
	for (const line of readFileSync(GOLDEN, 'utf8').split('\n')) {
		if (line.startsWith('# ')) section = line.slice(2);
		else if (line.startsWith('> ')) request = line.slice(2);
		else if (line.startsWith('< ')) asked.push({ section, request, reply: JSON.parse(line.slice(2)) as string });
	}
	return asked;
}

function normal(request: string, reply: string): string {
	if (RANDOM.test(request)) return reply.slice(0, 1);
	if (request.startsWith('hello')) return reply.replace(/id\r\n:\d+/, 'id');
	return UNORDERED.test(request) ? reply.split('\r\n').sort().join('\r\n') : reply;
}

test('replies are those of redis-server', () => {
	const wrong: string[] = [];
	const sections = groups(golden());
	for (const asked of sections.values()) {
		const server = new TestServer();
		const client = server.connect();
		for (const { request, reply, section } of asked) {
			const sleep = /^sleep (\d+)$/.exec(request);
			if (sleep !== null) {
				server.timers.advance(Number(sleep[1]));
				continue;
			}
			let ours = client.ask(splitWords(request)!);
			if (ours === '') {
				// It waits for an element, and its time passes.
				server.timers.advance(50);
				ours = client.take();
			}
			const expected = DIFFERENT[request] ?? reply;
			if (normal(request, ours) !== normal(request, expected))
				wrong.push(`${section}: ${request}\n\tredis ${JSON.stringify(reply)}\n\tours  ${JSON.stringify(ours)}`);
		}
		assert.deepEqual(server.reports, []);
	}
	assert.deepEqual(wrong, []);
});

test('the guide lists the commands that are served, and no others', () => {
	const guide = readFileSync(GUIDE, 'utf8');
	const section = guide.slice(guide.indexOf('## Commands'), guide.indexOf('Replies and errors are those'));
	const listed = [...section.matchAll(/`([A-Z]+)`/g)].map((match) => match[1]!.toLowerCase());
	assert.deepEqual(listed.sort(), COMMANDS.all.map((command) => command.name).sort());
	assert.deepEqual([...COMMAND_FACTS.keys()].sort(), listed);
});

function groups(asked: readonly Asked[]): Map<string, Asked[]> {
	const sections = new Map<string, Asked[]>();
	for (const one of asked) sections.set(one.section, [...(sections.get(one.section) ?? []), one]);
	return sections;
}
