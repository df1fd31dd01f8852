/**
 * A small pool of worker threads for work on immutable inputs (compaction, building sorted tables, large sorts). Workers are
 * started when a task finds none idle, up to the pool's limit; the rest of the tasks wait in order. A worker keeps the
 * process alive only while it runs a task.
 */
import { SHARE_ENV, Worker } from 'node:worker_threads';
import { ClosedError } from './errors.ts';
import type { Task, TaskRunner } from './platform.ts';
import { type TaskReply, type TaskRequest, unpackError } from './real-task-messages.ts';

interface Job {
	readonly request: TaskRequest;
	readonly resolve: (output: unknown) => void;
	readonly reject: (error: Error) => void;
}

interface Member {
	readonly worker: Worker;
	job: Job | null;
}

export class RealTaskRunner implements TaskRunner {
	readonly #workersMax: number;
	readonly #members: Member[] = [];
	readonly #waiting: Job[] = [];
	#closed = false;

	constructor(workersMax: number) {
		this.#workersMax = workersMax;
	}

	run<Input, Output>(task: Task<Input, Output>, input: Input): Promise<Output> {
		if (this.#closed) return Promise.reject(new ClosedError('closed', 'the task workers are closed'));
		return new Promise<unknown>((resolve, reject) => {
			this.#waiting.push({ request: { module: task.module.href, input }, resolve, reject });
			this.#dispatch();
		}) as Promise<Output>;
	}

	async close(): Promise<void> {
		this.#closed = true;
		const error = new ClosedError('closed', 'the task workers are closed');
		for (const job of this.#waiting.splice(0)) job.reject(error);
		await Promise.all(
			this.#members.splice(0).map(async (member) => {
				const job = member.job;
				member.job = null;
				await member.worker.terminate();
				job?.reject(error);
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
			member.worker.ref();
			try {
				member.worker.postMessage(job.request);
			} catch (error) {
				this.#settle(member, () => job.reject(error instanceof Error ? error : new Error(String(error))));
			}
		}
	}

	#start(): Member {
		const worker = new Worker(new URL('./real-task-worker.ts', import.meta.url), { env: SHARE_ENV, execArgv: [] });
		const member: Member = { worker, job: null };
		this.#members.push(member);
		worker.on('message', (reply: TaskReply) => {
			const job = member.job;
			if (job === null) return;
			this.#settle(member, () => (reply.error === null ? job.resolve(reply.output) : job.reject(unpackError(reply.error))));
			this.#dispatch();
		});
		worker.once('error', (error) => this.#lose(member, error));
		worker.once('exit', () => this.#lose(member, new ClosedError('closed', 'the task worker ended')));
		return member;
	}

	#settle(member: Member, tell: () => void): void {
		member.job = null;
		member.worker.unref();
		tell();
	}

	/** A worker that died takes its task with it; the next task starts another. */
	#lose(member: Member, error: Error): void {
		const index = this.#members.indexOf(member);
		if (index < 0) return;
		this.#members.splice(index, 1);
		const job = member.job;
		member.job = null;
		job?.reject(error);
		if (!this.#closed) this.#dispatch();
	}
}
