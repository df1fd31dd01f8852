/**
 * A world in which everything is drawn from one seed: a disk that loses what was not synced, a clock that jitters, and timers,
 * syncs and worker tasks that happen when the harness pumps, in an order the seed chooses.
 *
 * One `SimulatedWorld` outlives many processes: `start` begins one (its platform), `crash` cuts the power, `kill` ends only the
 * process. Of a dead process nothing runs any more: its callbacks are dropped, its files throw `SimulatedCrash`.
 *
 * `pump` runs one thing that is due, the end of the turn first when it is; promises settle between pumps, so a harness gives
 * the microtask queue its turn after each (`settle` does).
 */
import type { FileHandle } from './files.ts';
import type { Clock, Platform, Syncer, Task, TaskDone, TaskRunner, Timers } from './platform.ts';
import { SimulatedCrash, SimulatedDisk, type SyncInFlight } from './simulated-disk.ts';
import { SimulatedFileHandle, SimulatedFileSystem } from './simulated-files.ts';
import { SimulatedRandom } from './simulated-random.ts';

const START_US = 1_700_000_000_000_000;
const CLOCK_STEP_US_MAX = 20;
const CLOCK_BACK_US_MAX = 5_000;

export class SimulatedWorld {
	readonly seed: number;
	/** For the harness; the world's own choices are drawn elsewhere. */
	readonly random: SimulatedRandom;
	readonly disk: SimulatedDisk;
	readonly clock: SimulatedClock;
	/** Chance that the clock steps back at a reading. */
	#schedule: SimulatedRandom;
	#process: SimulatedProcess | null = null;

	constructor(seed: number) {
		const root = new SimulatedRandom(seed);
		this.seed = seed;
		this.random = root.fork();
		this.disk = new SimulatedDisk(root.fork());
		this.clock = new SimulatedClock(root.fork());
		this.#schedule = root.fork();
	}

	/** A new process on this machine; the one before must have ended. */
	start(): SimulatedProcess {
		if (this.#process?.isAlive) throw new Error('the process before is still alive');
		this.disk.isCrashed = false;
		this.#process = new SimulatedProcess(this.disk, this.clock, this.#schedule);
		return this.#process;
	}

	/** Cuts the power. */
	crash(): void {
		this.#end();
		this.disk.crash();
	}

	/** Ends the process as kill -9 does: what it wrote is still in the machine's cache. */
	kill(): void {
		this.#end();
		this.disk.killProcess();
	}

	#end(): void {
		if (this.#process !== null) this.#process.isAlive = false;
		this.#process = null;
	}
}

export class SimulatedClock implements Clock {
	/** Chance that a reading lies before the one before. */
	backwardChance = 0;
	readonly #random: SimulatedRandom;
	#nowUs = START_US;

	constructor(random: SimulatedRandom) {
		this.#random = random;
	}

