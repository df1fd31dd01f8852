/**
 * The other threads that work for a star: each has states of its own in the shared memory, and *lanes*, in which a row group with all that its
 * kernel reads waits for the thread. The thread that asks cuts the work, does a share of it itself, and adds the states up in the end.
 *
 * Invariants:
 * (1) What a lane's kernel reads and writes stays where it is until its call has ended: segments are pinned, tables and selection are the lane's own.
 * (2) `settle` or `mergeInto` is called before anything goes that kernels read.
 */
import type { CallThread } from '../../../platform/platform.ts';
import type { PoolEntry } from '../../../storage/column/column-pool.ts';
import type { ColumnScratch } from '../../../storage/column/column-scratch.ts';
import { GROUP_ROWS } from '../../../storage/column/column-segment.ts';
import { runInWasm, wasmCall } from '../wasm/star-runner.ts';
import type { KernelAggregate, KernelArguments, KernelShape } from './star-kernel.ts';

/** Row groups that wait at a thread, so that it finds the next one when it has done one. */
const LANES_PER_THREAD = 2;

/** Counts of rows and the states of aggregates. */
export interface CrewStates {
	readonly rows: Uint32Array;
	readonly states: readonly (Float64Array | Uint32Array)[];
}

export class Lane {
	readonly scratch: ColumnScratch;
	readonly selection: Uint16Array;
	readonly thread: CallThread;
	readonly own: CrewStates;
	/** The call that uses it; 0: none has. What it runs, with the states of who asks. */
	call = 0;
	shape: KernelShape | null = null;
	args: KernelArguments | null = null;
	pins: PoolEntry[] = [];

	constructor(thread: CallThread, own: CrewStates, scratch: ColumnScratch) {
		this.thread = thread;
		this.own = own;
		this.scratch = scratch;
		this.selection = scratch.selection(GROUP_ROWS);
	}

	get isFree(): boolean {
		return this.call === 0 || this.thread.hasEnded(this.call);
	}

	/** The call has ended: lets its segments go. */
	empty(): void {
		for (const entry of this.pins) entry.pins--;
		this.pins = [];
	}
}

export class StarCrew {
	readonly #kinds: readonly KernelAggregate['kind'][];
	readonly #members: CrewStates[] = [];
	readonly #lanes: Lane[] = [];
	readonly #scratches: ColumnScratch[] = [];

	/** `newStates` makes states where no row was counted yet, from a scratch; `newScratch` is called once for each lane. */
	constructor(
		threads: readonly CallThread[],
		kinds: readonly KernelAggregate['kind'][],
		newScratch: () => ColumnScratch,
		newStates: (scratch: ColumnScratch) => CrewStates,
	) {
		this.#kinds = kinds;
		for (const thread of threads) {
			let own: CrewStates | null = null;
			for (let i = 0; i < LANES_PER_THREAD; i++) {
				const scratch = newScratch();
				this.#scratches.push(scratch);
				own ??= newStates(scratch);
				const lane = new Lane(thread, own, scratch);
				if (!scratch.isShared) return;
				this.#lanes.push(lane);
				if (i === 0) this.#members.push(own);
			}
		}
	}

	/** A lane for the next row group; null when all threads have enough to do. */
	freeLane(): Lane | null {
		for (const lane of this.#lanes) {
			if (!lane.isFree || !lane.thread.canCall) continue;
			lane.empty();
			lane.scratch.nextGroup();
			return lane;
		}
		return null;
	}

	/** Has a kernel run in a lane's thread; `pins` gives what it reads. False when it cannot be, and nothing was done. */
	run(lane: Lane, shape: KernelShape, args: KernelArguments, pins: () => PoolEntry[]): boolean {
		const call = wasmCall(shape, { ...args, rows: lane.own.rows, states: lane.own.states });
		if (call === null) return false;
		lane.shape = shape;
		lane.args = args;
		lane.pins = pins();
		lane.call = lane.thread.call(call.module, lane.scratch.memory, call.numbers);
		return true;
	}

	/** Does a piece of what is left, or waits for a moment; false when all is done. */
	goOn(): boolean {
		for (const lane of this.#lanes) {
			if (lane.call === 0 || !lane.thread.takeBack(lane.call)) continue;
			runInWasm(lane.scratch.memory, lane.shape!, lane.args!);
			lane.call = 0;
			lane.empty();
			return true;
		}
		for (const lane of this.#lanes) {
			if (lane.call === 0) continue;
			lane.thread.waitBriefly(lane.call);
			if (!lane.thread.hasEnded(lane.call)) return true;
			lane.thread.wait(lane.call);
			lane.call = 0;
			lane.empty();
		}
		return false;
	}

	/** Waits until no call is under way. What no thread has begun is done here, or given up when nobody wants it any more. */
	#settle(isWanted: boolean): void {
		for (const lane of this.#lanes) {
			if (lane.call === 0 || !lane.thread.takeBack(lane.call)) continue;
			if (isWanted) runInWasm(lane.scratch.memory, lane.shape!, lane.args!);
			lane.call = 0;
			lane.empty();
		}
		for (const lane of this.#lanes) {
			if (lane.call !== 0) lane.thread.wait(lane.call);
			lane.call = 0;
			lane.empty();
		}
	}

	/** Adds all states to those of who asks, and begins them anew. */
	mergeInto({ rows, states }: CrewStates): void {
		this.#settle(true);
		for (const own of this.#members) {
			for (let i = 0; i < rows.length; i++) rows[i]! += own.rows[i]!;
			own.rows.fill(0);
			this.#kinds.forEach((kind, a) => {
				mergeState(kind, states[a]!, own.states[a]!);
			});
		}
	}

	/** Has nothing read any more; false when a thread is lost, which must not be in the way of an end (`mergeInto` fails then). */
	settle(isWanted: boolean): boolean {
		try {
			this.#settle(isWanted);
			return true;
		} catch {
			return false;
		}
	}

	/** Gives its memory back, but for that of a thread that is lost, which might still write there. What is not merged is forgotten. */
	release(): void {
		if (this.settle(false)) for (const scratch of this.#scratches) scratch.release();
	}
}

function mergeState(kind: KernelAggregate['kind'], into: Float64Array | Uint32Array, from: Float64Array | Uint32Array): void {
	if (kind === 'none') return;
	for (let i = 0; i < into.length; i++) {
		if (kind === 'add') into[i]! += from[i]!;
		else if (kind === 'distinct') into[i]! |= from[i]!;
		else if (kind === 'least' ? from[i]! < into[i]! : from[i]! > into[i]!) into[i] = from[i]!;
	}
	from.fill(kind === 'least' ? Number.POSITIVE_INFINITY : kind === 'most' ? Number.NEGATIVE_INFINITY : 0);
}
