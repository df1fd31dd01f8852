/**
 * Brings edits into the manifest one at a time: appended here, synced by the sync thread, then reported as done. At most one
 * edit is unsynced, so a torn tail of the manifest is always a single edit that nobody relied on.
 *
 * What fails (a full disk) is reported and tried again after a second; the edit stays first in the queue.
 */
import { PolylogError } from '../platform/errors.ts';
import type { Platform } from '../platform/platform.ts';
import type { Offset } from './contracts.ts';
import type { Manifest, ManifestEdit } from './manifest.ts';

const RETRY_MS = 1000;

interface Job {
	/** Made when its turn comes, so that it carries the offsets of that moment. */
	makeEdit(): ManifestEdit;
	done(): void;
}

export class EditQueue {
	/** What the manifest says of `appliedOffset` in its newest durable edit. */
	appliedOffset: Offset;
	readonly #platform: Platform;
	readonly #manifest: Manifest;
	readonly #onFailure: (error: Error) => void;
	readonly #jobs: Job[];
	#isSyncing: boolean;
	/** This thread is working the queue off: nothing else may start on it. */
	#isBusyHere: boolean;
	#isClosed: boolean;
	#cancelRetry: (() => void) | null;

	constructor(platform: Platform, manifest: Manifest, onFailure: (error: Error) => void) {
		this.appliedOffset = manifest.appliedOffset;
		this.#platform = platform;
		this.#manifest = manifest;
		this.#onFailure = onFailure;
		this.#jobs = [];
		this.#isSyncing = false;
		this.#isBusyHere = false;
		this.#isClosed = false;
		this.#cancelRetry = null;
	}

	get isEmpty(): boolean {
		return this.#jobs.length === 0;
	}

	/** Queues an edit; `done` is called once it is durable. */
	add(makeEdit: () => ManifestEdit, done: () => void): void {
		this.#jobs.push({ makeEdit, done });
		this.#pump();
	}

	/** Makes all queued edits durable in this thread; throws when one fails. */
	finishNow(): void {
		if (this.#isBusyHere) return;
		this.#isBusyHere = true;
		try {
			if (this.#isSyncing) this.#platform.syncer.drain();
			while (this.#jobs.length > 0) {
				const job = this.#jobs[0]!;
				if (this.#manifest.append(job.makeEdit())) this.#syncHere();
				this.#finish(job);
			}
		} finally {
			this.#isBusyHere = false;
		}
	}

	/** Ends background work; what is queued is dropped, its files are found as orphans at the next open. */
	close(): void {
		this.#isClosed = true;
		this.#cancelRetry?.();
		if (this.#isSyncing) this.#platform.syncer.drain();
		this.#jobs.length = 0;
		this.#manifest.close();
	}

	#pump(): void {
		while (this.#jobs.length > 0 && !this.#isSyncing && !this.#isBusyHere && !this.#isClosed && this.#cancelRetry === null) {
			const job = this.#jobs[0]!;
			let mustSync: boolean;
			try {
				mustSync = this.#manifest.append(job.makeEdit());
			} catch (error) {
				this.#retryLater(asError(error));
				return;
			}
			if (mustSync) {
				this.#isSyncing = true;
				this.#platform.syncer.syncData(this.#manifest.unsyncedFile!, (error) => this.#synced(job, error));
			} else {
				this.#finish(job);
			}
		}
	}

	#synced(job: Job, error: Error | null): void {
		this.#isSyncing = false;
		if (error !== null) {
			// The state in memory has the edit: rolling it into a new file makes it durable without it being made again.
			this.#manifest.distrust();
			this.#jobs[0] = { makeEdit: () => ({ appliedOffset: 0, nextNumber: 0, keyspaces: [] }), done: job.done };
			this.#retryLater(error);
			return;
		}
		this.#manifest.settle();
		this.#finish(job);
		this.#pump();
	}

	/** The first job's edit is durable. */
	#finish(job: Job): void {
		this.#jobs.shift();
		this.appliedOffset = this.#manifest.appliedOffset;
		job.done();
	}

	#syncHere(): void {
		try {
			this.#manifest.unsyncedFile!.syncData();
			this.#manifest.settle();
		} catch (error) {
			const job = this.#jobs[0]!;
			this.#manifest.distrust();
			this.#jobs[0] = { makeEdit: () => ({ appliedOffset: 0, nextNumber: 0, keyspaces: [] }), done: job.done };
			throw error;
		}
	}

	#retryLater(error: Error): void {
		this.#cancelRetry?.();
		this.#cancelRetry = this.#platform.timers.after(RETRY_MS, () => {
			this.#cancelRetry = null;
			this.#pump();
		});
		this.#onFailure(error);
	}
}

export function asError(error: unknown): Error {
	return error instanceof Error ? error : new PolylogError('invariant', String(error));
}
