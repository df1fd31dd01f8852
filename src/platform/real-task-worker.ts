/**
 * A worker of the task pool: imports the module of each task it is sent and calls its `run` with the files of the machine.
 * A reply goes through the port that came with the worker's data; then the shared counter of replies is raised, so that an
 * owner that blocks (`drain`) wakes.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { RealFileSystem } from './real-files.ts';
import { packError, type TaskReply, type TaskRequest, type TaskWorkerData } from './real-task-messages.ts';

type Run = (input: unknown, files: RealFileSystem) => unknown;

const files = new RealFileSystem();
const { port, replies } = workerData as TaskWorkerData<MessagePort>;
if (parentPort === null) throw new TypeError('real-task-worker.ts runs only as a worker');

const modules = new Map<string, Run>();

async function load(module: string): Promise<Run> {
	let run = modules.get(module);
	if (run === undefined) {
		const loaded = (await import(module)) as { readonly run?: Run };
		if (typeof loaded.run !== 'function') throw new TypeError(`the task module ${module} exports no function run`);
		run = loaded.run;
		modules.set(module, run);
	}
	return run;
}

async function answer(request: TaskRequest): Promise<TaskReply> {
	try {
		const run = await load(request.module);
		return { output: run(request.input, files), error: null };
	} catch (error) {
		return { output: undefined, error: packError(error) };
	}
}

function send(reply: TaskReply): void {
	port.postMessage(reply);
	Atomics.add(replies, 0, 1);
	Atomics.notify(replies, 0);
}

port.on('message', (request: TaskRequest) => {
	void answer(request).then(send);
});
