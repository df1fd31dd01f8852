/** A database on a simulated disk, for tests of what it does when the disk refuses. */
import assert from 'node:assert/strict';
import type { Session } from '../../src/database/contracts.ts';
import type { Database } from '../../src/database/embedded/database.ts';
import { type OpenOptions, openDatabase } from '../../src/database/open.ts';
import { microtasks, type SimulatedProcess, SimulatedWorld } from '../../src/platform/simulated-platform.ts';
import { runText } from './session-text.ts';

const DIRECTORY = '/data';

export class SimulatedDatabase {
	readonly world: SimulatedWorld;
	readonly backgroundFailures: unknown[] = [];
	readonly #options: OpenOptions;
	#process: SimulatedProcess;
	db: Database;
	session: Session;

	private constructor(world: SimulatedWorld, process: SimulatedProcess, db: Database, options: OpenOptions) {
		this.world = world;
		this.#process = process;
		this.#options = options;
		this.db = db;
		this.session = db.connect({ user: 'polylog' });
	}

	static async open(seed: number, options: OpenOptions = {}): Promise<SimulatedDatabase> {
		const world = new SimulatedWorld(seed);
		const process = world.start();
		const failures: unknown[] = [];
		const all = { ...options, onBackgroundFailure: (error: unknown) => void failures.push(error) };
		const db = await settled(process, openDatabase(DIRECTORY, { ...all, platform: process }));
		const opened = new SimulatedDatabase(world, process, db, all);
		opened.backgroundFailures.push(...failures);
		return opened;
	}

	/** No more than `bytes` fit from now on. */
	leaveRoom(bytes: number): void {
		this.world.disk.capacityBytes = this.world.disk.usedBytes + bytes;
	}

	makeRoom(): void {
		this.world.disk.capacityBytes = Number.POSITIVE_INFINITY;
	}

	/** What a statement gives, once everything it started has come to its end. */
	run(text: string, parameters: readonly unknown[] = []): Promise<(string | null)[][]> {
		return this.wait(runText(this.session, text, parameters));
	}

	wait<T>(promise: Promise<T>): Promise<T> {
		return settled(this.#process, promise);
	}

	/** The SQLSTATE a statement ends with; '' when it ends well. */
	async outcome(text: string, parameters: readonly unknown[] = []): Promise<string> {
		return this.outcomeOf(runText(this.session, text, parameters));
	}

	async outcomeOf(work: Promise<unknown>): Promise<string> {
		try {
			await this.wait(work);
			return '';
		} catch (error) {
			assert.ok(error instanceof Error);
			return (error as { sqlstate?: string }).sqlstate ?? `no SQLSTATE: ${error.stack}`;
		}
	}

	async copy(text: string, lines: string): Promise<void> {
		const { session } = this;
		try {
			const portal = session.bind(session.prepare(text, []), []);
			try {
				const data = Buffer.from(lines);
				for (let at = 0; at < data.length; at += 10_000) await portal.copyData!(data.subarray(at, at + 10_000));
				await portal.copyDone!();
			} finally {
				portal.close();
			}
		} catch (error) {
			session.failed(error);
			throw error;
		}
	}

	/** Cuts the power (or only ends the process) and opens the database again. */
	async reopen(how: 'power' | 'kill' = 'power'): Promise<void> {
		this.makeRoom();
		this.world.disk.failSyncChance = 0;
		if (how === 'power') this.world.crash();
		else this.world.kill();
		this.#process = this.world.start();
		this.db = await settled(this.#process, openDatabase(DIRECTORY, { ...this.#options, platform: this.#process }));
		this.session = this.db.connect({ user: 'polylog' });
	}
}

async function settled<T>(process: SimulatedProcess, promise: Promise<T>): Promise<T> {
	let isDone = false;
	const done = (): void => {
		isDone = true;
	};
	promise.then(done, done);
	await microtasks();
	await process.settle(() => isDone);
	return promise;
}
