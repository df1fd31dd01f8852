/** The loops against a clock that moves only when the store works or the loop waits: what is recorded is exact. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock, Timers } from '../../platform/platform.ts';
import { type PaceOptions, runClosedLoop, runOpenLoop, type Work } from './pacing.ts';

/** Going round the event loop takes a little. */
const TURN_MS = 0.01;

class World implements Clock, Timers {
	nowMs = 1000;
	readonly #due: { atMs: number; callback: () => void }[] = [];
	#isTurning = false;

	nowUs(): number {
		return this.nowMs * 1000;
	}

	monotonicMs(): number {
		return this.nowMs;
	}

	/** Calls back when the loop goes round after `ms`. */
	later(ms: number, callback: () => void): void {
		this.#due.push({ atMs: this.nowMs + ms, callback });
		if (!this.#isTurning) this.#turn();
	}

	#turn(): void {
		this.#isTurning = true;
		setImmediate(() => {
			this.nowMs += TURN_MS;
			for (const entry of this.#due.splice(0)) {
				if (entry.atMs <= this.nowMs) entry.callback();
				else this.#due.push(entry);
			}
			if (this.#due.length > 0) this.#turn();
			else this.#isTurning = false;
		});
	}

	after(ms: number, callback: () => void): () => void {
		this.later(ms, callback);
		return () => undefined;
	}

	soon(callback: () => void): void {
		this.later(0, callback);
	}
}

class Store implements Work {
	kind = 0;
	begun = 0;
	measuredAt = -1;
	readonly #world: World;
	readonly #costMs: (operation: number) => number;
	readonly #acknowledgeMs: number | null;

	/** `costMs`: what an operation holds the thread for; `acknowledgeMs`: after which it ends, null when it ends at once. */
	constructor(world: World, costMs: (operation: number) => number, acknowledgeMs: number | null = null) {
		this.#world = world;
		this.#costMs = costMs;
		this.#acknowledgeMs = acknowledgeMs;
	}

	measured(): void {
		this.measuredAt = this.begun;
	}

	next(): Promise<void> | null {
		this.#world.nowMs += this.#costMs(this.begun++);
		if (this.#acknowledgeMs === null) return null;
		const after = this.#acknowledgeMs;
		return new Promise((resolve) => this.#world.later(after, resolve));
	}
}

function paced(world: World, more: Partial<PaceOptions> = {}): PaceOptions {
	return { clock: world, timers: world, kinds: 1, seconds: 1, warmUpSeconds: 0, ...more };
}

function assertNear(actual: number, expected: number, share: number): void {
	assert.ok(Math.abs(actual - expected) <= expected * share, `${actual} is not near ${expected}`);
}

test('open loop: a store that keeps up has the latency of its operations', async () => {
	const world = new World();
	const { latencies, operations, isOverloaded, seconds } = await runOpenLoop(new Store(world, () => 0.5), 1000, paced(world));
	assert.equal(operations, 1000);
	assert.equal(isOverloaded, false);
	assertNear(seconds, 1, 0.01);
	assertNear(latencies[0]!.quantileNs(0.5), 0.5e6, 0.05);
});

test('open loop: everything that falls due during a stall waits, and is recorded with its wait', async () => {
	const world = new World();
	// Operation 500 takes 200 ms; the others take nothing. 200 operations fall due meanwhile, which waited 100 ms on average.
	const { latencies, operations, isOverloaded } = await runOpenLoop(new Store(world, (operation) => (operation === 500 ? 200 : 0)), 1000, paced(world));
	assert.equal(operations, 1000);
	assert.equal(isOverloaded, false);
	assertNear(latencies[0]!.quantileNs(0.9), 100e6, 0.02);
	assertNear(latencies[0]!.quantileNs(0.99), 190e6, 0.02);
	assertNear(latencies[0]!.maxNs, 200e6, 0.02);
	assert.ok(latencies[0]!.quantileNs(0.79) < 1e6);
});

test('closed loop: the same stall is felt by one operation only', async () => {
	const world = new World();
	const { latencies } = await runClosedLoop(new Store(world, (operation) => (operation === 500 ? 200 : 1)), 1, paced(world));
	assert.ok(latencies[0]!.quantileNs(0.99) < 1.1e6);
	assertNear(latencies[0]!.maxNs, 200e6, 0.02);
});

test('open loop: a store that is too slow is called overloaded, and what was left undone counts as waiting', async () => {
	const world = new World();
	const { latencies, operations, isOverloaded, backlog } = await runOpenLoop(new Store(world, () => 4), 1000, paced(world));
	assert.equal(isOverloaded, true);
	assertNear(backlog, 750, 0.02);
	// 250 a second for the two seconds until it gives up.
	assertNear(operations, 500, 0.02);
	assert.equal(latencies[0]!.count, 1000);
	assertNear(latencies[0]!.maxNs, 1500e6, 0.02);
});

test('open loop: writes end when they are acknowledged, many in flight', async () => {
	const world = new World();
	const { latencies, operations } = await runOpenLoop(new Store(world, () => 0, 5), 2000, paced(world));
	assert.equal(operations, 2000);
	assertNear(latencies[0]!.quantileNs(0.5), 5e6, 0.02);
});

test('closed loop: no more in flight than allowed', async () => {
	const world = new World();
	const { operations } = await runClosedLoop(new Store(world, () => 0, 10), 4, paced(world));
	// Four each 10 ms: 400 in a second.
	assertNear(operations, 400, 0.05);
});

test('the warm-up is not recorded', async () => {
	const world = new World();
	const store = new Store(world, (operation) => (operation < 100 ? 0.9 : 0.1));
	const { latencies, operations } = await runOpenLoop(store, 1000, paced(world, { seconds: 0.5, warmUpSeconds: 0.1 }));
	assert.equal(operations, 500);
	assert.equal(store.measuredAt, 100);
	assert.ok(latencies[0]!.maxNs < 0.5e6, `${latencies[0]!.maxNs}`);
	const closed = new Store(world, (operation) => (operation < 100 ? 0.9 : 0.1));
	await runClosedLoop(closed, 1, paced(world, { seconds: 0.5, warmUpSeconds: 0.1 }));
	assert.ok(closed.measuredAt > 100 && closed.measuredAt < 300);
});

test('a write that fails ends both loops with its error', async () => {
	const world = new World();
	const failing: Work = { kind: 0, measured: () => undefined, next: () => Promise.reject(new Error('the disk is full')) };
	await assert.rejects(runOpenLoop(failing, 1000, paced(world)), /the disk is full/);
	await assert.rejects(runClosedLoop(failing, 2, paced(world)), /the disk is full/);
});
