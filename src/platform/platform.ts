/**
 * The outside world, injected: everything that makes one run differ from another comes in through this interface, so that a
 * simulated world can replace it and replay a failure from its seed. The real one is `real-platform.ts`, the simulated one
 * `simulated-platform.ts`.
 */
import type { FileHandle, FileSystem } from './files.ts';
import type { WasmMemory, WasmModule } from './web-assembly.ts';

export interface Clock {
	/** Microseconds since 1970-01-01 UTC; may go backwards, as clocks do. */
	nowUs(): number;
	/** Milliseconds that never go backwards, from an arbitrary start. */
	monotonicMs(): number;
}

export interface Random {
	/** A number in [0, 1). */
	next(): number;
	/** `count` unpredictable bytes. */
	bytes(count: number): Uint8Array;
}

export interface Timers {
	/** Calls back after at least `ms`; the returned function cancels it. Never keeps the process alive. */
	after(ms: number, callback: () => void): () => void;
	/** Calls back when the current turn of the event loop has ended (setImmediate). Keeps the process alive until it ran. */
	soon(callback: () => void): void;
}

/** The thread that syncs the log, so that the owner's thread does not wait for the disk. */
export interface Syncer {
	/** In milliseconds: who waits for a single sync that takes less does it better in the own thread, since waking this one takes its time. 0: nobody does. */
	readonly ownSyncMsMax: number;
	/** Syncs the data of `file`; calls back with null, or with the error. One request at a time per file. */
	syncData(file: FileHandle, done: (error: Error | null) => void): void;
	/** Blocks until nothing is under way any more; the callbacks of what was have then been called. */
	drain(): void;
	close(): void;
}

/**
 * A piece of work on immutable inputs that may run in another thread. `module` is the URL of the ES module whose export `run`
 * is `run`; real workers import it, the simulated platform calls `run` inline at a moment chosen by the seed.
 */
export interface Task<Input, Output> {
	readonly module: URL;
	readonly run: (input: Input, files: FileSystem) => Output;
}

/** Told how a task ended: an error, or null and what it returned. */
export type TaskDone<Output> = (error: Error | null, output: Output | null) => void;

export interface TaskRunner {
	/** Runs the task; `input` and the output must survive a structured clone (SharedArrayBuffers are shared). `done` is called in this thread, later or within `drain`. */
	run<Input, Output>(task: Task<Input, Output>, input: Input, done: TaskDone<Output>): void;
	/** Blocks this thread until `isEnough`, or no task is under way or waiting; the `done` of those that ended were called when it returns. */
	drain(isEnough?: () => boolean): void;
	close(): Promise<void>;
}

/** A thread that runs functions of WebAssembly modules over shared memory, one call after the other. */
export interface CallThread {
	/** There is room for another call. */
	readonly canCall: boolean;
	/** Begins the export `run` of a module whose import `e.m` is the memory, with up to 250 integers of 32 bits; returns the call's number. */
	call(module: WasmModule, memory: WasmMemory, args: readonly number[]): number;
	hasEnded(call: number): boolean;
	/** Takes back a call that was not begun yet: it will not run. False when it is too late. */
	takeBack(call: number): boolean;
	/** Blocks for a fraction of a millisecond, or until the call has ended. Throws as `wait`. */
	waitBriefly(call: number): void;
	/** Blocks until a call has ended. Throws when one has failed, or the thread is lost. */
	wait(call: number): void;
}

export interface CallThreads {
	/** Processors that this process may use. */
	readonly processors: number;
	/** Those of the first `count` threads that run; the others are being started. */
	threads(count: number): readonly CallThread[];
	close(): Promise<void>;
}

export interface Platform {
	readonly files: FileSystem;
	readonly clock: Clock;
	readonly random: Random;
	readonly timers: Timers;
	readonly syncer: Syncer;
	readonly tasks: TaskRunner;
	/** Null where there are none: all is done by the thread that asks. */
	readonly calls: CallThreads | null;
	/** Stops threads; files stay as they are. */
	close(): Promise<void>;
}
