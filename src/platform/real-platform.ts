/** The real world: the machine's files, clocks, randomness, timers and threads. Nothing is started before it is used. */
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Clock, Platform, Random, Timers } from './platform.ts';
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

/** The platform of this process. Each call makes its own threads (when they are first needed); `close` ends them. */
export function realPlatform(options: RealPlatformOptions = {}): Platform {
	const syncer = new RealSyncer();
	const tasks = new RealTaskRunner(options.taskWorkersMax ?? 2);
	return {
		files: new RealFileSystem(),
		clock: new RealClock(),
		random: new RealRandom(),
		timers: new RealTimers(),
		syncer,
		tasks,
		async close() {
			syncer.close();
			await tasks.close();
		},
	};
}
