/**
 * The sync thread: sleeps on a shared counter, syncs the descriptor it is told, and raises the counter of what is done. The
 * words of the shared memory are named in `real-syncer.ts`, the other side. An error travels as its errno.
 */
import { fdatasyncSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { DESCRIPTOR_AT, DONE_AT, ERRNO_AT, REQUEST_AT, STOP } from './real-sync-words.ts';

const EIO = -5;
const words = workerData as Int32Array;
let served = Atomics.load(words, DONE_AT);

for (;;) {
	Atomics.wait(words, REQUEST_AT, served);
	const request = Atomics.load(words, REQUEST_AT);
	if (request === STOP) break;
	if (request === served) continue;
	let errno = 0;
	try {
		fdatasyncSync(Atomics.load(words, DESCRIPTOR_AT));
	} catch (error) {
		errno = error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? error.errno : EIO;
	}
	served = request;
	Atomics.store(words, ERRNO_AT, errno);
	Atomics.store(words, DONE_AT, served);
	Atomics.notify(words, DONE_AT);
}
