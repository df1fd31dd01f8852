/**
 * When operations are begun, and what is recorded of each.
 *
 * Open loop: operation k is due at start + k / rate, whether those before it have ended or not, and its latency is counted from
 * the time when it was due, not from when this thread came to it. So a stall is felt by every operation that fell due during
 * it, as by users who do not wait for each other ("coordinated omission", Tene). What falls behind is made up for; a
 * generator that is still behind when twice the time is over gives up, and what was due by then is recorded with the time it has waited.
 *
 * Closed loop: up to `inFlight` operations at a time; the next is begun when one ends. It measures how much can be done, and says
 * little about latency: it asks for less while the store is slow.
 *
 * Generator and store share a thread, as a program and an embedded store do. Reads end when they return, writes when they are acknowledged.
 * The event loop gets a turn at least each millisecond.
 */
import type { Clock, Timers } from '../../platform/platform.ts';
import { LatencyHistogram } from './latency-histogram.ts';

/** Does operations one after the other. */
export interface Work {
	/** The kind of the operation begun last: an index of the histograms. */
	readonly kind: number;
	/** Begins the next operation: null when it has ended, else a promise of its end. Operations end in the order in which they were begun. */
	next(): Promise<void> | null;
	/** The unrecorded part is over. */
	measured(): void;
}

export interface PaceResult {
	/** By kind, in nanoseconds; null where there was none. */
	readonly latencies: readonly (LatencyHistogram | null)[];
	/** Operations ended in the recorded part. */
	readonly operations: number;
	/** Of the recorded part. */
	readonly seconds: number;
	/** Open loop: the store did less than was asked for, so that a queue grew. */
	readonly isOverloaded: boolean;
	/** Open loop: operations due and not ended when the last had fallen due. */
	readonly backlog: number;
}

export interface PaceOptions {
	readonly clock: Clock;
	readonly timers: Timers;
	/** Number of kinds. */
	readonly kinds: number;
	/** Recorded part. */
	readonly seconds: number;
	/** Part before it that is not recorded. */
	readonly warmUpSeconds: number;
}

const TURN_MS = 1;
/** Waits from here on are left to a timer, which may be a millisecond late; shorter ones go round the event loop. */
const TIMER_MS = 3;
const FLYING_MAX = 100_000;
/** A share of operations ended in time below this means overload. */
const KEPT_SHARE = 0.98;
const GIVE_UP_FACTOR = 2;

/** Operations that end together. */
interface Flight {
	readonly startsMs: number[];
	readonly kinds: number[];
}

/** What is in flight, and the records. */
class Recorder {
	readonly latencies: (LatencyHistogram | null)[];
	flying: number;
	ended: number;
	error: unknown;
	hasFailed: boolean;
	/** Operations due before are not recorded. */
	recordFromMs: number;
	readonly #clock: Clock;
	#promise: Promise<void> | null;
	#flight: Flight | null;
	#wake: (() => void) | null;

	constructor(clock: Clock, kinds: number, recordFromMs: number) {
		this.latencies = new Array<LatencyHistogram | null>(kinds).fill(null);
		this.flying = 0;
		this.ended = 0;
		this.error = null;
		this.hasFailed = false;
		this.recordFromMs = recordFromMs;
		this.#clock = clock;
		this.#promise = null;
		this.#flight = null;
		this.#wake = null;
	}

	record(kind: number, startMs: number, endMs: number): void {
		if (startMs < this.recordFromMs) return;
		this.ended++;
		let histogram = this.latencies[kind]!;
		if (histogram === null) this.latencies[kind] = histogram = new LatencyHistogram();
		histogram.record((endMs - startMs) * 1e6);
	}

	/** Records the operation when the promise settles. Commits of a turn share one promise. */
	track(promise: Promise<void>, kind: number, startMs: number): void {
		this.flying++;
		if (promise === this.#promise) {
			this.#flight!.startsMs.push(startMs);
			this.#flight!.kinds.push(kind);
			return;
		}
		const flight: Flight = { startsMs: [startMs], kinds: [kind] };
		this.#promise = promise;
		this.#flight = flight;
		promise.then(
			() => this.#landed(flight),
			(error: unknown) => {
				this.error = error;
				this.hasFailed = true;
				this.#landed(flight);
			},
		);
	}

