/** The shared memory of a call thread and its owner: a ring of calls, written by the owner alone and read by the thread alone. */
import type { WasmMemory, WasmModule } from './web-assembly.ts';

/** Words of the control block: calls begun; calls ended; whether the thread runs; the number of the first call that failed, or 0. */
export const BEGUN_AT = 0;
export const ENDED_AT = 1;
export const READY_AT = 2;
export const FAILED_AT = 3;
export const RING_AT = 4;
/** Calls in the ring, and words of one: the function, how many arguments, who has it, and the arguments. */
export const RING_CALLS = 8;
export const CALL_WORDS = 256;
export const CLAIM_AT = 2;
export const ARGUMENTS_AT = 3;
/** Who has a call: nobody yet, the thread, the owner who took it back. */
export const UNCLAIMED = 0;
export const OF_THREAD = 1;
export const OF_OWNER = 2;
export const CONTROL_WORDS = RING_AT + RING_CALLS * CALL_WORDS;

/** A function that calls name by number from now on: the export `run` of a module whose import `e.m` is the memory. */
export interface CallFunction {
	readonly number: number;
	readonly module: WasmModule;
	readonly memory: WasmMemory;
}

export interface CallWorkerData<Port> {
	readonly control: Int32Array;
	readonly port: Port;
}
