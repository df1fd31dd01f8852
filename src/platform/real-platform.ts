/** The real world: the machine's files, clocks, randomness, timers and threads. Nothing is started before it is used. */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { LazyModule } from './lazy-module.ts';
import type { CallThread, CallThreads, Clock, Platform, Random, Timers } from './platform.ts';
import { RealFileSystem } from './real-files.ts';
import { RealSyncer } from './real-syncer.ts';
import { RealTaskRunner } from './real-tasks.ts';

export interface RealPlatformOptions {
	/** How many task workers may run at once. Default 2: a flush must not wait for the end of a compaction. They are started when first needed. */
	readonly taskWorkersMax?: number;
}

/** Follows the system's clock, which counts milliseconds, and fills in the microseconds from the monotonic one. */
class RealClock implements Clock {
	#originMs = performance.timeOrigin;

	nowUs(): number {
		const wallMs = Date.now();
		const monotonicMs = performance.now();
		const nowMs = this.#originMs + monotonicMs;
		if (nowMs >= wallMs && nowMs < wallMs + 1) return Math.floor(nowMs * 1000);
		this.#originMs = wallMs - monotonicMs;
		return wallMs * 1000;
	}

	monotonicMs(): number {
		return performance.now();
	}
}

class RealRandom implements Random {
	next(): number {
		return Math.random();
	}

	bytes(count: number): Uint8Array {
		return randomBytes(count);
	}
}

class RealTimers implements Timers {
	after(ms: number, callback: () => void): () => void {
		const timer = setTimeout(callback, ms);
		timer.unref();
		return () => clearTimeout(timer);
	}

	soon(callback: () => void): void {
		setImmediate(callback);
	}
}

const callThreads = new LazyModule<typeof import('./real-call-threads.ts')>(new URL('./real-call-threads.ts', import.meta.url));

/** Loads what starts threads when some are asked for. */
class LazyCallThreads implements CallThreads {
	readonly processors = availableParallelism();
	#threads: CallThreads | null = null;
	#isClosed = false;

	threads(count: number): readonly CallThread[] {
		if (this.#isClosed || count <= 0) return [];
		this.#threads ??= new (callThreads.get().RealCallThreads)();
		return this.#threads.threads(count);
	}

	async close(): Promise<void> {
		this.#isClosed = true;
		await this.#threads?.close();
	}
}

/** The platform of this process. Each call makes its own threads (when they are first needed); `close` ends them. */
export function realPlatform(options: RealPlatformOptions = {}): Platform {
	const syncer = new RealSyncer();
	const tasks = new RealTaskRunner(options.taskWorkersMax ?? 2);
	const calls = new LazyCallThreads();
	return {
		files: new RealFileSystem(),
		clock: new RealClock(),
		random: new RealRandom(),
		timers: new RealTimers(),
		syncer,
		tasks,
		calls,
		async close() {
			syncer.close();
			await calls.close();
			await tasks.close();
		},
	};
}