	nowUs(): number {
		this.#nowUs += this.#random.below(CLOCK_STEP_US_MAX);
		if (this.backwardChance > 0 && this.#random.chance(this.backwardChance)) return this.#nowUs - this.#random.below(CLOCK_BACK_US_MAX);
		return this.#nowUs;
	}

	monotonicMs(): number {
		return (this.#nowUs - START_US) / 1000;
	}

	advanceMs(ms: number): void {
		this.#nowUs += Math.ceil(ms * 1000);
	}
}

interface Timer {
	readonly dueMs: number;
	readonly callback: () => void;
}

interface PendingSync {
	readonly file: SimulatedFileHandle;
	readonly sync: SyncInFlight | Error;
	readonly done: (error: Error | null) => void;
}

/** One process: a platform, and the queues of what it has asked for. */
export class SimulatedProcess implements Platform {
	readonly files: SimulatedFileSystem;
	readonly clock: SimulatedClock;
	readonly random: SimulatedRandom;
	readonly timers: Timers;
	readonly syncer: Syncer;
	readonly tasks: TaskRunner;
	readonly calls = null;
	isAlive = true;
	readonly #disk: SimulatedDisk;
	readonly #schedule: SimulatedRandom;
	#soon: (() => void)[] = [];
	readonly #timers: Timer[] = [];
	readonly #syncs: PendingSync[] = [];
	readonly #tasks: (() => void)[] = [];

	constructor(disk: SimulatedDisk, clock: SimulatedClock, schedule: SimulatedRandom) {
		this.files = new SimulatedFileSystem(disk);
		this.clock = clock;
		this.random = schedule.fork();
		this.#disk = disk;
		this.#schedule = schedule;
		this.timers = { after: (ms, callback) => this.#after(ms, callback), soon: (callback) => void this.#soon.push(callback) };
		this.syncer = { ownSyncMsMax: 0, syncData: (file, done) => this.#sync(file, done), drain: () => this.#drain(), close: () => {} };
		this.tasks = { run: (task, input, done) => this.#run(task, input, done), drain: (isEnough) => this.#drainTasks(isEnough), close: async () => {} };
	}

	async close(): Promise<void> {}

	/** Runs one thing that was asked for; false when there is nothing left but timers and `mayWait` is not set. Throws SimulatedCrash once the power has failed. */
	pump(mayWait = true): boolean {
		if (!this.isAlive || this.#disk.isCrashed) throw new SimulatedCrash();
		const choices = (this.#soon.length > 0 ? 2 : 0) + (this.#syncs.length > 0 ? 1 : 0) + (this.#tasks.length > 0 ? 1 : 0);
		if (choices === 0) return mayWait && this.#runTimer();
		let choice = this.#schedule.below(choices);
		if (this.#soon.length > 0 && (choice -= 2) < 0) this.#endTurn();
		else if (this.#syncs.length > 0 && --choice < 0) this.#finishSync();
		else this.#tasks.splice(this.#schedule.below(this.#tasks.length), 1)[0]!();
		return true;
	}

	/** Pumps, letting promises settle in between, until `isDone`; throws when nothing is left that could make it true. */
	async settle(isDone: () => boolean): Promise<void> {
		for (;;) {
			await microtasks();
			if (isDone()) return;
			if (!this.pump()) {
				await microtasks();
				if (isDone()) return;
				throw new Error('nothing is under way, and what was waited for has not come');
			}
		}
	}

	/** Pumps until nothing but timers is left. */
	async idle(): Promise<void> {
		do await microtasks();
		while (this.pump(false));
	}

	#endTurn(): void {
		const callbacks = this.#soon;
		this.#soon = [];
		for (const callback of callbacks) callback();
	}

	#runTimer(): boolean {
		let earliest: Timer | undefined;
		for (const timer of this.#timers) if (earliest === undefined || timer.dueMs < earliest.dueMs) earliest = timer;
		if (earliest === undefined) return false;
		this.#timers.splice(this.#timers.indexOf(earliest), 1);
		this.clock.advanceMs(Math.max(0, earliest.dueMs - this.clock.monotonicMs()));
		earliest.callback();
		return true;
	}

	#after(ms: number, callback: () => void): () => void {
		const timer = { dueMs: this.clock.monotonicMs() + ms, callback };
		this.#timers.push(timer);
		return () => {
			const index = this.#timers.indexOf(timer);
			if (index >= 0) this.#timers.splice(index, 1);
		};
	}

	#sync(file: FileHandle, done: (error: Error | null) => void): void {
		const target = unwrapped(file);
		this.#syncs.push({ file: target, sync: caught(() => target.beginSync('data')), done });
	}

	#finishSync(): void {
		const { file, sync, done } = this.#syncs.shift()!;
		const result = sync instanceof Error ? sync : caught(() => file.endSync(sync, false));
		if (this.#disk.isCrashed) throw new SimulatedCrash();
		done(result instanceof Error ? result : null);
	}

	#drain(): void {
		while (this.#syncs.length > 0) this.#finishSync();
	}

	#run<Input, Output>(task: Task<Input, Output>, input: Input, done: TaskDone<Output>): void {
		const sent = structuredClone(input);
		this.#tasks.push(() => {
			let output: Output;
			try {
				output = structuredClone(task.run(sent, this.files));
			} catch (error) {
				if (!(error instanceof SimulatedCrash)) done(error as Error, null);
				return;
			}
			done(null, output);
		});
	}

	#drainTasks(isEnough?: () => boolean): void {
		// The power may have failed in a task that ran before, whose end nobody will see.
		if (this.#disk.isCrashed) throw new SimulatedCrash();
		while (this.#tasks.length > 0 && !isEnough?.()) {
			this.#tasks.shift()!();
			if (this.#disk.isCrashed) throw new SimulatedCrash();
		}
	}
}

/** Lets every promise that can settle do so. */
export function microtasks(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}

function unwrapped(file: FileHandle): SimulatedFileHandle {
	if (!(file instanceof SimulatedFileHandle)) throw new TypeError(`"${file.path}" is not a file of the simulated disk`);
	return file;
}

function caught<T>(call: () => T): T | Error {
	try {
		return call();
	} catch (error) {
		if (error instanceof Error) return error;
		throw error;
	}
}