	/** Waits until something in flight ends. */
	someLanded(): Promise<void> {
		return new Promise((resolve) => (this.#wake = resolve));
	}

	throwFailure(): void {
		if (this.hasFailed) throw this.error;
	}

	#landed(flight: Flight): void {
		const endMs = this.#clock.monotonicMs();
		for (let at = 0; at < flight.startsMs.length; at++) this.record(flight.kinds[at]!, flight.startsMs[at]!, endMs);
		this.flying -= flight.startsMs.length;
		if (flight === this.#flight) this.#promise = null;
		const wake = this.#wake;
		this.#wake = null;
		wake?.();
	}
}

function turn(timers: Timers): Promise<void> {
	return new Promise((resolve) => timers.soon(resolve));
}

function wait(timers: Timers, ms: number): Promise<void> {
	return new Promise((resolve) => void timers.after(ms, resolve));
}

/** Runs `work` with up to `inFlight` operations at a time. */
export async function runClosedLoop(work: Work, inFlight: number, options: PaceOptions): Promise<PaceResult> {
	const { clock, timers, kinds, seconds, warmUpSeconds } = options;
	const startMs = clock.monotonicMs();
	const recordFromMs = startMs + warmUpSeconds * 1000;
	const endMs = recordFromMs + seconds * 1000;
	const recorder = new Recorder(clock, kinds, recordFromMs);
	let isMeasured = false;
	let nowMs = startMs;
	let turnMs = nowMs;
	while (nowMs < endMs) {
		if (!isMeasured && nowMs >= recordFromMs) {
			isMeasured = true;
			work.measured();
		}
		const ended = work.next();
		const beganMs = nowMs;
		nowMs = clock.monotonicMs();
		if (ended === null) recorder.record(work.kind, beganMs, nowMs);
		else recorder.track(ended, work.kind, beganMs);
		if (recorder.flying >= inFlight) await recorder.someLanded();
		else if (nowMs - turnMs < TURN_MS) continue;
		nowMs = clock.monotonicMs();
		if (nowMs - turnMs >= TURN_MS) {
			await turn(timers);
			nowMs = clock.monotonicMs();
			turnMs = nowMs;
		}
		recorder.throwFailure();
	}
	const operations = recorder.ended;
	const tookSeconds = (nowMs - recordFromMs) / 1000;
	while (recorder.flying > 0) await recorder.someLanded();
	recorder.throwFailure();
	return { latencies: recorder.latencies, operations, seconds: tookSeconds, isOverloaded: false, backlog: 0 };
}

/** Runs `work` with `rate` operations falling due each second. The recorded part has a schedule of its own: what the warm-up left behind is done before. */
export async function runOpenLoop(work: Work, rate: number, options: PaceOptions): Promise<PaceResult> {
	const { seconds, warmUpSeconds } = options;
	if (warmUpSeconds * rate >= 1) await openPass(work, rate, Math.round(warmUpSeconds * rate), options);
	work.measured();
	return openPass(work, rate, Math.max(1, Math.round(seconds * rate)), options);
}

async function openPass(work: Work, rate: number, count: number, { clock, timers, kinds }: PaceOptions): Promise<PaceResult> {
	const spacingMs = 1000 / rate;
	const startMs = clock.monotonicMs();
	const endMs = startMs + count * spacingMs;
	const giveUpMs = startMs + (endMs - startMs) * GIVE_UP_FACTOR;
	const recorder = new Recorder(clock, kinds, startMs);
	let begun = 0;
	let backlog = -1;
	let turnMs = startMs;
	while (begun < count || clock.monotonicMs() < endMs) {
		const nowMs = clock.monotonicMs();
		if (backlog < 0 && nowMs >= endMs) backlog = count - recorder.ended;
		if (nowMs >= giveUpMs) break;
		const dueMs = startMs + begun * spacingMs;
		if (begun === count || dueMs > nowMs || nowMs - turnMs >= TURN_MS || recorder.flying >= FLYING_MAX) {
			if (dueMs - nowMs >= TIMER_MS) await wait(timers, dueMs - nowMs - TIMER_MS + 1);
			else await turn(timers);
			recorder.throwFailure();
			turnMs = clock.monotonicMs();
			continue;
		}
		begun++;
		const ended = work.next();
		if (ended === null) recorder.record(work.kind, dueMs, clock.monotonicMs());
		else recorder.track(ended, work.kind, dueMs);
	}
	if (backlog < 0) backlog = count - recorder.ended;
	while (recorder.flying > 0) await recorder.someLanded();
	recorder.throwFailure();
	const operations = recorder.ended;
	const stoppedMs = Math.max(clock.monotonicMs(), endMs);
	for (; begun < count; begun++) recorder.record(work.kind, startMs + begun * spacingMs, stoppedMs);
	const { latencies } = recorder;
	return { latencies, operations, seconds: (stoppedMs - startMs) / 1000, isOverloaded: backlog > (1 - KEPT_SHARE) * count, backlog };
}
