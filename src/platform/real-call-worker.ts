/**
 * A call thread: sleeps until its owner has begun a call, runs it, and says so in the control block. It has no event loop to speak of: functions
 * that it does not know are taken from the port when a call names them. Its owner ends it.
 */
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import {
	ARGUMENTS_AT,
	BEGUN_AT,
	CALL_WORDS,
	type CallFunction,
	type CallWorkerData,
	CLAIM_AT,
	ENDED_AT,
	FAILED_AT,
	OF_THREAD,
	READY_AT,
	RING_AT,
	RING_CALLS,
	UNCLAIMED,
} from './real-call-messages.ts';
import { webAssembly } from './web-assembly.ts';

type Run = (...args: number[]) => void;

const { control, port } = workerData as CallWorkerData<MessagePort>;
const functions = new Map<number, Run>();

function functionOf(number: number): Run {
	for (let found = functions.get(number); ; found = functions.get(number)) {
		if (found !== undefined) return found;
		const received = receiveMessageOnPort(port) as { message: CallFunction } | undefined;
		if (received === undefined) throw new TypeError(`a call names the function ${number}, which was not sent`);
		const { number: sent, module, memory } = received.message;
		functions.set(sent, new webAssembly.Instance(module, { e: { m: memory } }).exports.run as Run);
	}
}

function runCall(call: number): void {
	const at = RING_AT + (call % RING_CALLS) * CALL_WORDS;
	if (Atomics.compareExchange(control, at + CLAIM_AT, UNCLAIMED, OF_THREAD) !== UNCLAIMED) return;
	const first = at + ARGUMENTS_AT;
	functionOf(control[at]!)(...control.subarray(first, first + control[at + 1]!));
}

Atomics.store(control, READY_AT, 1);
for (let call = 0; ; call = (call + 1) | 0) {
	while (Atomics.load(control, BEGUN_AT) === call) Atomics.wait(control, BEGUN_AT, call);
	try {
		runCall(call >>> 0);
	} catch {
		Atomics.compareExchange(control, FAILED_AT, 0, 1);
	}
	Atomics.store(control, ENDED_AT, (call + 1) | 0);
	Atomics.notify(control, ENDED_AT);
}
