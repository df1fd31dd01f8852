/**
 * Threads that run functions of WebAssembly over shared memory, for work that is cut into pieces of about a millisecond: a call costs a few
 * stores and, when the thread sleeps, waking it. They are started when first asked for and can be called from when they run; until then their
 * owner does the work itself. A thread that was not asked for in a while ends. They do not keep the process alive.
 */
import { availableParallelism } from 'node:os';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { IoError } from './errors.ts';
import type { CallThread, CallThreads } from './platform.ts';
import {
	ARGUMENTS_AT,
	BEGUN_AT,
	CALL_WORDS,
	type CallFunction,
	type CallWorkerData,
	CLAIM_AT,
	CONTROL_WORDS,
	ENDED_AT,
	FAILED_AT,
	OF_OWNER,
	READY_AT,
	RING_AT,
	RING_CALLS,
	UNCLAIMED,
} from './real-call-messages.ts';
import type { WasmMemory, WasmModule } from './web-assembly.ts';

const IDLE_MS = 30_000;
/** A call that takes longer, while the owner can do nothing else, counts as lost. */
const WAIT_MS = 60_000;
const BRIEF_MS = 0.25;
/** Functions that a thread is sent before it is started anew: it keeps them all. */
const FUNCTIONS_MAX = 4000;

class RealCallThread implements CallThread {
	readonly #control = new Int32Array(new SharedArrayBuffer(CONTROL_WORDS * Int32Array.BYTES_PER_ELEMENT));
	readonly #port: MessagePort;
	readonly #worker: Worker;
	readonly #numbers = new WeakMap<WasmMemory, Map<WasmModule, number>>();
	#sent = 0;
	#begun = 0;
	#briefWaits = 0;
	#isLost = false;
	#isEnded = false;

	constructor() {
		const { port1, port2 } = new MessageChannel();
		this.#port = port1;
		port1.unref();
		const workerData: CallWorkerData<MessagePort> = { control: this.#control, port: port2 };
		this.#worker = new Worker(new URL('./real-call-worker.ts', import.meta.url), { workerData, transferList: [port2], execArgv: [] });
		this.#worker.unref();
		this.#worker.once('error', () => this.#lose());
		this.#worker.once('exit', () => this.#lose());
	}

	#lose(): void {
		this.#isLost = true;
	}

	/** It runs, and has not failed. */
	get isReady(): boolean {
		return !this.isBroken && Atomics.load(this.#control, READY_AT) === 1;
	}

	get isBroken(): boolean {
		return this.#isLost || this.#isEnded || this.#sent > FUNCTIONS_MAX || Atomics.load(this.#control, FAILED_AT) !== 0;
	}

	/** No call is under way. */
	get isIdle(): boolean {
		return this.hasEnded(this.#begun);
	}

	get canCall(): boolean {
		return this.isReady && this.#begun - this.#ended < RING_CALLS;
	}

	/** Calls ended: the counter in memory has 32 bits. */
	get #ended(): number {
		return this.#begun - ((this.#begun - Atomics.load(this.#control, ENDED_AT)) | 0);
	}

	hasEnded(call: number): boolean {
		return this.#ended >= call;
	}

	call(module: WasmModule, memory: WasmMemory, args: readonly number[]): number {
		const control = this.#control;
		const at = RING_AT + (this.#begun % RING_CALLS) * CALL_WORDS;
		if (args.length > CALL_WORDS - ARGUMENTS_AT) throw new RangeError('a call has too many arguments');
		control[at] = this.#numberOf(module, memory);
		control[at + 1] = args.length;
		control[at + CLAIM_AT] = UNCLAIMED;
		for (let i = 0; i < args.length; i++) control[at + ARGUMENTS_AT + i] = args[i]!;
		this.#begun++;
		Atomics.store(control, BEGUN_AT, this.#begun | 0);
		Atomics.notify(control, BEGUN_AT);
		return this.#begun;
	}

	#numberOf(module: WasmModule, memory: WasmMemory): number {
		let numbers = this.#numbers.get(memory);
		if (numbers === undefined) this.#numbers.set(memory, (numbers = new Map()));
		let number = numbers.get(module);
		if (number === undefined) {
			number = ++this.#sent;
			numbers.set(module, number);
			const sent: CallFunction = { number, module, memory };
			this.#port.postMessage(sent);
		}
		return number;
	}

	takeBack(call: number): boolean {
		if (this.hasEnded(call)) return false;
		const at = RING_AT + ((call - 1) % RING_CALLS) * CALL_WORDS;
		return Atomics.compareExchange(this.#control, at + CLAIM_AT, UNCLAIMED, OF_OWNER) === UNCLAIMED;
	}

	waitBriefly(call: number): void {
		const ended = Atomics.load(this.#control, ENDED_AT);
		if (this.hasEnded(call)) {
			this.wait(call);
			this.#briefWaits = 0;
			return;
		}
		if (this.#isLost || ++this.#briefWaits * BRIEF_MS > WAIT_MS) throw lostThread();
		Atomics.wait(this.#control, ENDED_AT, ended, BRIEF_MS);
	}

	wait(call: number): void {
		const control = this.#control;
		for (;;) {
			const ended = Atomics.load(control, ENDED_AT);
			if (this.hasEnded(call)) break;
			if (this.#isLost || Atomics.wait(control, ENDED_AT, ended, WAIT_MS) === 'timed-out') throw lostThread();
		}
		if (Atomics.load(control, FAILED_AT) !== 0) throw lostThread();
	}

	end(): void {
		if (this.#isEnded) return;
		this.#isEnded = true;
		this.#port.close();
		void this.#worker.terminate();
	}

	async close(): Promise<void> {
		this.#isEnded = true;
		this.#port.close();
		await this.#worker.terminate();
	}
}

function lostThread(): IoError {
	return new IoError('io', 'a thread that reads columns has failed', { sqlstate: '58030' });
}

export class RealCallThreads implements CallThreads {
	readonly processors = availableParallelism();
	#threads: RealCallThread[] = [];
	#timer: NodeJS.Timeout | null = null;
	#isClosed = false;

	threads(count: number): readonly CallThread[] {
		if (this.#isClosed || count <= 0) return NONE;
		this.#threads = this.#threads.filter((thread) => {
			if (thread.isBroken) thread.end();
			return !thread.isBroken;
		});
		while (this.#threads.length < count) this.#threads.push(new RealCallThread());
		if (this.#timer === null) this.#timer = setTimeout(() => this.#endIdle(), IDLE_MS).unref();
		else this.#timer.refresh();
		return this.#threads.slice(0, count).filter((thread) => thread.isReady);
	}

	#endIdle(): void {
		if (this.#threads.every((thread) => thread.isIdle)) {
			for (const thread of this.#threads.splice(0)) thread.end();
			this.#timer = null;
		} else this.#timer!.refresh();
	}

	async close(): Promise<void> {
		this.#isClosed = true;
		if (this.#timer !== null) clearTimeout(this.#timer);
		await Promise.all(this.#threads.splice(0).map((thread) => thread.close()));
	}
}

const NONE: readonly CallThread[] = [];
