/**
 * Runs a script of several sessions over the wire and writes down what each step gave: rows, the command's tag, an SQLSTATE, or
 * 'waits'; a statement that waited and ends by a later step is written behind that step. Whether a statement waits is asked of
 * pg_stat_activity, so the same script runs on any server that has it.
 */
import pg from 'pg';

interface Actor {
	readonly client: pg.Client;
	readonly pid: number;
	/** The statement that waits. */
	waiting: Promise<void> | null;
	outcome: string;
}

export const SET_UP = [
	'DROP TABLE IF EXISTS child, t, made, x',
	'CREATE TABLE t (id int PRIMARY KEY, v int)',
	'INSERT INTO t VALUES (1, 10), (2, 20)',
	'CREATE TABLE child (id int PRIMARY KEY, t_id int REFERENCES t)',
];

export class ScriptRunner {
	readonly #config: pg.ClientConfig;
	readonly #observer: pg.Client;
	/** How long a statement must be seen to wait. */
	readonly #settleMs: number;

	private constructor(config: pg.ClientConfig, observer: pg.Client, settleMs: number) {
		this.#settleMs = settleMs;
		this.#config = config;
		this.#observer = observer;
	}

	static async open(config: pg.ClientConfig, settleMs = 10): Promise<ScriptRunner> {
		const observer = new pg.Client(config);
		await observer.connect();
		return new ScriptRunner(config, observer, settleMs);
	}

	close(): Promise<void> {
		return this.#observer.end();
	}

	/** What each step of the script gives. */
	async run(steps: readonly string[]): Promise<string[]> {
		for (const text of SET_UP) await this.#observer.query(text);
		const actors = new Map<string, Actor>();
		for (const name of new Set(steps.map((step) => step[0]!)).values()) actors.set(name, await this.#connect());
		try {
			const outcomes: string[] = [];
			for (const step of steps) outcomes.push(await this.#step(actors, step[0]!, step.slice(3)));
			return outcomes;
		} finally {
			for (const { client } of actors.values()) await client.end();
		}
	}

	async #connect(): Promise<Actor> {
		const client = new pg.Client(this.#config);
		client.on('error', () => undefined);
		await client.connect();
		const pid = (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid as number;
		return { client, pid, waiting: null, outcome: '' };
	}

	async #step(actors: ReadonlyMap<string, Actor>, name: string, text: string): Promise<string> {
		const actor = actors.get(name)!;
		if (actor.waiting !== null) return 'still waits';
		const waitedBefore = [...actors].filter(([, { waiting }]) => waiting !== null);
		actor.outcome = '';
		actor.waiting = actor.client.query({ text, rowMode: 'array' }).then(
			(result) => {
				actor.outcome = result.fields.length > 0 ? JSON.stringify(result.rows) : `${result.command} ${result.rowCount ?? ''}`.trim();
			},
			(error: { code?: string }) => {
				actor.outcome = error.code ?? String(error);
			},
		);
		let written = await this.#ends(actor);
		for (const [other, waiter] of waitedBefore) {
			const ended = await this.#ends(waiter);
			if (ended !== 'waits') written += ` · ${other}: ${ended}`;
		}
		return written;
	}

	/** The outcome of an actor's statement, or 'waits'. */
	async #ends(actor: Actor): Promise<string> {
		let isSettled = false;
		const settled = actor.waiting!.then(() => {
			isSettled = true;
		});
		while (!isSettled) {
			await Promise.race([settled, new Promise((resolve) => setImmediate(resolve))]);
			if (isSettled) break;
			const { rows } = await this.#observer.query("SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'", [actor.pid]);
			if (rows.length > 0 && !isSettled) {
				// The lock may have been given in between: look again before it is called waiting.
				await new Promise((resolve) => setTimeout(resolve, this.#settleMs));
				const again = await this.#observer.query("SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'", [actor.pid]);
				if (again.rows.length > 0 && !isSettled) return 'waits';
			}
		}
		actor.waiting = null;
		return actor.outcome;
	}
}
