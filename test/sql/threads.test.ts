/**
 * Queries over columns give the same with 1, 2 and 4 threads, whenever these come to do what they were told: threads here are queues of calls,
 * which the seed runs at any time before they are waited for. `POLYLOG_SEED` replays a failure, `POLYLOG_RUNS` sets the number of queries.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Session } from '../../src/database/contracts.ts';
import { openDatabase } from '../../src/database/open.ts';
import type { CallThread, CallThreads } from '../../src/platform/platform.ts';
import { realPlatform } from '../../src/platform/real-platform.ts';
import { type WasmMemory, type WasmModule, webAssembly } from '../../src/platform/web-assembly.ts';
import { seededRandom } from '../../src/storage/engine.suite.ts';
import { runText } from '../operator/session-text.ts';

type Random = (below: number) => number;

const ROWS = 400_000;
const PENDING_MAX = 8;

class QueuedThread implements CallThread {
	readonly #random: Random;
	readonly #queue: ((() => void) | null)[] = [];
	#ended = 0;

	constructor(random: Random) {
		this.#random = random;
	}

	get canCall(): boolean {
		return this.#queue.length < PENDING_MAX;
	}

	call(module: WasmModule, memory: WasmMemory, args: readonly number[]): number {
		const run = new webAssembly.Instance(module, { e: { m: memory } }).exports.run as (...args: number[]) => void;
		return this.#ended + this.#queue.push(() => run(...args));
	}

	#runOne(): void {
		this.#queue.shift()?.();
		this.#ended++;
	}

	takeBack(call: number): boolean {
		const at = call - this.#ended - 1;
		if (at < 0 || this.#random(3) === 0) return false;
		this.#queue[at] = null;
		return true;
	}

	hasEnded(call: number): boolean {
		while (this.#queue.length > 0 && this.#random(2) === 0) this.#runOne();
		return this.#ended >= call;
	}

	waitBriefly(): void {
		if (this.#random(2) === 0) this.#runOne();
	}

	wait(call: number): void {
		while (this.#ended < call) this.#runOne();
	}
}

/** Counts how many calls there were. */
class QueuedThreads implements CallThreads {
	readonly processors = 2;
	calls = 0;
	readonly #random: Random;
	readonly #threads: CallThread[] = [];

	constructor(random: Random) {
		this.#random = random;
	}

	threads(count: number): readonly CallThread[] {
		while (this.#threads.length < count) {
			const thread = new QueuedThread(this.#random);
			const call = thread.call.bind(thread);
			thread.call = (...args) => {
				this.calls++;
				return call(...args);
			};
			this.#threads.push(thread);
		}
		return this.#threads.slice(0, count);
	}

	async close(): Promise<void> {}
}

function query(random: Random): string {
	const aggregates = ['count(*)', 'sum(a)', 'sum(b * c)', 'min(a)', 'max(b)', 'avg(c)', 'count(distinct b)', 'sum(l)', 'count(n)', 'sum(a - b)'];
	const chosen = aggregates.filter(() => random(3) === 0);
	if (chosen.length === 0) chosen.push('count(*)');
	const groups = [['b'], ['e'], ['b', 'e'], ['w.word'], ['w.word', 'b'], ['f'], [], []][random(8)]!;
	const tests = [
		'true',
		`b between ${random(20)} and ${20 + random(30)}`,
		`e like 'name ${random(4)}%'`,
		`a % 7 = ${random(7)}`,
		`c < ${random(1000)}`,
		"w.word <> 'word 3'",
		`f > date '2020-03-01'`,
	];
	const where = [tests[random(7)]!, tests[random(7)]!].join(' and ');
	const joined = [...groups, where].some((text) => text.includes('w.')) || random(2) === 0 ? 'join words w on w.id = b' : '';
	const by = groups.length === 0 ? '' : ` group by ${groups.join(', ')} order by ${groups.map((_, i) => i + 1).join(', ')}`;
	return `select ${[...groups, ...chosen].join(', ')} from facts ${joined} where ${where}${by}`;
}

test('1, 2 and 4 threads give the same', { timeout: 200_000 }, async () => {
	const seed = Number(process.env.POLYLOG_SEED ?? 1);
	const random = seededRandom(seed);
	const calls = new QueuedThreads(random);
	const directory = mkdtempSync(join(tmpdir(), 'polylog-threads-'));
	const database = await openDatabase(directory, { durability: 'os', platform: { ...realPlatform(), calls } });
	const session = database.connect({ user: 'polylog' });
	try {
		await runText(
			session,
			'create table facts (a int not null, b int not null, c int not null, l bigint not null, n int, e text not null, f date not null) using columnar',
		);
		await runText(session, 'create table words (id int primary key, word text not null) using columnar');
		await runText(session, `insert into words select n, 'word ' || n % 9 from generate_series(0, 44) n`);
		await runText(
			session,
			`insert into facts select (n::bigint * 7919 % 100003)::int, n % 50, n % 1009, n * 30000001::bigint, nullif(n % 77, 5), 'name ' || n % 40, date '2020-01-01' + n % 300 from generate_series(1, ${ROWS}) n`,
		);
		await database.checkpoint();
		await runText(session, 'insert into facts select * from facts limit 1000');
		for (let round = 0; round < Number(process.env.POLYLOG_RUNS ?? 40); round++) {
			if (round === 20) await runText(session, 'delete from facts where c = 5');
			const text = query(random);
			const answers = [];
			for (const threads of [1, 2, 4]) {
				await runText(session, `set threads = ${threads}`);
				const before = calls.calls;
				answers.push(await answerOf(session, text));
				if (threads === 1) assert.equal(calls.calls, before);
			}
			assert.deepEqual(answers[1], answers[0], `2 threads, POLYLOG_SEED=${seed}: ${text}`);
			assert.deepEqual(answers[2], answers[0], `4 threads, POLYLOG_SEED=${seed}: ${text}`);
		}
		assert.ok(calls.calls > 100, `${calls.calls} calls`);
	} finally {
		session.close();
		await database.close();
		rmSync(directory, { recursive: true });
	}
});

async function answerOf(session: Session, text: string): Promise<unknown> {
	try {
		return await runText(session, text);
	} catch (error) {
		return (error as { sqlstate?: string }).sqlstate ?? String(error);
	}
}
