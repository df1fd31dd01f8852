/**
 * A small pool of worker threads for work on immutable inputs (flush, compaction, building sorted tables, large sorts). Workers
 * are started when a task finds none idle, up to the pool's limit; the rest of the tasks wait in order. A worker keeps the
 * process alive only while it runs a task. One that is idle for long ends: it would hold what it was last sent (shared memory
 * too) until its own collector runs, which an idle thread's does not.
 *
 * Replies come as messages. An owner that must wait (`drain`) sleeps on a shared counter that workers raise behind each reply,
 * and takes the reply from the port itself.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, SHARE_ENV, Worker } from 'node:worker_threads';
import { ClosedError, IoError } from './errors.ts';
import type { Task, TaskDone, TaskRunner } from './platform.ts';
import { type TaskReply, type TaskRequest, type TaskWorkerData, unpackError } from './real-task-messages.ts';

/** A task that takes longer than this, while the owner can do nothing else, counts as lost. */
const DRAIN_TIMEOUT_MS = 600_000;

/** Starting a worker anew takes some 50 ms of another core. */
const IDLE_MS = 5_000;

interface Job {
	readonly request: TaskRequest;
	readonly done: TaskDone<unknown>;
}

interface Member {
	readonly worker: Worker;
	readonly port: MessagePort;
	job: Job | null;
	/** Ends the worker; null while it works. */
	idle: NodeJS.Timeout | null;
}

export class RealTaskRunner implements TaskRunner {
	readonly #workersMax: number;
	readonly #idleMs: number;
	readonly #members: Member[] = [];
	readonly #waiting: Job[] = [];
	readonly #replies = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
	#closed = false;

	/** `idleMs`: how long a worker without a task stays. */
	constructor(workersMax: number, idleMs = IDLE_MS) {
		this.#workersMax = workersMax;
		this.#idleMs = idleMs;
	}

	get workerCount(): number {
		return this.#members.length;
	}

	run<Input, Output>(task: Task<Input, Output>, input: Input, done: TaskDone<Output>): void {
		const job: Job = { request: { module: task.module.href, input }, done: done as TaskDone<unknown> };
		if (this.#closed) {
			setImmediate(done, new ClosedError('closed', 'the task workers are closed'), null);
			return;
		}
		this.#waiting.push(job);
		this.#dispatch();
	}

	drain(isEnough?: () => boolean): void {
		for (;;) {
			const seen = Atomics.load(this.#replies, 0);
			for (const member of [...this.#members]) {
				const received = receiveMessageOnPort(member.port) as { message: TaskReply } | undefined;
				if (received !== undefined) this.#receive(member, received.message);
			}
			if (isEnough?.() || !this.#members.some((member) => member.job !== null)) return;
			if (Atomics.wait(this.#replies, 0, seen, DRAIN_TIMEOUT_MS) === 'timed-out') {
				throw new IoError('io', 'a task of a worker thread cannot be waited for', { sqlstate: '58030' });
			}
		}
	}

	async close(): Promise<void> {
		this.#closed = true;
		const error = new ClosedError('closed', 'the task workers are closed');
		for (const job of this.#waiting.splice(0)) job.done(error, null);
		await Promise.all(
			this.#members.splice(0).map(async (member) => {
				const job = member.job;
				member.job = null;
				this.#awake(member);
				await member.worker.terminate();
				member.port.close();
				job?.done(error, null);
			}),
		);
	}

	#dispatch(): void {
		while (this.#waiting.length > 0) {
			let member = this.#members.find((one) => one.job === null);
			if (member === undefined) {
				if (this.#members.length >= this.#workersMax) return;
				member = this.#start();
			}
			const job = this.#waiting.shift()!;
			member.job = job;
			this.#awake(member);
			member.worker.ref();
			try {
				member.port.postMessage(job.request);
			} catch (error) {
				this.#release(member);
				job.done(error instanceof Error ? error : new Error(String(error)), null);
			}
		}
	}

	#start(): Member {
		const { port1: port, port2 } = new MessageChannel();
		const workerData: TaskWorkerData<MessagePort> = { port: port2, replies: this.#replies };
		const worker = new Worker(new URL('./real-task-worker.ts', import.meta.url), { workerData, transferList: [port2], env: SHARE_ENV, execArgv: [] });
		const member: Member = { worker, port, job: null, idle: null };
		this.#members.push(member);
		port.on('message', (reply: TaskReply) => this.#receive(member, reply));
		port.unref();
		worker.once('error', (error) => this.#lose(member, error));
		worker.once('exit', () => this.#lose(member, new ClosedError('closed', 'the task worker ended')));
		return member;
	}

	#receive(member: Member, reply: TaskReply): void {
		const job = member.job;
		if (job === null) return;
		this.#release(member);
		// The next task starts before this one's owner is told, who may take long.
		this.#dispatch();
		if (reply.error === null) job.done(null, reply.output);
		else job.done(unpackError(reply.error), null);
	}

	#release(member: Member): void {
		member.job = null;
		member.worker.unref();
		member.idle = setTimeout(() => this.#end(member), this.#idleMs).unref();
	}

	#awake(member: Member): void {
		if (member.idle !== null) clearTimeout(member.idle);
		member.idle = null;
	}

	/** Ends a worker that has nothing to do. */
	#end(member: Member): void {
		this.#members.splice(this.#members.indexOf(member), 1);
		member.port.close();
		void member.worker.terminate();
	}

	/** A worker that died takes its task with it; the next task starts another. */
	#lose(member: Member, error: Error): void {
		const index = this.#members.indexOf(member);
		if (index < 0) return;
		this.#members.splice(index, 1);
		this.#awake(member);
		member.port.close();
		const job = member.job;
		member.job = null;
		job?.done(error, null);
		if (!this.#closed) this.#dispatch();
	}
}
